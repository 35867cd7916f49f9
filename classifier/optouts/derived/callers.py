"""Suspended bots and campaigns: while a row is here, every check answers no for it."""

from classifier.optouts.events.event import Event
from classifier.optouts.events.event_kinds import DerivedTables, EventKind
from classifier.optouts.events.tables import Table

SUSPENDED = "caller_suspended"
RELEASED = "caller_released"

SUSPENSIONS = Table(
    "suspensions", ("tenant", "kind", "name"), ("tenant", "kind", "name", "record", "since_us")
)
"""``kind`` is ``caller`` or ``campaign``."""


def _suspended(event: Event, tables: DerivedTables) -> None:
    asked = event.asked()
    row = {"tenant": event.tenant, "kind": asked["kind"], "name": asked["name"]}
    tables.put(SUSPENSIONS, row | {"record": event.seq, "since_us": event.time_us})


def _released(event: Event, tables: DerivedTables) -> None:
    asked = event.asked()
    key = {"tenant": event.tenant, "kind": asked["kind"], "name": asked["name"]}
    tables.delete(SUSPENSIONS, key)


KINDS = (EventKind(SUSPENDED, _suspended), EventKind(RELEASED, _released))
