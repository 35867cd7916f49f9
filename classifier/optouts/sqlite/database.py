"""Connections to an SQLite file: WAL, every commit on the disk before it counts."""

import os
import re
import sqlite3
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from classifier.errors import StoreError
from classifier.optouts.sql.database import SCHEMA_VERSIONS, Connection, Flaw, Remains
from classifier.optouts.sql.migrations import table_steps
from classifier.optouts.sqlite.failures import raise_store_error, store_errors

_BUSY_MILLISECONDS = 30_000
_STATEMENTS = 512
_COPIED_PAGES = 4096  # between two looks for Ctrl-C
_SCRUB_TRIES = 20
_SCRUB_PAUSE_SECONDS = 0.05
_LOOK_SECONDS = 1.0  # between two looks of those who read; on some machines one takes 10 us
_PATIENCE = f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}"
_SETTINGS = (
    _PATIENCE,
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -65536",
    "PRAGMA secure_delete = ON",  # what is erased is overwritten
)

_MAP_THE_FILE = "PRAGMA mmap_size = 34359738368"


class SqliteConnection:
    """See `database.Connection`."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        """Wrap a connection.

        Args:
            raw: In autocommit mode.
        """
        self.raw = raw

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See `database.Connection.query`."""
        return self.raw.execute(sql, values).fetchall()

    def send(self, sql: str, values: Sequence[Any] = ()) -> None:
        """See `database.Connection.send`."""
        self.raw.execute(sql, values)

    def run_script(self, sql: str) -> None:
        """See `database.Connection.run_script`."""
        # executescript would commit first.
        statement = ""
        for part in sql.splitlines(keepends=True):
            statement += part
            if sqlite3.complete_statement(statement):
                self.raw.execute(statement)
                statement = ""


