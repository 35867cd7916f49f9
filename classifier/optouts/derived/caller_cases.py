"""Suspended bots and campaigns, and their cases: proposed, suspended, released; from events."""

from enum import StrEnum

from classifier.optouts.events.event import Event
from classifier.optouts.events.event_kinds import DerivedTables, EventKind, unchanged
from classifier.optouts.events.tables import Row, Table, Where

SUSPENDED = "caller_suspended"
RELEASED = "caller_released"
PROPOSED = "suspension_proposed"
DISMISSED = "suspension_dismissed"
NOTED = "caller_case_noted"

SUSPENSIONS = Table(
    "suspensions", ("tenant", "kind", "name"), ("tenant", "kind", "name", "record", "since_us")
)
"""While a row is here, every check answers no for it; ``kind`` is ``caller`` or ``campaign``."""


class CallerCaseState(StrEnum):
    """How the case of a bot or campaign stands."""

    PROPOSED = "proposed"
    SUSPENDED = "suspended"
    RELEASED = "released"
    DISMISSED = "dismissed"


CALLER_CASES = Table(
    "caller_cases",
    ("case_id",),
    (
        "case_id", "tenant", "kind", "name", "state", "cause", "opened_us", "suspended_us",
        "closed_us", "etag",
    ),
    {"state": {*CallerCaseState}},
)  # fmt: skip


def of_caller(tenant: str, kind: str, name: str) -> list[Where]:
    """Return what finds the rows of a caller.

    Args:
        tenant: Whose.
        kind: ``caller`` or ``campaign``.
        name: Of the caller.
    """
    return [Where("tenant", "=", tenant), Where("kind", "=", kind), Where("name", "=", name)]


def open_case(tables: DerivedTables, tenant: str, kind: str, name: str) -> Row | None:
    """Return the one case of a caller that is not closed, or None.

    Args:
        tables: To look in.
        tenant: Whose.
        kind: ``caller`` or ``campaign``.
        name: Of the caller.
    """
    where = of_caller(tenant, kind, name)
    found = tables.rows(CALLER_CASES, [*where, Where("closed_us", "=", 0)])
    return found[0] if found else None


def _refuse_contacts(event: Event, tables: DerivedTables) -> None:
    asked = event.asked()
    row = {"tenant": event.tenant, "kind": asked["kind"], "name": asked["name"]}
    tables.put(SUSPENSIONS, row | {"record": event.seq, "since_us": event.time_us})


def _allow_contacts(event: Event, tables: DerivedTables) -> None:
    asked = event.asked()
    key = {"tenant": event.tenant, "kind": asked["kind"], "name": asked["name"]}
    tables.delete(SUSPENSIONS, key)


def _proposed(event: Event, tables: DerivedTables) -> None:
    _open(event, tables, CallerCaseState.PROPOSED)


def _suspended(event: Event, tables: DerivedTables) -> None:
    row = _case_of(event, tables)
    change = {"suspended_us": event.time_us, "etag": event.seq}
    if row is None:
        _open(event, tables, CallerCaseState.SUSPENDED)
    elif row["state"] == CallerCaseState.PROPOSED:
        tables.put(CALLER_CASES, row | change | {"state": CallerCaseState.SUSPENDED})


def _released(event: Event, tables: DerivedTables) -> None:
    _close(event, tables, CallerCaseState.RELEASED)


def _dismissed(event: Event, tables: DerivedTables) -> None:
    _close(event, tables, CallerCaseState.DISMISSED)


def _open(event: Event, tables: DerivedTables, state: CallerCaseState) -> None:
    asked = event.asked()
    row = {"case_id": event.seq, "tenant": event.tenant, "etag": event.seq, "state": state}
    row |= {"kind": asked["kind"], "name": asked["name"], "cause": asked.get("cause", "")}
    suspended = event.time_us if state is CallerCaseState.SUSPENDED else 0
    row |= {"opened_us": event.time_us, "suspended_us": suspended, "closed_us": 0}
    tables.insert(CALLER_CASES, row)


def _close(event: Event, tables: DerivedTables, state: CallerCaseState) -> None:
    row = _case_of(event, tables)
    if row is not None:
        change = {"state": state, "closed_us": event.time_us, "etag": event.seq}
        tables.put(CALLER_CASES, row | change)


def _case_of(event: Event, tables: DerivedTables) -> Row | None:
    asked = event.asked()
    return open_case(tables, event.tenant, asked["kind"], asked["name"])


SUSPENSION_KINDS = (
    EventKind(SUSPENDED, _refuse_contacts),
    EventKind(RELEASED, _allow_contacts),
)
KINDS = (
    EventKind(PROPOSED, _proposed),
    EventKind(DISMISSED, _dismissed),
    EventKind(SUSPENDED, _suspended),
    EventKind(RELEASED, _released),
    EventKind(NOTED, unchanged),
)
