"""What an SQLite error means: SQLite says neither that a disk is full nor whose folder it is."""

import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from classifier.errors import StoreError

_FULL_BYTES = 1 << 20  # what SQLite wants at once: its index of the log, and some pages
_FULL = "its disk is full: free some space"
_DAMAGED = "a text in it is damaged; run `wurao optouts verify`, which names it"
_UNWRITABLE = (
    "it and its folder must be writable, also to read it: give both to the user who runs this, or"
    " copy the file, with its -wal, to a folder of your own"
)


@contextmanager
def store_errors(path: Path) -> Generator[None]:
    """Raise errors of SQLite and of files as one of ours.

    Args:
        path: Of the file.

    Raises:
        StoreError: There was one; it names the file.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise_store_error(path, error)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error


def raise_store_error(path: Path, error: sqlite3.Error) -> NoReturn:
    """Raise what is the matter with a file, and a remedy where there is one.

    Args:
        path: Of the file.
        error: Of a statement on it.

    Raises:
        StoreError: Always.
    """
    # Python's own, about a text that is no UTF-8, repeats the text.
    if isinstance(error, sqlite3.OperationalError) and not hasattr(error, "sqlite_errorcode"):
        raise StoreError(f"{path}: {_DAMAGED}") from None
    raise StoreError(f"{path}: {_meaning(path, error)}") from error


def _meaning(path: Path, error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the module's own errors have none
    if code == sqlite3.SQLITE_FULL:
        return _FULL
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
        # `Path.exists` would raise where the folder cannot be entered.
        found, folder = os.access(path, os.F_OK), os.access(path.parent, os.F_OK)
        writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
        if (found and not writable) or (folder and not os.access(path.parent, os.X_OK)):
            return _UNWRITABLE
        with suppress(OSError):
            if shutil.disk_usage(path.parent).free < _FULL_BYTES:
                return _FULL
    return str(error)
