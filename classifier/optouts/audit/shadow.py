"""Derives every table anew beside the real ones, to compare with them or to replace them."""

from collections.abc import Iterator

from classifier.optouts.audit.chain import AT_ONCE, stored_events
from classifier.optouts.audit.findings import Fault, Finding
from classifier.optouts.events.event_kinds import DerivedState
from classifier.optouts.events.tables import Table
from classifier.optouts.sql.database import Connection, Database
from classifier.optouts.sql.sql_rows import SqlRows
from classifier.optouts.sql.sql_view import read_head
from classifier.optouts.store import Tell

_MOST = 100


class Shadow:
    """The derived tables as the events give them, beside those that stand in the store."""

    def __init__(
        self, connection: Connection, home: str, shadow: str, tables: tuple[Table, ...]
    ) -> None:
        """Keep where they are.

        Args:
            connection: That made the shadow tables.
            home: Schema of the real tables.
            shadow: Schema of the shadow tables.
            tables: That have a shadow.
        """
        self._connection = connection
        self._home = home
        self._shadow = shadow
        self.tables = tables

    def differences(self, table: Table) -> Iterator[Finding]:
        """Yield the rows in which a table differs from what the events give, the first hundred.

        Args:
            table: Derived.
        """
        home, shadow = f"{self._home}.{table.name}", f"{self._shadow}.{table.name}"
        pairs = ((home, shadow, "stands there and should not"), (shadow, home, "is not there"))
        for left, right, problem in pairs:
            columns = ", ".join(table.columns)
            rows = self._connection.query(
                f"SELECT {columns} FROM {left} EXCEPT SELECT {columns} FROM {right} LIMIT {_MOST}"
            )
            for row in rows:
                values = dict(zip(table.columns, row, strict=True))
                numbers = [values[key] for key in table.key if isinstance(values[key], int)]
                detail = f"{table.name}: a row {problem}, or differs"
                yield Finding(Fault.ROW_DIFFERS, numbers[0] if numbers else 0, detail)

    def drop(self) -> None:
        """Remove the shadow tables; a transaction that fails removes them too."""
        for table in self.tables:
            self._connection.send(f"DROP TABLE {self._shadow}.{table.name}")

    def replace(self, table: Table) -> None:
        """Put the shadow's rows in the place of a table's.

        Args:
            table: Derived.
        """
        home, columns = f"{self._home}.{table.name}", ", ".join(table.columns)
        self._connection.send(f"DELETE FROM {home}")
        self._connection.send(
            f"INSERT INTO {home} ({columns}) SELECT {columns} FROM {self._shadow}.{table.name}"
        )


def shadow_tables(
    connection: Connection, database: Database, state: DerivedState, tell: Tell
) -> Shadow:
    """Derive every table anew.

    Args:
        connection: Of one moment.
        database: Of the connection.
        state: What events change.
        tell: Told how far it has come.
    """
    tables = state.tables
    for table in tables:
        database.make_shadow(connection, table.name)
    rows = SqlRows(connection, database.shadow_schema)
    last = read_head(connection, "").seq
    for event, _hash in stored_events(connection):
        state.apply(event, rows)
        if event.seq % AT_ONCE == 0:
            tell(event.seq, last)
    return Shadow(connection, database.home_schema(connection), database.shadow_schema, tables)
