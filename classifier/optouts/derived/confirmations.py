"""Notices that were given, and the one confirmation that a record may have; from events."""

from classifier.optouts.events.event import Event
from classifier.optouts.events.event_kinds import DerivedTables, EventKind, unchanged
from classifier.optouts.events.tables import Table

NOTICE_GIVEN = "notice_given"
CONFIRMED = "confirmation_given"

CONFIRMATIONS = Table(
    "confirmations", ("record",), ("record", "tenant", "notice", "version", "given_us")
)


def _confirmed(event: Event, tables: DerivedTables) -> None:
    asked = event.asked()
    row = {"record": asked["record"], "tenant": event.tenant, "given_us": event.time_us}
    notice = event.outcome()["notice"]
    tables.insert(CONFIRMATIONS, row | {"notice": notice["id"], "version": notice["version"]})


KINDS = (EventKind(NOTICE_GIVEN, unchanged), EventKind(CONFIRMED, _confirmed))
