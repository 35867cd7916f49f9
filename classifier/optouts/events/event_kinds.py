"""How events change the derived tables.

A module that adds kinds holds its tables and a tuple of `EventKind`, and is named in
`whole_state`. Several modules may apply the same kind. An applier sees the event and the derived
tables, nothing else: no clock, no keys, no secret part; so a rebuild from the events gives the
same rows.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from classifier.errors import StoreError
from classifier.optouts.events.event import Event
from classifier.optouts.events.tables import Key, Row, Table, Where


class DerivedTables(Protocol):
    """The part of a transaction that an applier may touch."""

    def rows(self, table: Table, where: Sequence[Where] = ()) -> list[Row]:
        """See `store.View.rows`."""
        ...

    def insert(self, table: Table, row: Row) -> None:
        """See `store.Transaction.insert`."""
        ...

    def put(self, table: Table, row: Row) -> None:
        """See `store.Transaction.put`."""
        ...

    def delete(self, table: Table, key: Key) -> None:
        """See `store.Transaction.delete`."""
        ...


Apply = Callable[[Event, DerivedTables], None]
"""Changes derived tables as an event says."""


@dataclass(frozen=True, slots=True)
class EventKind:
    """One way in which one kind of event changes derived tables.

    Attributes:
        kind: Such as ``opt_out_recorded``.
        apply: What it changes; `unchanged` for events that are only kept.
        erases: Whether ``events`` in its outcome names events whose encrypted part went with it.
    """

    kind: str
    apply: Apply
    erases: bool = False


def unchanged(event: Event, tables: DerivedTables) -> None:
    """Apply an event that changes no derived table.

    Args:
        event: Only kept.
        tables: Left alone.
    """


@dataclass(frozen=True, slots=True)
class DerivedState:
    """Everything that is derived from events.

    Attributes:
        tables: Emptied and filled again by a rebuild; each once, in whatever orders it is read.
        appliers: Kind to what it changes, in order.
        erasing: Kinds that erase encrypted parts; see `EventKind`.
    """

    tables: tuple[Table, ...]
    appliers: dict[str, tuple[Apply, ...]]
    erasing: tuple[str, ...] = ()

    def apply(self, event: Event, tables: DerivedTables) -> None:
        """Change the derived tables as an event says.

        Args:
            event: Of a known kind.
            tables: To change.

        Raises:
            StoreError: This program does not know the kind.
        """
        appliers = self.appliers.get(event.kind)
        if appliers is None:
            message = f"event {event.seq} is of a kind that this program does not know"
            raise StoreError(f"{message}; run the newer release that wrote it")
        for apply in appliers:
            apply(event, tables)


def derived_state(tables: Iterable[Table], kinds: Iterable[EventKind]) -> DerivedState:
    """Return the derived state of these tables and kinds.

    Args:
        tables: That kinds write to.
        kinds: In the order in which those of one event are applied.
    """
    appliers: dict[str, tuple[Apply, ...]] = {}
    erasing: set[str] = set()
    for kind in kinds:
        appliers[kind.kind] = (*appliers.get(kind.kind, ()), kind.apply)
        if kind.erases:
            erasing.add(kind.kind)
    return DerivedState(tuple(tables), appliers, tuple(sorted(erasing)))
