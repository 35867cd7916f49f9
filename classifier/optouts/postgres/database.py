"""Connections to PostgreSQL, through a pool in each process."""

import os
import re
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any, LiteralString

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from classifier.errors import StoreError
from classifier.optouts.postgres.fitness import READ_ONLY, find_flaw, find_risks
from classifier.optouts.sql.database import SCHEMA_VERSIONS, Connection, Flaw, Remains
from classifier.optouts.sql.migrations import table_steps

_MOST_CONNECTIONS = 16
_OPEN_SECONDS = 10.0
_WAIT_SECONDS = 0.5  # callers wait on the line, and give up after a second
_PAUSE_SECONDS = 1.0
_CONNECT_SECONDS = 3
# A server that is gone without a word is noticed in some 15 seconds instead of 15 minutes. It has
# no statement_timeout: `verify`, `rebuild` and `report` read whole tables in one statement. Who
# wants one for the server alone gives it to the server's role or address.
_LINE = {
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,  # milliseconds
}
_AWAY = "PostgreSQL cannot be reached"
_GRANT = (
    "grant what `wurao doctor` finds missing, or let the owner of the tables do this; a new release"
    " is opened by the owner first"
)
_DENIED = re.compile(r"(permission denied|must be owner)[a-z_ ]*")
ENCODING = "UTF8"
"""In which texts go to the server, whatever PGCLIENTENCODING and the database prefer."""

_SCHEMA_LOCK = 0x7775726161  # any number that nobody else uses

Raw = psycopg.Connection[tuple[Any, ...]]


