"""What `sql_store` needs of a database; `sqlite` and `postgres` each give it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

Values = Sequence[Any]

POSTGRES_SCHEMES = ("postgresql://", "postgres://")
"""What the address of a PostgreSQL database begins with."""

SCHEMA_VERSIONS = "schema_versions"
"""Table that every store has, whatever its version."""


class Remains(StrEnum):
    """Where the database may still hold what was deleted, in words."""

    NOWHERE = ""
    IN_LOG = (
        "in the log of the SQLite file (-wal), which somebody reads just now: a later write of the"
        " same process, a purge or whoever closes the file last overwrites it"
    )
    IN_TABLE = (
        "in space that PostgreSQL has freed and overwrites when it needs it: `VACUUM FULL secrets`"
        " leaves it out at once, and every call waits meanwhile"
    )


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a database does not keep what is written to it.

    Attributes:
        problem: What is the case; names no host and no password.
        remedy: What to do.
    """

    problem: str
    remedy: str


Ask = Callable[[str, Values], list[tuple[Any, ...]]]
"""Runs one statement and returns its rows."""


class Connection(Protocol):
    """Runs statements written with ``?`` for values."""

    def query(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows.

        Args:
            sql: One statement.
            values: For its question marks.
        """
        ...

    def send(self, sql: str, values: Values = ()) -> None:
        """Run a statement without rows; a failure may show up only at the next query or commit.

        Args:
            sql: One statement.
            values: For its question marks.
        """
        ...

    def run_script(self, sql: str) -> None:
        """Run several statements without values.

        Args:
            sql: Separated by semicolons.
        """
        ...


class Database(Protocol):
    """Opens connections, each in the process and thread that uses it.

    Every context manager turns the driver's errors into `StoreError`.
    """

    name: str
    """What errors call the place; without a password."""

    instant: bool
    """Whether a read takes microseconds."""

    migrations: str
    """Package that holds the numbered SQL files."""

    lock_schema: str
    """Statement that lets one process at a time bring the tables up to date, or empty."""

    lock_head: str
    """What is added to the statement that reads the chain's head before a write."""

    active_records: str
    """What joins each row of ``subjects s`` to its active records in a tenant, as ``o``, and to
    whether a review of them is open, as ``o.doubtful``; one ``?`` for the tenant."""

    shadow_schema: str
    """Schema of tables that only this connection sees."""

    def holds_store(self) -> bool:
        """Return whether a registry was made here; nothing is made by asking."""
        ...

    def make_place(self) -> None:
        """Make what a new store stands on, as far as the database does not do so by itself."""
        ...

    def flaw(self, connection: Connection) -> Flaw | None:
        """Return why no registry may stand in this database; None where it may.

        Args:
            connection: Any.
        """
        ...

    def risks(self, connection: Connection) -> dict[str, Flaw]:
        """Return, by name, the settings by which a crash may undo what was acknowledged.

        Args:
            connection: Any.
        """
        ...

    def has_table(self, connection: Connection, table: str) -> bool:
        """Return whether a table stands in the schema of the real ones.

        Args:
            connection: Any that has no shadow of it.
            table: Its name.
        """
        ...

    def home_schema(self, connection: Connection) -> str:
        """Return the schema of the real tables.

        Args:
            connection: Any.
        """
        ...

    def make_shadow(self, connection: Connection, table: str) -> None:
        """Make an empty table like a real one, keys and indexes included, in `shadow_schema`.

        Args:
            connection: In a transaction; with its failure the table is gone.
            table: Name of the real one.
        """
        ...

    def damaged_texts(self) -> AbstractContextManager[None]:
        """Return a manager in which this thread reads texts that are no UTF-8 as well.

        What is wrong in them stays apart, as ``surrogateescape`` has it; elsewhere such a text is
        a `StoreError`.
        """
        ...

    def ask(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Run one statement over what is committed just now and return its rows.

        Args:
            sql: One statement.
            values: For its question marks.
        """
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a connection of which each statement sees what is committed when it starts."""
        ...

    def snapshot(self) -> AbstractContextManager[Connection]:
        """Return a connection of which all statements see the same moment."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """Return a connection in a transaction: committed at the end, undone by an error."""
        ...

    def scrub(self) -> Remains:
        """Overwrite what was deleted and return where it may still be; nobody waits for this."""
        ...

    def close(self) -> None:
        """Close every connection of this process."""
        ...
