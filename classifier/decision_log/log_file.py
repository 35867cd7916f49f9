"""One file of the log: a first line in clear, then encrypted lines that open only in their place.

The first line names format, key version and a random salt. Every other line is base64 of
AES-256-GCM over compressed JSON Lines, its nonce the number of the line, under a key made of the
salt: a line that was moved, changed or taken from another file does not open. A process that dies
while it writes leaves at most an unfinished last line; a file is never written to again.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import zlib
from collections.abc import Iterator, Mapping, Sequence
from io import BufferedReader
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from classifier.errors import DecisionLogError
from classifier.records import Record

_FORMAT = 1
_SALT_BYTES = 16
_NONCE_BYTES = 12
_COMPRESSION = 1
_MODE = 0o600


class LogFileWriter:
    """Writes a new file; one thread uses it."""

    def __init__(self, path: Path, version: int, key: bytes) -> None:
        """Make the file.

        Args:
            path: Nothing must be there.
            version: Of the key.
            key: 32 bytes.

        Raises:
            OSError: It cannot be made.
        """
        salt = secrets.token_bytes(_SALT_BYTES)
        self._cipher = _cipher(key, salt)
        self._path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, _MODE)
        self._lines = 0
        self.bytes_written = 0
        header = {"format": _FORMAT, "key": version, "salt": salt.hex()}
        try:
            self._write(json.dumps(header).encode() + b"\n")
        except OSError:
            self.abandon()
            raise

    @property
    def is_there(self) -> bool:
        """Whether the file still has its name; what is written to one without is lost."""
        return self._path.exists()

    def append(self, records: Sequence[Record]) -> None:
        """Write one line.

        Args:
            records: What it is to hold, plain data.

        Raises:
            OSError: It cannot be written, or not wholly; then `abandon` the file.
        """
        text = "\n".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) for r in records)
        packed = zlib.compress(text.encode(), _COMPRESSION)
        sealed = self._cipher.encrypt(_nonce(self._lines + 1), packed, None)
        self._write(base64.b64encode(sealed) + b"\n")
        self._lines += 1

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)

    def abandon(self) -> None:
        """Let go of the file after an error, and delete it unless a whole line is in it."""
        self.close()
        if not self._lines:
            self._path.unlink(missing_ok=True)

    def _write(self, line: bytes) -> None:
        written = os.write(self._descriptor, line)
        self.bytes_written += written
        if written < len(line):
            raise OSError("the disk is full")


def read_log_file(
    path: Path, keys: Mapping[int, bytes], *, live: bool
) -> Iterator[list[Record] | None]:
    """Yield what each line holds, None for a line that cannot be opened, the first one too.

    A file that is gone by now has become too old, and holds nothing.

    Args:
        path: Of the file.
        keys: Version -> key.
        live: Whether its writer may be at work, so that an unfinished last line is left out.

    Raises:
        DecisionLogError: It is no file of a decision log, or its key is not at hand.
    """
    try:
        with path.open("rb") as file:
            cipher = _opened(file, path, keys)
            if cipher is None:
                if not live:
                    yield None
                return
            for number, line in enumerate(file, 1):
                records = _unsealed(cipher, number, line)
                if records is not None or line.endswith(b"\n") or not live:
                    yield records
    except FileNotFoundError:
        return
    except OSError as error:
        raise DecisionLogError(f"{path}: cannot be read: {error.strerror}") from None


def _opened(file: BufferedReader, path: Path, keys: Mapping[int, bytes]) -> AESGCM | None:
    first = file.readline()
    if not first.endswith(b"\n"):
        return None
    try:
        header: dict[str, Any] = json.loads(first)
        version, salt = header["key"], bytes.fromhex(header["salt"])
        known = header["format"] == _FORMAT
    except (ValueError, KeyError, TypeError, RecursionError):
        version, salt, known = None, b"", True
    if type(version) is not int:
        raise DecisionLogError(f"{path}: is no file of a decision log")
    if not known:
        raise DecisionLogError(f"{path}: was written by another version of this program")
    if version not in keys:
        message = f"{path}: needs key version {version}; add it to the key file"
        raise DecisionLogError(message)
    return _cipher(keys[version], salt)


def _unsealed(cipher: AESGCM, number: int, line: bytes) -> list[Record] | None:
    try:
        sealed = base64.b64decode(line.rstrip(b"\n"), validate=True)
        packed = cipher.decrypt(_nonce(number), sealed, None)
    except (binascii.Error, InvalidTag, ValueError):
        return None
    return [json.loads(record) for record in zlib.decompress(packed).splitlines()]


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(hmac.digest(key, b"wurao decision log: " + salt, hashlib.sha256))


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE_BYTES, "big")