class PostgresConnection:
    """See `database.Connection`."""

    def __init__(self, raw: Raw) -> None:
        """Wrap a connection.

        Args:
            raw: In autocommit mode.
        """
        self.raw = raw

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See `database.Connection.query`."""
        # Planned each time: a plan that was made and kept while a table was small looks through all
        # of it once it has grown.
        prepare = False if values else None
        return self.raw.execute(_translated(sql), values, prepare=prepare).fetchall()

    def send(self, sql: str, values: Sequence[Any] = ()) -> None:
        """See `database.Connection.send`. In a pipeline this does not wait."""
        self.raw.execute(_translated(sql), values)

    def run_script(self, sql: str) -> None:
        """See `database.Connection.run_script`."""
        for statement in sql.strip().split(";\n"):  # a pipeline takes one at a time
            self.raw.execute(statement.encode())


class PostgresDatabase:
    """See `database.Database`.

    While the server is away, one thread at a time looks whether it is back, and everybody else is
    told at once that it is not.
    """

    name = "PostgreSQL"
    instant = False
    migrations = "classifier.optouts.postgres"
    lock_schema = f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})::text"
    lock_head = " FOR UPDATE"
    # Subject by subject, as OFFSET has it: without statistics, as after a large import, it would be
    # planned to read every record of the tenant.
    active_records = """CROSS JOIN LATERAL (
        SELECT opt_outs.*, (reviews.state IS NOT DISTINCT FROM 'open')::int AS doubtful
        FROM opt_outs LEFT JOIN reviews USING (record)
        WHERE opt_outs.tenant = ? AND opt_outs.state = 'active' AND opt_outs.subject = s.id OFFSET 0
    ) o"""

    shadow_schema = "pg_temp"

    def __init__(self, place: str) -> None:
        """Remember where the database is.

        Args:
            place: A libpq URL, such as ``postgresql://wurao@db/wurao``.
        """
        self._place = place
        self._lock = threading.Lock()
        self._process = 0
        self._pool: ConnectionPool[Raw] | None = None
        self._look_again_at = 0.0  # monotonic seconds; 0 while the server answers

    def holds_store(self) -> bool:
        """See `database.Database.holds_store`."""
        with self.reading() as connection:
            return self.has_table(connection, SCHEMA_VERSIONS)

    def make_place(self) -> None:
        """See `database.Database.make_place`. Whoever runs the server made the database."""

    def flaw(self, connection: Connection) -> Flaw | None:
        """See `database.Database.flaw`."""
        return find_flaw(connection, self)

    def risks(self, connection: Connection) -> dict[str, Flaw]:
        """See `database.Database.risks`."""
        return find_risks(connection)

    def has_table(self, connection: Connection, table: str) -> bool:
        """See `database.Database.has_table`."""
        ((there,),) = connection.query("SELECT to_regclass(?) IS NOT NULL", (table,))
        return bool(there)

    def home_schema(self, connection: Connection) -> str:
        """See `database.Database.home_schema`."""
        ((name,),) = connection.query("SELECT quote_ident(current_schema())")
        return str(name)

    def make_shadow(self, connection: Connection, table: str) -> None:
        """See `database.Database.make_shadow`."""
        for step in table_steps(self, table):
            connection.send(step.replace(f" {table} ", f" pg_temp.{table} ", 1))

    def damaged_texts(self) -> AbstractContextManager[None]:
        """See `database.Database.damaged_texts`. The server lets none in."""
        return nullcontext()

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See `database.Database.ask`."""
        with self.reading() as connection:
            return connection.raw.execute(_translated(sql), values).fetchall()

    @contextmanager
    def reading(self) -> Generator[PostgresConnection]:
        """See `database.Database.reading`."""
        with _store_errors(), self._lent() as raw:
            yield PostgresConnection(raw)

    @contextmanager
    def snapshot(self) -> Generator[PostgresConnection]:
        """See `database.Database.snapshot`."""
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[PostgresConnection]:
        """See `database.Database.writing`."""
        with self._transaction("BEGIN ISOLATION LEVEL READ COMMITTED") as connection:
            yield connection

    def scrub(self) -> Remains:
        """See `database.Database.scrub`. Space that is freed is overwritten when it is used."""
        with self.reading() as connection:
            connection.send("VACUUM secrets")
        return Remains.IN_TABLE

    def close(self) -> None:
        """See `database.Database.close`."""
        pool, self._pool = self._pool, None
        if pool is not None and self._process == os.getpid():
            pool.close()

    @contextmanager
    def _transaction(self, begin: LiteralString) -> Generator[PostgresConnection]:
        with _store_errors(), self._lent() as raw:
            try:
                with raw.pipeline():
                    raw.execute(begin)
                    yield PostgresConnection(raw)
                    end = raw.execute("COMMIT")
            except BaseException:
                if not raw.closed:
                    raw.execute("ROLLBACK")
                raise
            if end.statusmessage != "COMMIT":
                raise StoreError("PostgreSQL undid the transaction at its end")

    @contextmanager
    def _lent(self) -> Generator[Raw]:
        pool = self._connections()
        self._refuse_while_away()
        with pool.connection() as raw:
            self._look_again_at = 0.0
            yield raw

    def _check(self, raw: Raw) -> None:
        try:
            ConnectionPool.check_connection(raw)
        except psycopg.OperationalError:
            # Mostly all broke with it, and at a second one the pool would sleep until the time of
            # who asks is up.
            if self._pool is not None:
                self._pool.check()
            raise

    def _refuse_while_away(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now < self._look_again_at:
                raise StoreError(_AWAY)
            if self._look_again_at:  # this thread looks
                self._look_again_at = now + _PAUSE_SECONDS

    def _note_failure(self, pool: ConnectionPool[Raw]) -> None:
        # Where others are open it is their number that the server refuses, and they go on.
        if pool.get_stats()["pool_size"] == 0:
            self._look_again_at = time.monotonic() + _PAUSE_SECONDS

    def _connections(self) -> ConnectionPool[Raw]:
        with self._lock:
            if self._pool is None or self._process != os.getpid():
                self._process, self._look_again_at = os.getpid(), 0.0
                self._pool = self._open_pool()
            return self._pool

    def _open_pool(self) -> ConnectionPool[Raw]:
        pool = ConnectionPool(
            self._place,
            connection_class=Raw,
            kwargs={
                "autocommit": True,
                "connect_timeout": _CONNECT_SECONDS,
                "client_encoding": ENCODING,
                **_LINE,
            },
            configure=_configure,
            check=self._check,
            min_size=1,
            max_size=_MOST_CONNECTIONS,
            timeout=_WAIT_SECONDS,
            reconnect_timeout=_OPEN_SECONDS,
            reconnect_failed=self._note_failure,
            open=True,
        )
        pool.wait(_OPEN_SECONDS)
        # From now on whoever asks makes it try anew; by itself it would wait ever longer.
        pool.reconnect_timeout = 0.0
        return pool


def _configure(raw: Raw) -> None:
    raw.execute("SET synchronous_commit = on")  # acknowledged means on the disk
    raw.execute("SET client_min_messages = warning")
    # The plan of a check is kept, and may have been made while the tables were small.
    raw.execute("SET enable_seqscan = off")
    raw.execute("SET jit = off")  # reading a whole table counts as dear now


@cache
def _translated(sql: str) -> bytes:
    return sql.replace("?", "%s").encode()


def _denied(error: psycopg.Error) -> str:
    # No more of the server's message than names a table or a schema of ours.
    found = _DENIED.match(error.diag.message_primary or "")
    return found[0].strip() if found else "a right is missing"


@contextmanager
def _store_errors() -> Generator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise StoreError(_AWAY) from error
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise StoreError(f"{READ_ONLY.problem}; {READ_ONLY.remedy}") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise StoreError(f"PostgreSQL: {_denied(error)}; {_GRANT}") from error
    except psycopg.Error as error:
        # The server's own message may repeat values.
        raise StoreError(f"PostgreSQL: {type(error).__name__} {error.sqlstate or ''}") from error
