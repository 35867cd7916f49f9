"""Reads files or says which one cannot be read; writes them whole or leaves them as they were."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

from classifier.errors import DataError, OutputError
from classifier.file_owner import keep_readers, try_readers
from classifier.toml_text import parse_toml


def read_bytes(path: Path) -> bytes:
    """Return the contents of a file.

    Args:
        path: The file.

    Raises:
        DataError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds.

    Args:
        path: The file.

    Raises:
        DataError: It cannot be read or is not TOML.
    """
    return decode_toml(path, read_bytes(path))


def decode_toml(path: Path, content: bytes) -> dict[str, Any]:
    """Return what the contents of a TOML file say.

    Args:
        path: The file, for the message.
        content: All that it holds.

    Raises:
        DataError: That is not TOML.
    """
    try:
        return parse_toml(content.decode())
    except ValueError as error:
        raise DataError(f"{path}: is not TOML: {error}") from None


def check_place(path: Path) -> None:
    """Refuse a place where no file can be written, before there is anything to write.

    Args:
        path: Where to; of a file, there or not yet, a pipe or a device.

    Raises:
        OutputError: There is no such folder, or nobody may write there.
    """
    if not path.parent.is_dir():
        raise OutputError(f"{path}: cannot be written: there is no folder {path.parent}")
    touched = [path] if path.exists() else []
    if path.is_file() or not touched:  # else it is a pipe or device, which is not replaced
        touched.append(path.resolve().parent)
    if not all(os.access(place, os.W_OK) for place in touched):
        raise OutputError(f"{path}: cannot be written: permission denied")
    if path.is_file():
        try:
            _try_readers(path.resolve())
        except OSError as error:
            raise OutputError(f"{path}: cannot be written: {error.strerror}") from None


@contextmanager
def replacement(path: Path) -> Generator[Path]:
    """Yield where to write what takes the place of a file when all of it is written.

    Args:
        path: Of the file, there or not yet, also through a link; of a pipe or device, which is
            written to as it is.

    Raises:
        OSError: It cannot be written, or its owner or group not be kept.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    target = path.resolve()
    partial = target.with_name(f".{target.name}.part")
    if target.exists():
        _try_readers(target)
    try:
        yield partial
        if target.exists():
            keep_readers(partial, target)
        with partial.open("rb") as file:
            os.fsync(file.fileno())  # else a power cut could leave neither the old nor the new
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _try_readers(target: Path) -> None:
    try_readers(target.with_name(f".{target.name}.{token_hex(4)}.part"), target)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file in one step; through a link, for those to read who could before.

    Args:
        path: Where to.
        content: All that it is to hold.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        with replacement(path) as partial:
            partial.write_bytes(content)
    except OSError as error:
        remedy = "it is as it was; mend that and run the same again"
        raise OutputError(f"{path}: cannot be written: {error.strerror}; {remedy}") from None