class SqliteDatabase:
    """See `database.Database`. Each thread has a connection of its own, made when it first asks."""

    instant = True
    migrations = "classifier.optouts.sqlite"
    lock_schema = ""  # a transaction that writes is alone already
    lock_head = ""
    active_records = """JOIN (
        SELECT opt_outs.*, coalesce(reviews.state = 'open', 0) AS doubtful
        FROM opt_outs LEFT JOIN reviews USING (record)
        WHERE opt_outs.tenant = ? AND opt_outs.state = 'active'
    ) o ON o.subject = s.id"""

    shadow_schema = "temp"

    def __init__(self, path: Path, *, mapped: bool = True) -> None:
        """Remember where the file is.

        Args:
            path: Of the file, which `make_place` alone makes.
            mapped: Whether reads go through the mapped file: fast, and all of it that is read
                counts as memory of the process.
        """
        self.name = str(path)
        self._path = path
        self._scrub_waits = False
        self._settings = (*_SETTINGS, _MAP_THE_FILE) if mapped else _SETTINGS
        self._forget()

    def holds_store(self) -> bool:
        """See `database.Database.holds_store`. Where a file is missing, none is opened."""
        with store_errors(self._path):
            if not self._path.exists():
                return False
        with self.reading() as connection:
            return self.has_table(connection, SCHEMA_VERSIONS)

    def make_place(self) -> None:
        """See `database.Database.make_place`. The file is readable by its owner alone."""
        with store_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(0o600)

    def flaw(self, connection: Connection) -> Flaw | None:
        """See `database.Database.flaw`. Each connection sets what matters by itself."""
        del connection
        return None

    def risks(self, connection: Connection) -> dict[str, Flaw]:
        """See `database.Database.risks`."""
        del connection
        return {}

    def has_table(self, connection: Connection, table: str) -> bool:
        """See `database.Database.has_table`."""
        sql = "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?"
        return bool(connection.query(sql, (table,)))

    def home_schema(self, connection: Connection) -> str:
        """See `database.Database.home_schema`."""
        del connection
        return "main"

    def make_shadow(self, connection: Connection, table: str) -> None:
        """See `database.Database.make_shadow`."""
        for step in table_steps(self, table):
            connection.send(re.sub(r"(TABLE|INDEX) ", r"\1 temp.", step, count=1))

    @contextmanager
    def damaged_texts(self) -> Generator[None]:
        """See `database.Database.damaged_texts`."""
        raw = self._connection().raw
        raw.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        try:
            yield
        finally:
            raw.text_factory = str

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See `database.Database.ask`. Each check comes through here: no context managers.

        Raises:
            StoreError: The database cannot be read.
        """
        try:
            return self._connection().raw.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise_store_error(self._path, error)

    @contextmanager
    def reading(self) -> Generator[SqliteConnection]:
        """See `database.Database.reading`."""
        with store_errors(self._path):
            yield self._connection()

    @contextmanager
    def snapshot(self) -> Generator[SqliteConnection]:
        """See `database.Database.snapshot`."""
        with self._transaction("BEGIN DEFERRED") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[SqliteConnection]:
        """See `database.Database.writing`."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection
        if self._scrub_waits:
            self._scrub_waits = not self._empty_log()

    def scrub(self) -> Remains:
        """See `database.Database.scrub`. Pages are overwritten anyway; this empties the log."""
        for _ in range(_SCRUB_TRIES):
            if self._empty_log():
                self._scrub_waits = False
                return Remains.NOWHERE
            time.sleep(_SCRUB_PAUSE_SECONDS)
        self._scrub_waits = True
        return Remains.IN_LOG

    def copy_to(self, path: Path) -> None:
        """Copy the file, its log included, as of one moment; who writes does not wait.

        Args:
            path: Of the copy, which its owner alone may read; none is there yet.

        Raises:
            StoreError: A file is there, or the copy cannot be written.
        """
        with self.snapshot() as connection, store_errors(path):
            connection.query("SELECT count(*) FROM sqlite_schema")  # the moment that is copied
            path.touch(0o600, exist_ok=False)
            try:
                # Told while the copy still fills the disk.
                with store_errors(path), closing(sqlite3.connect(path)) as copy:
                    connection.raw.backup(copy, pages=_COPIED_PAGES, progress=_let_signals_in)
            except BaseException:
                path.unlink()
                Path(f"{path}-journal").unlink(missing_ok=True)
                raise

    def close(self) -> None:
        """See `database.Database.close`."""
        if self._process == os.getpid():
            for connection in self._opened:
                connection.raw.close()
        self._forget()

    @contextmanager
    def _transaction(self, begin: str) -> Generator[SqliteConnection]:
        with store_errors(self._path):
            connection = self._connection()
            connection.raw.execute(begin)
            try:
                yield connection
                self._look_for_file()
                connection.raw.execute("COMMIT")
            finally:
                if connection.raw.in_transaction:
                    connection.raw.execute("ROLLBACK")

    def _empty_log(self) -> bool:
        raw = self._connection().raw
        # With the usual patience it would wait for readers, and writers would wait for it.
        raw.execute("PRAGMA busy_timeout = 0")
        try:
            return not raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error:
            return False  # what was to be written is committed
        finally:
            raw.execute(_PATIENCE)

    def _connection(self) -> SqliteConnection:
        if self._process != os.getpid():
            self._inherited.extend(self._opened)  # closing them here would drop the parent's locks
            self._forget()
        connection: SqliteConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open()
            self._opened.append(connection)
        elif time.monotonic() >= self._look_at:
            self._look_for_file()
        return connection

    def _forget(self) -> None:
        self._process = os.getpid()
        self._local = threading.local()
        self._opened: list[SqliteConnection] = []
        self._file: tuple[int, int] | None = None  # which one the first connection found
        self._look_at = 0.0  # monotonic seconds
        self._inherited: list[SqliteConnection] = getattr(self, "_inherited", [])

    def _look_for_file(self) -> None:
        """See that the file still stands where it was; else nobody would see what goes into it.

        Raises:
            StoreError: It was removed or replaced, or cannot be looked at.
        """
        self._look_at = 0.0  # where it is refused, everybody looks each time
        with store_errors(self._path):
            found = _identity(self._path)
        self._file = self._file or found
        if found is None or found != self._file:
            remedy = "put it back or restart the server"
            raise StoreError(f"{self._path}: was removed or replaced while in use; {remedy}")
        self._look_at = time.monotonic() + _LOOK_SECONDS

    def _open(self) -> SqliteConnection:
        raw = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=rw",  # a file that went away is not made anew
            uri=True,
            isolation_level=None,
            check_same_thread=False,  # close() closes them all
            cached_statements=_STATEMENTS,
        )
        try:
            for setting in self._settings:
                raw.execute(setting)
            self._look_for_file()
        except BaseException:
            raw.close()
            raise
        return SqliteConnection(raw)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _let_signals_in(_status: int, _remaining: int, _total: int) -> None:
    """Be Python for a moment."""
