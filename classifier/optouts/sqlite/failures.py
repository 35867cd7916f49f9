"""What an SQLite error means: SQLite says neither that a disk is full nor whose folder it is."""

import os
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

_FULL_BYTES = 1 << 20  # what SQLite wants at once: its index of the log, and some pages
_FULL = "its disk is full: free some space"
_UNWRITABLE = (
    "it and its folder must be writable, also to read it: give both to the user who runs this, or"
    " copy the file, with its -wal, to a folder of your own"
)


def failure(path: Path, error: sqlite3.Error) -> str:
    """Return what is the matter with a file, and a remedy where there is one.

    Args:
        path: Of the file.
        error: Of a statement on it.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the module's own errors have none
    if code == sqlite3.SQLITE_FULL:
        return f"{path}: {_FULL}"
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
        if path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
            return f"{path}: {_UNWRITABLE}"
        with suppress(OSError):
            if shutil.disk_usage(path.parent).free < _FULL_BYTES:
                return f"{path}: {_FULL}"
    return f"{path}: {error}"
