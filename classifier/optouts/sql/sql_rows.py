"""Rows of declared tables, in SQL that both databases understand."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from classifier.errors import StoreError
from classifier.optouts.events.tables import EVENTS, LATEST_US, Key, Row, Table, Where
from classifier.optouts.sql.database import Connection

_OPERATORS = {"=", "<>", "<", "<=", ">", ">=", "in"}


class SqlRows:
    """Reads and writes rows. Names come from declarations alone, values never into SQL."""

    def __init__(self, connection: Connection, schema: str = "") -> None:
        """Work through a connection.

        Args:
            connection: Any.
            schema: Where the tables are, or empty for where they usually are.
        """
        self._connection = connection
        self._place = f"{schema}." if schema else ""
        self.writes = 0

    def rows(
        self,
        table: Table,
        where: Sequence[Where] = (),
        limit: int | None = None,
        *,
        descending: bool = False,
    ) -> list[Row]:
        """See `store.View.rows`.

        Raises:
            StoreError: A row holds what the registry never writes.
        """
        found = self.select(table, table.columns, where, limit, descending)
        rows = [dict(zip(table.columns, row, strict=True)) for row in found]
        for row in rows:
            _refuse_altered(table, row)
        return rows

    def count(self, table: Table, where: Sequence[Where] = ()) -> int:
        """See `store.View.count`."""
        clause, values = _where(table, where)
        ((count,),) = self._connection.query(
            f"SELECT count(*) FROM {self._place}{table.name}{clause}", values
        )
        return int(count)

    def insert(self, table: Table, row: Row) -> None:
        """See `store.Transaction.insert`."""
        self.insert_values(table, [row[column] for column in table.columns])

    def insert_values(self, table: Table, values: Sequence[Any]) -> None:
        """Add a row.

        Args:
            table: Which.
            values: In the order of its columns.
        """
        self._write(_insert_into(self._place, table), values)

    def put(self, table: Table, row: Row) -> None:
        """See `store.Transaction.put`."""
        rest = [column for column in table.columns if column not in table.key]
        change = ", ".join(f"{column} = excluded.{column}" for column in rest)
        action = f"DO UPDATE SET {change}" if rest else "DO NOTHING"
        insert = _insert_into(self._place, table)
        sql = f"{insert} ON CONFLICT ({', '.join(table.key)}) {action}"
        self._write(sql, [row[column] for column in table.columns])

    def delete(self, table: Table, key: Key) -> None:
        """See `store.Transaction.delete`."""
        clause = " AND ".join(f"{column} = ?" for column in table.key)
        values = [key[column] for column in table.key]
        self._write(f"DELETE FROM {self._place}{table.name} WHERE {clause}", values)

    def select(
        self,
        table: Table,
        columns: Sequence[str],
        where: Sequence[Where],
        limit: int | None,
        descending: bool,
    ) -> list[tuple[Any, ...]]:
        """Return columns of rows in the order of the table's key, as tuples.

        Args:
            table: Which.
            columns: Of the table.
            where: Conditions; all must hold.
            limit: Most rows, or all.
            descending: Last first.
        """
        clause, values = _where(table, where)
        order = ", ".join(f"{column} DESC" if descending else column for column in table.key)
        sql = f"SELECT {', '.join(columns)} FROM {self._place}{table.name}{clause} ORDER BY {order}"
        if limit is not None:
            sql += " LIMIT ?"
            values = [*values, limit]
        return self._connection.query(sql, values)

    def _write(self, sql: str, values: Sequence[Any]) -> None:
        self.writes += 1
        self._connection.send(sql, values)


def _refuse_altered(table: Table, row: Row) -> None:
    if all(0 <= row[column] <= LATEST_US for column in _times(table)) and all(
        row[column] in words for column, words in table.words.items()
    ):
        return
    numbers = "".join(f" ({row[key]})" for key in table.key[-1:] if isinstance(row[key], int))
    remedy = "restore a backup" if table is EVENTS else "then `wurao optouts rebuild`"
    message = f"a row of {table.name}{numbers} cannot be read; run `wurao optouts verify`"
    raise StoreError(f"{message}, {remedy}")


@cache
def _times(table: Table) -> tuple[str, ...]:
    return tuple(column for column in table.columns if column.endswith("_us"))


@cache
def _insert_into(place: str, table: Table) -> str:
    marks = ", ".join("?" * len(table.columns))
    return f"INSERT INTO {place}{table.name} ({', '.join(table.columns)}) VALUES ({marks})"


def _where(table: Table, where: Sequence[Where]) -> tuple[str, list[Any]]:
    parts, values = [], []
    for condition in where:
        if condition.column not in table.columns or condition.operator not in _OPERATORS:
            raise ValueError(f"{table.name} has no {condition.column} {condition.operator}")
        if condition.operator == "in":
            parts.append(f"{condition.column} IN ({', '.join('?' * len(condition.value))})")
            values.extend(condition.value)
        else:
            parts.append(f"{condition.column} {condition.operator} ?")
            values.append(condition.value)
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), values
