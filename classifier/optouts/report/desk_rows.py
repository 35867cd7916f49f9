"""Reviews and cases as a month had them: what a purge has removed since is derived anew."""

import operator
from collections.abc import Iterator, Sequence
from typing import Protocol

from classifier.optouts.derived import caller_cases, case_book, review_queue
from classifier.optouts.derived.caller_cases import (
    CALLER_CASES,
    DISMISSED,
    PROPOSED,
    RELEASED,
    SUSPENDED,
)
from classifier.optouts.derived.case_book import ADDED, ANSWERED, CASES, CLOSED
from classifier.optouts.derived.data_handling import PURGED, PURGED_TABLES
from classifier.optouts.derived.opt_outs import REVOKED
from classifier.optouts.derived.review_queue import RESOLVED, REVIEWS
from classifier.optouts.events.event import Event
from classifier.optouts.events.event_kinds import derived_state
from classifier.optouts.events.tables import Key, Row, Table, Where
from classifier.optouts.policy.profiles import RecordKind
from classifier.optouts.store import View

_DESK = {
    kind: PURGED_TABLES[kind]
    for kind in (RecordKind.REVIEW, RecordKind.CASE, RecordKind.CALLER_CASE)
}
_STATE = derived_state((), (*review_queue.KINDS, *case_book.KINDS, *caller_cases.KINDS))
_ABOUT = {
    ADDED: (CASES, "case"),
    ANSWERED: (CASES, "case"),
    CLOSED: (CASES, "case"),
    RESOLVED: (REVIEWS, "record"),
}
_LATER = [*_ABOUT, REVOKED, PROPOSED, SUSPENDED, RELEASED, DISMISSED]
_EVENTS_AT_ONCE = 5000
_COMPARE = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip


class Rows(Protocol):
    """What figures are read from."""

    def rows(self, table: Table, where: Sequence[Where] = ()) -> list[Row]:
        """See `store.View.rows`."""
        ...

    def count(self, table: Table, where: Sequence[Where] = ()) -> int:
        """See `store.View.count`."""
        ...

    def events(self, where: Sequence[Where] = ()) -> list[Event]:
        """See `store.View.events`."""
        ...


class DeskRows:
    """Reviews, cases and cases of callers, purged or not."""

    def __init__(self, view: View, tenant: str, first: int) -> None:
        """Derive what was purged.

        Args:
            view: To look in.
            tenant: Whose.
            first: Number of an event; what was purged before it is settled too long to be told.
        """
        self._view = view
        self._purged = _purged(view, tenant, first)

    def rows(self, table: Table, where: Sequence[Where] = ()) -> list[Row]:
        """See `store.View.rows`."""
        found = [*self._view.rows(table, where), *self._purged.rows(table, where)]
        return sorted(found, key=lambda row: [row[column] for column in table.key])

    def count(self, table: Table, where: Sequence[Where] = ()) -> int:
        """See `store.View.count`."""
        return self._view.count(table, where) + len(self._purged.rows(table, where))

    def events(self, where: Sequence[Where] = ()) -> list[Event]:
        """See `store.View.events`."""
        return self._view.events(where)


class _Memory:
    """Derived tables of few rows; see `event_kinds.DerivedTables`."""

    def __init__(self) -> None:
        self.held: dict[str, dict[int, Row]] = {table.name: {} for table in _DESK.values()}

    def rows(self, table: Table, where: Sequence[Where] = ()) -> list[Row]:
        held = self.held[table.name]
        keys = [w.value for w in where if (w.operator, w.column) == ("=", table.key[0])]
        rows = [held[key] for key in keys[:1] if key in held] if keys else held.values()
        return [
            row for row in rows if all(_COMPARE[w.operator](row[w.column], w.value) for w in where)
        ]

    def insert(self, table: Table, row: Row) -> None:
        self.held[table.name][row[table.key[0]]] = row

    put = insert

    def delete(self, table: Table, key: Key) -> None:
        del self.held[table.name][key[table.key[0]]]


def _purged(view: View, tenant: str, first: int) -> _Memory:
    memory, keys = _Memory(), {table.name: set[int]() for table in _DESK.values()}
    of_tenant = [Where("tenant", "=", tenant)]
    purges = [Where("kind", "=", PURGED), Where("seq", ">=", first)]
    last = 0
    for purge in _events(view, [*of_tenant, *purges]):
        table = _DESK.get(RecordKind(purge.asked()["kind"]))
        if table is None:
            continue
        last, gone = purge.seq, purge.outcome()["keys"]
        keys[table.name].update(gone)
        if table is not CALLER_CASES:  # whose first event is one of those below
            for event in view.events([Where("seq", "in", gone)]):
                _STATE.apply(event, memory)
    if last:
        since = min(map(min, filter(None, keys.values())))
        later = [Where("kind", "in", _LATER), Where("seq", ">=", since), Where("seq", "<", last)]
        for event in _events(view, [*of_tenant, *later]):
            table, field = _ABOUT.get(event.kind, (CALLER_CASES, ""))
            if not field or event.asked()[field] in keys[table.name]:
                _STATE.apply(event, memory)
    for name, rows in memory.held.items():
        memory.held[name] = {key: row for key, row in rows.items() if key in keys[name]}
    return memory


def _events(view: View, where: list[Where]) -> Iterator[Event]:
    after = 0
    while found := view.events([*where, Where("seq", ">", after)], _EVENTS_AT_ONCE):
        yield from found
        after = found[-1].seq
