"""Files of secret keys: one ``version base64`` a line, the newest version last.

A key is 32 random bytes. Whoever reads a file says what its keys are for.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Iterable
from io import FileIO
from pathlib import Path

from classifier.errors import KeyFileError

KEY_BYTES = 32


def read_keys(path: Path) -> dict[int, bytes]:
    """Return version -> key.

    Args:
        path: One ``version base64`` a line; lines that begin with # are left out.

    Raises:
        KeyFileError: It is not there, or a line cannot be read.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise KeyFileError(f"{path}: cannot be read as a key file") from None
    return parse_keys([line for line in lines if line.strip() and line[0] != "#"], str(path))


def parse_keys(lines: Iterable[str], source: str) -> dict[int, bytes]:
    """Return version -> key.

    Args:
        lines: Each a version from 1 and 32 bytes in base64.
        source: Where they come from, for the errors.

    Raises:
        KeyFileError: A line cannot be read, two keys have one version, or there is none.
    """
    found: dict[int, bytes] = {}
    for number, line in enumerate(lines, 1):
        version, _, encoded = line.strip().partition(" ")
        try:
            key = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not (version.isascii() and version.isdigit() and int(version)) or len(key) != KEY_BYTES:
            message = f"{source}: key {number} must be a version from 1 and 32 bytes in base64"
            raise KeyFileError(message)
        if found.setdefault(int(version), key) != key:
            raise KeyFileError(f"{source}: has two keys of version {version}")
    if not found:
        raise KeyFileError(f"{source}: holds no key")
    return found


def add_key(path: Path) -> int:
    """Add a new random key to a key file, which is made where it is not there.

    Args:
        path: Of the file; readable by its owner alone when made.

    Returns:
        The new version.

    Raises:
        KeyFileError: What is there cannot be read, or the key cannot be written; then the file is
            as it was.
    """
    held = path.stat().st_size if path.exists() else 0
    version = max(read_keys(path)) + 1 if held else 1
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    unended = held > 0 and not path.read_bytes().endswith(b"\n")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab", buffering=0) as file:
            _write(file, b"\n" * unended + f"{version} {key}\n".encode(), held)
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be written: {error.strerror}") from None
    return version


def _write(file: FileIO, line: bytes, held: int) -> None:
    try:
        while line:
            line = line[file.write(line) :]
        os.fsync(file.fileno())
    except OSError:
        file.truncate(held)
        raise
