"""The records and what people were told of them, from the events that made and changed them."""

from collections import defaultdict

from classifier.optouts.events.event import Event
from classifier.optouts.events.event_kinds import DerivedTables, EventKind
from classifier.optouts.events.tables import Row, Table, Where, of_subject
from classifier.optouts.records import Intake, OptOut, OptOutState, Reach, Scope
from classifier.optouts.store import View
from classifier.turns import Channel

RECORDED = "opt_out_recorded"
REVOKED = "opt_out_revoked"
RULED_ANEW = "opt_out_ruled_anew"
NOTICE_GIVEN = "notice_given"
CONFIRMED = "confirmation_given"

OPTED_IN = "opted_in"
MISTAKE = "mistake"
CORRECTED = "corrected"
FALSE_ALARM = "false_alarm"
NO_REQUEST = frozenset({MISTAKE, CORRECTED, FALSE_ALARM})
"""Reasons of a revocation that say that the subject of the records had asked for nothing."""

OPT_OUTS = Table(
    "opt_outs",
    ("record",),
    (
        "record", "tenant", "subject", "reach", "name", "channel", "intake",
        "since_us", "until_us", "state", "etag",
    ),
    {"reach": {*Reach}, "channel": {"", *Channel}, "intake": {*Intake}, "state": {*OptOutState}},
)  # fmt: skip
CONFIRMATIONS = Table(
    "confirmations", ("record",), ("record", "tenant", "notice", "version", "given_us")
)
NOTICE_TEXTS = Table(
    "notice_texts", ("tenant", "notice", "version"), ("tenant", "notice", "version", "digest")
)
"""The text that was first given under each version of a notice."""


def scope_to_json(scope: Scope) -> dict[str, str]:
    """Return a scope as events hold it.

    Args:
        scope: Any.
    """
    return {"reach": scope.reach, "name": scope.name, "channel": scope.channel or ""}


def scope_from_json(value: dict[str, str]) -> Scope:
    """Return the scope that an event holds.

    Args:
        value: What `scope_to_json` made.
    """
    channel = Channel(value["channel"]) if value["channel"] else None
    return Scope(Reach(value["reach"]), value["name"], channel)


def opt_out_from_row(row: Row) -> OptOut:
    """Return the record that a row holds.

    Args:
        row: Of `OPT_OUTS`.
    """
    return OptOut(
        record_id=row["record"],
        tenant=row["tenant"],
        subject_id=row["subject"],
        scope=scope_from_json(row),
        intake=Intake(row["intake"]),
        since_us=row["since_us"],
        until_us=row["until_us"],
        state=OptOutState(row["state"]),
        etag=row["etag"],
    )


def asked_us(event: Event) -> int:
    """Return when an opt-out was asked for, microseconds since 1970.

    As it was told, else when the request came in, else when it was recorded.

    Args:
        event: That made the record.
    """
    told: int = event.asked()["detected_us"] or event.outcome().get("came_us") or event.time_us
    return told


def later_rules(view: View, record: int, subject: int) -> list[str]:
    """Return the rules that have come to hold for a record since it was made, by name.

    Args:
        view: To look in.
        record: Its number.
        subject: Of whom it is.
    """
    return all_later_rules(view, subject)[record]


def all_later_rules(view: View, subject: int) -> defaultdict[int, list[str]]:
    """Return record -> the rules that have come to hold for it since it was made, by name.

    Args:
        view: To look in.
        subject: Of whom the records are.
    """
    found: defaultdict[int, list[str]] = defaultdict(list)
    for event in view.events([*of_subject(subject), Where("kind", "=", RULED_ANEW)]):
        found[event.asked()["record"]] += event.outcome()["facts"]["rules"]
    return found


def _recorded(event: Event, tables: DerivedTables) -> None:
    decided = event.outcome()
    row = {
        "record": event.seq,
        "tenant": event.tenant,
        "subject": event.subject,
        "intake": event.asked()["intake"],
        "since_us": event.time_us,
        "until_us": decided["until_us"],
        "state": OptOutState.ACTIVE.value,
        "etag": event.seq,
    }
    tables.insert(OPT_OUTS, row | decided["scope"])


def _revoked(event: Event, tables: DerivedTables) -> None:
    for record in event.outcome()["records"]:
        (row,) = tables.rows(OPT_OUTS, [Where("record", "=", record)])
        tables.put(OPT_OUTS, row | {"state": OptOutState.REVOKED.value, "etag": event.seq})


def _ruled_anew(event: Event, tables: DerivedTables) -> None:
    decided = event.outcome()
    (row,) = tables.rows(OPT_OUTS, [Where("record", "=", event.asked()["record"])])
    change = decided["scope"] | {"until_us": decided["until_us"], "etag": event.seq}
    tables.put(OPT_OUTS, row | change)


def _confirmed(event: Event, tables: DerivedTables) -> None:
    asked = event.asked()
    row = {"record": asked["record"], "tenant": event.tenant, "given_us": event.time_us}
    notice = event.outcome()["notice"]
    tables.insert(CONFIRMATIONS, row | {"notice": notice["id"], "version": notice["version"]})


def _noticed(event: Event, tables: DerivedTables) -> None:
    notice = event.outcome()["notice"]
    key = {"tenant": event.tenant, "notice": notice["id"], "version": notice["version"]}
    if not tables.rows(NOTICE_TEXTS, [Where(column, "=", key[column]) for column in key]):
        tables.insert(NOTICE_TEXTS, key | {"digest": notice["digest"]})


KINDS = (
    EventKind(RECORDED, _recorded),
    EventKind(REVOKED, _revoked, erases=True),
    EventKind(RULED_ANEW, _ruled_anew),
)
"""A correction moves the encrypted parts, so its revocation erases them."""

NOTICE_KINDS = (
    EventKind(NOTICE_GIVEN, _noticed),
    EventKind(CONFIRMED, _confirmed),
    EventKind(CONFIRMED, _noticed),
)
