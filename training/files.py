"""Reads files that people wrote; one that cannot be used is named."""

from pathlib import Path
from typing import Any

from classifier.errors import DataError
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
