"""What happened to each bot's and campaign's contacts, hour by hour; derived from events."""

from collections.abc import Iterable

from classifier.optouts.derived.case_book import ADDED, OPENED, CaseKind
from classifier.optouts.derived.opt_outs import OPT_OUTS, RECORDED
from classifier.optouts.derived.talks import SAME_TALK_US
from classifier.optouts.events.event import Event
from classifier.optouts.events.event_kinds import DerivedTables, EventKind
from classifier.optouts.events.tables import Row, Table, Where
from classifier.optouts.policy.policy_rules import CALLER_KINDS
from classifier.optouts.records import Contact, Json, OptOutState
from classifier.turns import Channel, Reason

COUNTED = "contacts_counted"

HOUR_US = 3_600_000_000
COUNTS = (
    "contacts", "blocked", "opt_outs", "complaints", "privacy_complaints", "ignored_opt_outs",
)  # fmt: skip
CALLER_HOURS = Table(
    "caller_hours", ("tenant", "kind", "name", "hour"), ("tenant", "kind", "name", "hour", *COUNTS)
)
"""``hour`` counts hours since 1970; ``kind`` is ``caller`` or ``campaign``."""


def callers_of(facts: dict[str, object]) -> list[tuple[str, str]]:
    """Return kind and name of who made the contact that a request came from.

    Args:
        facts: Of the request; an imported record is nobody's contact.
    """
    if "imported" in facts:
        return []
    return [(kind, str(facts[kind])) for kind in CALLER_KINDS if facts.get(kind)]


def callers_in(asked: Json) -> list[tuple[str, str]]:
    """Return kind and name of the bot and campaign that a case or count is about.

    Args:
        asked: Of its event; a name may be empty.
    """
    return [(kind, asked[kind]) for kind in CALLER_KINDS if asked[kind]]


def grievances_counted(asked: Json) -> list[str]:
    """Return which counts of grievances a new record has added to.

    Args:
        asked: Of its event.
    """
    counted = ["complaints"] if asked["facts"].get("also_complaint") else []
    return [*counted, "privacy_complaints"] if Reason.PRIVACY in asked["reasons"] else counted


def _recorded(event: Event, tables: DerivedTables) -> None:
    asked = event.asked()
    callers = callers_of(asked["facts"])
    if not callers or "corrects" in asked:  # a corrected number is no request of its own
        return
    counted = ["opt_outs", *grievances_counted(asked)]
    if _was_refused(event, tables):
        counted.append("ignored_opt_outs")
    _add(tables, event, callers, dict.fromkeys(counted, 1))


def _was_refused(event: Event, tables: DerivedTables) -> bool:
    """Say whether a check would have refused the contact that led to a new opt-out."""
    asked = event.asked()
    facts, intake = asked["facts"], asked["intake"]
    contact = Contact(
        event.tenant,
        campaign=facts.get("campaign", ""),
        purpose=facts.get("purpose", ""),
        channel=intake if intake in set(Channel) else None,  # an agent may not say
    )
    where = [Where("subject", "=", event.subject), Where("tenant", "=", event.tenant)]
    where += [Where("state", "=", OptOutState.ACTIVE.value)]
    where += [Where("since_us", "<", event.time_us - SAME_TALK_US)]
    return any(
        contact.is_touched(
            row["reach"], row["name"], row["channel"], row["until_us"], event.time_us
        )
        for row in tables.rows(OPT_OUTS, where)
    )


def _case_opened(event: Event, tables: DerivedTables) -> None:
    asked = event.asked()
    if asked["record"]:  # the record's own event was counted
        return
    counted = {
        CaseKind.COMPLAINT: ["complaints"],
        CaseKind.PRIVACY: ["complaints", "privacy_complaints"],
    }.get(asked["kind"], [])
    _add(tables, event, callers_in(asked), dict.fromkeys(_not_yet(event, counted), 1))


def _case_added(event: Event, tables: DerivedTables) -> None:
    if event.outcome()["raised"]:  # the case was counted as a complaint when it was opened
        asked = event.asked()
        counted = _not_yet(event, ["privacy_complaints"])
        _add(tables, event, callers_in(asked), dict.fromkeys(counted, 1))


def _not_yet(event: Event, counts: list[str]) -> list[str]:
    """Return the counts to which the record of the same turn has not added."""
    already = event.outcome().get("counted", [])
    return [count for count in counts if count not in already]


def _contacts_counted(event: Event, tables: DerivedTables) -> None:
    for count in event.asked()["counts"]:
        blocked = sum(count["blocked"].values())
        _add(tables, event, callers_in(count), {"contacts": count["allowed"], "blocked": blocked})


def _add(
    tables: DerivedTables, event: Event, callers: Iterable[tuple[str, str]], more: dict[str, int]
) -> None:
    for kind, name in callers if more else ():
        hour = event.time_us // HOUR_US
        key = {"tenant": event.tenant, "kind": kind, "name": name, "hour": hour}
        found = tables.rows(CALLER_HOURS, [Where(column, "=", key[column]) for column in key])
        row: Row = found[0] if found else {**key, **dict.fromkeys(COUNTS, 0)}
        tables.put(CALLER_HOURS, row | {count: row[count] + more[count] for count in more})


KINDS = (
    EventKind(RECORDED, _recorded),
    EventKind(OPENED, _case_opened),
    EventKind(ADDED, _case_added),
    EventKind(COUNTED, _contacts_counted),
)
