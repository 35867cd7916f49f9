"""The review queue: a table derived from doubtful records and what people do with them."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from classifier.errors import ClaimedError
from classifier.optouts.derived.opt_outs import OPT_OUTS, RECORDED, REVOKED
from classifier.optouts.events.event import Event
from classifier.optouts.events.event_kinds import DerivedTables, EventKind
from classifier.optouts.events.tables import Row, Table, Where

CLAIMED = "review_claimed"
UNCLAIMED = "review_unclaimed"
RESOLVED = "review_resolved"
NARROWED = "opt_out_narrowed"

MOST_RISK = 1000
"""Risk of the turn that must be looked at first."""


class ReviewState(StrEnum):
    """How a review stands."""

    OPEN = "open"
    RESOLVED = "resolved"


class Verdict(StrEnum):
    """What became of a review; see `DECIDED` for what people may decide."""

    CONFIRM = "confirm"
    FALSE_ALARM = "false_alarm"
    NARROW = "narrow"
    WITHDRAWN = "withdrawn"
    """The record was revoked before anybody decided."""
    SUBJECT_CONFIRMED = "subject_confirmed"
    """The subject said it plainly in the same call before anybody decided."""


_COLUMNS = (
    "record", "tenant", "subject", "rank", "state", "opened_us", "claimed_by", "claimed_until_us",
    "verdict", "resolved_us", "resolved_by", "etag",
)  # fmt: skip
_WORDS = {"state": {*ReviewState}, "verdict": {"", *Verdict}}
REVIEWS = Table("reviews", ("record",), _COLUMNS, _WORDS)
"""``record`` is the opt-out's and names the review; ``rank`` is `MOST_RISK` less the risk."""

REVIEWS_BY_RISK = Table("reviews", ("rank", "record"), _COLUMNS, _WORDS)
"""The same rows, the riskiest first and the oldest of those."""


DECIDED = (Verdict.CONFIRM, Verdict.FALSE_ALARM, Verdict.NARROW)
"""Verdicts of people; the others come about by themselves."""


def risk_of(facts: Mapping[str, Any], rule_risk: int) -> int:
    """Return how much depends on a quick look at a doubtful turn, 0 to `MOST_RISK`.

    The nearer the score is to the threshold for a stop the likelier a person is blocked rightly;
    what rules add comes on top.

    Args:
        facts: Of the request; ``scores`` may hold that of ``opt_out``.
        rule_risk: Sum of what the rules add, 0 to 100 each.
    """
    scores = facts.get("scores")
    score = scores.get("opt_out", 0.5) if isinstance(scores, Mapping) else 0.5
    return max(0, min(MOST_RISK, round(score * MOST_RISK / 2) + rule_risk * MOST_RISK // 200))


def refuse_claimed(row: Row, actors: Collection[str], time_us: int) -> None:
    """Refuse whoever would decide a review that somebody else has claimed.

    Args:
        row: Of `REVIEWS`.
        actors: Who decides, as named and as events keep it.
        time_us: When; a claim lapses.

    Raises:
        ClaimedError: Somebody else has it.
    """
    if row["claimed_by"] not in {"", *actors} and row["claimed_until_us"] > time_us:
        raise ClaimedError("somebody else has claimed the review; wait or ask them")


def _recorded(event: Event, tables: DerivedTables) -> None:
    asked = event.asked()
    if not asked["doubtful"]:
        return
    risk = risk_of(asked["facts"], event.outcome()["facts"].get("risk", 0))
    row: Row = dict.fromkeys(_COLUMNS, "")
    row |= {"record": event.seq, "tenant": event.tenant, "subject": event.subject}
    row |= {"rank": MOST_RISK - risk, "state": ReviewState.OPEN, "opened_us": event.time_us}
    row |= {"claimed_until_us": 0, "resolved_us": 0, "etag": event.seq}
    tables.insert(REVIEWS, row)


def _claimed(event: Event, tables: DerivedTables) -> None:
    until = event.outcome()["until_us"]
    _change(tables, event, {"claimed_by": event.actor, "claimed_until_us": until})


def _unclaimed(event: Event, tables: DerivedTables) -> None:
    _change(tables, event, {"claimed_by": "", "claimed_until_us": 0})


def _resolved(event: Event, tables: DerivedTables) -> None:
    _close(tables, event, event.asked()["record"], event.asked()["verdict"])


def _revoked(event: Event, tables: DerivedTables) -> None:
    for record in event.outcome()["records"]:
        where = [Where("record", "=", record), Where("state", "=", ReviewState.OPEN.value)]
        if tables.rows(REVIEWS, where):
            _close(tables, event, record, Verdict.WITHDRAWN)


def _narrowed(event: Event, tables: DerivedTables) -> None:
    asked = event.asked()
    (row,) = tables.rows(OPT_OUTS, [Where("record", "=", asked["record"])])
    tables.put(OPT_OUTS, row | asked["scope"] | {"etag": event.seq})


def _close(tables: DerivedTables, event: Event, record: int, verdict: str) -> None:
    (row,) = tables.rows(REVIEWS, [Where("record", "=", record)])
    change = {"state": ReviewState.RESOLVED, "verdict": verdict, "resolved_us": event.time_us}
    change |= {"resolved_by": event.actor, "claimed_by": "", "claimed_until_us": 0}
    tables.put(REVIEWS, row | change | {"etag": event.seq})


def _change(tables: DerivedTables, event: Event, change: Row) -> None:
    (row,) = tables.rows(REVIEWS, [Where("record", "=", event.asked()["record"])])
    tables.put(REVIEWS, row | change | {"etag": event.seq})


KINDS = (
    EventKind(RECORDED, _recorded),
    EventKind(CLAIMED, _claimed),
    EventKind(UNCLAIMED, _unclaimed),
    EventKind(RESOLVED, _resolved),
    EventKind(NARROWED, _narrowed),
    EventKind(REVOKED, _revoked),
)
