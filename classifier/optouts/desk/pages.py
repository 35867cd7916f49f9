"""Pages of a queue whose order two columns give."""

from collections.abc import Sequence

from classifier.optouts.events.tables import Row, Table, Where
from classifier.optouts.store import View


def rows_after(
    view: View, table: Table, where: list[Where], after: Sequence[int], limit: int
) -> list[Row]:
    """Return the rows of the next page, in the order of the table's key.

    Args:
        view: To look in.
        table: Its key has two columns.
        where: What every row must be.
        after: Key of the last row of the page before; empty for the first page.
        limit: Most rows.
    """
    if not after:
        return view.rows(table, where, limit)
    (first, second), (value, number) = table.key, after
    same = [Where(first, "=", value), Where(second, ">", number)]
    rows = view.rows(table, [*where, *same], limit)
    left = limit - len(rows)
    later = Where(first, ">", value)
    return rows + (view.rows(table, [*where, later], left) if left else [])
