"""Cases of feedback and complaints: a table derived from their events."""

from collections.abc import Collection
from enum import StrEnum

from classifier.optouts.events.event import Event
from classifier.optouts.events.event_kinds import DerivedTables, EventKind
from classifier.optouts.events.tables import Row, Table, Where, of_subject
from classifier.optouts.records import Intake
from classifier.optouts.store import View
from classifier.turns import Reason

OPENED = "case_opened"
ADDED = "case_added"
ANSWERED = "case_answered"
CLOSED = "case_closed"


class CaseKind(StrEnum):
    """What a case is about."""

    OPINION = "opinion"
    COMPLAINT = "complaint"
    PRIVACY = "privacy"
    WRONG_DECISION = "wrong_decision"


class CaseState(StrEnum):
    """How a case stands."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Closing(StrEnum):
    """Why a case was closed."""

    SETTLED = "settled"
    UNFOUNDED = "unfounded"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    PASSED_ON = "passed_on"
    UNREACHABLE = "unreachable"


CASES = Table(
    "cases",
    ("case_id",),
    (
        "case_id", "tenant", "kind", "subject", "record", "intake", "caller", "campaign", "state",
        "opened_us", "due_us", "answered_us", "closed_us", "closing", "etag",
    ),
    {"kind": {*CaseKind}, "intake": {*Intake}, "state": {*CaseState}, "closing": {"", *Closing}},
)  # fmt: skip
CASES_BY_DUE_DATE = Table("cases", ("due_us", "case_id"), CASES.columns, CASES.words)
"""The same rows, the one that is due first in front."""


GRIEVANCES = frozenset({CaseKind.COMPLAINT, CaseKind.PRIVACY})
"""Kinds of cases that rules count as complaints."""

_VOID = frozenset({Closing.UNFOUNDED, Closing.WITHDRAWN})


def grievance(reasons: Collection[str]) -> CaseKind:
    """Return what a case is about that is opened for a turn with a complaint.

    Args:
        reasons: Why the subject objects.
    """
    return CaseKind.PRIVACY if Reason.PRIVACY in reasons else CaseKind.COMPLAINT


def grievances_of(view: View, tenant: str, subject: int) -> frozenset[CaseKind]:
    """Return of which kinds the complaints of a subject are, open or closed.

    One that was unfounded or withdrawn counts no more. One that a rule opened for an opt-out never
    does: that opt-out was ruled by what it said itself.

    Args:
        view: To look in.
        tenant: Whose.
        subject: Its number, above 0.
    """
    where = [*of_subject(subject, tenant), Where("record", "=", 0)]
    kinds = {row["kind"] for row in view.rows(CASES, where) if row["closing"] not in _VOID}
    return frozenset(kind for kind in GRIEVANCES if kind in kinds)


def _opened(event: Event, tables: DerivedTables) -> None:
    asked = event.asked()
    row: Row = {
        "case_id": event.seq,
        "tenant": event.tenant,
        "subject": event.subject,
        "state": CaseState.OPEN,
        "opened_us": event.time_us,
        "due_us": event.outcome()["due_us"],
        "answered_us": 0,
        "closed_us": 0,
        "closing": "",
        "etag": event.seq,
    }
    for column in ("kind", "record", "intake", "caller", "campaign"):
        row[column] = asked[column]
    tables.insert(CASES, row)


def _added(event: Event, tables: DerivedTables) -> None:
    change: Row = {"kind": CaseKind.PRIVACY} if event.outcome()["raised"] else {}
    tables.put(CASES, _row(event, tables) | change | {"etag": event.seq})


def _answered(event: Event, tables: DerivedTables) -> None:
    row = _row(event, tables)
    if not row["answered_us"]:
        row["answered_us"] = event.time_us
    tables.put(CASES, row | {"state": CaseState.ANSWERED, "etag": event.seq})


def _closed(event: Event, tables: DerivedTables) -> None:
    change = {"state": CaseState.CLOSED, "closed_us": event.time_us, "etag": event.seq}
    tables.put(CASES, _row(event, tables) | change | {"closing": event.asked()["closing"]})


def _row(event: Event, tables: DerivedTables) -> Row:
    (row,) = tables.rows(CASES, [Where("case_id", "=", event.asked()["case"])])
    return row


KINDS = (
    EventKind(OPENED, _opened),
    EventKind(ADDED, _added),
    EventKind(ANSWERED, _answered),
    EventKind(CLOSED, _closed),
)
