"""Files of secret keys: one ``version base64`` a line, the newest version last.

A key is 32 random bytes. Whoever reads a file says what its keys are for. Files of other secrets,
one a line, are changed by the same `locked` and `append_line`.
"""

import base64
import binascii
import fcntl
import os
import secrets
from collections.abc import Generator, Iterable
from contextlib import contextmanager
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
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KeyFileError(f"{path}: cannot be read as a key file") from None
    return parse_keys([line for line in lines if line.strip() and line[0] != "#"], str(path))


def is_missing(path: Path) -> bool:
    """Say whether a file is surely not there; behind a folder that keeps us out it may be.

    Args:
        path: Of the file.
    """
    try:
        path.stat()
    except OSError as error:
        return isinstance(error, (FileNotFoundError, NotADirectoryError))
    return False


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
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    try:
        with locked(path, make=True) as descriptor:
            version = max(read_keys(path)) + 1 if os.fstat(descriptor).st_size else 1
            append_line(descriptor, f"{version} {key}".encode())
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be written: {error.strerror}") from None
    return version


@contextmanager
def locked(path: Path, *, make: bool = False) -> Generator[int]:
    """Yield a descriptor of a file that nobody else who comes through here changes meanwhile.

    Args:
        path: Of the file.
        make: Whether it is made where it is not there, readable by its owner alone.

    Raises:
        OSError: It cannot be opened for writing.
    """
    flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT if make else 0)
    while True:
        descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Who held it before may have put another file in its place.
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def append_line(descriptor: int, line: bytes) -> None:
    """Append a line, on a line of its own, and see that it is on the disk.

    Args:
        descriptor: As `locked` yields it.
        line: Without its end.

    Raises:
        OSError: It cannot be written; then the file is as it was.
    """
    held = os.fstat(descriptor).st_size
    unended = held > 0 and os.pread(descriptor, 1, held - 1) != b"\n"
    left = b"\n" * unended + line + b"\n"
    try:
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, held)
        raise
