"""Pages of the registry: opt-outs with what was recorded about them, and events."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from classifier.optouts.derived.opt_outs import OPT_OUTS, asked_us, later_rules, opt_out_from_row
from classifier.optouts.derived.review_queue import REVIEWS, ReviewState
from classifier.optouts.desk.review import Review
from classifier.optouts.events.event import Event
from classifier.optouts.events.facts import Facts, facts_from_json
from classifier.optouts.events.tables import EVENTS, Where
from classifier.optouts.recording.changes import opt_out_of
from classifier.optouts.recording.subject_index import find_subject, subject_in
from classifier.optouts.records import Intake, Json, OptOut, OptOutState
from classifier.optouts.registry import Registry
from classifier.optouts.store import View
from classifier.optouts.subjects.subject import Subject
from classifier.optouts.times import now_us
from classifier.turns import ContextTurn, Reason, Speaker


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries of a tenant are wanted; what is left empty takes all.

    Attributes:
        tenant: Whose.
        subject: Of this subject alone.
        states: Opt-outs in these states.
        intakes: Opt-outs that came in these ways.
        kinds: Events of these kinds.
        since_us: Recorded at or after, microseconds since 1970; 0 for no bound.
        until_us: Recorded before; 0 for no bound.
        after: Number of the last entry of the page before.
        limit: Most entries, above 0.
    """

    tenant: str
    subject: Subject | None = None
    states: Sequence[OptOutState] = ()
    intakes: Sequence[Intake] = ()
    kinds: Sequence[str] = ()
    since_us: int = 0
    until_us: int = 0
    after: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class RecordedOptOut:
    """An opt-out with what was recorded about it.

    Attributes:
        opt_out: As it stands.
        actor: Who recorded it.
        requested_us: When it was said or received, microseconds since 1970.
        reasons: Why the subject objects.
        facts: What is known around it.
        ruling: What the rules made of it: profile, rule, legal basis.
        subject: In the clear; None where it was erased.
        text: What was said; empty where nothing was kept or it was erased.
        context: What was said before it, oldest first.
        review: How its review stands; None where it was never in doubt.
    """

    opt_out: OptOut
    actor: str
    requested_us: int
    reasons: tuple[Reason, ...]
    facts: Facts
    ruling: Json
    subject: Subject | None = field(repr=False)
    text: str = field(repr=False)
    context: tuple[ContextTurn, ...] = field(default=(), repr=False)
    review: ReviewState | None = None


def list_opt_outs(registry: Registry, wanted: Filter) -> list[RecordedOptOut]:
    """Return a page of opt-outs, oldest first.

    Args:
        registry: To look in.
        wanted: Which.

    Raises:
        StoreError: The store cannot be read.
    """

    def work(view: View) -> list[RecordedOptOut]:
        where = _conditions(view, registry, wanted, OPT_OUTS.key[0], "since_us")
        if wanted.states:
            stored = {_STORED.get(state, state).value for state in wanted.states}
            where.append(Where("state", "in", sorted(stored)))
        if tuple(wanted.states) == (OptOutState.EXPIRED,):
            where.append(Where("until_us", ">", 0))
        if wanted.intakes:
            where.append(Where("intake", "in", [intake.value for intake in wanted.intakes]))
        return [recorded_opt_out(view, opt_out) for opt_out in _standing(view, wanted, where)]

    return registry.store.read(work)


def list_events(registry: Registry, wanted: Filter) -> list[tuple[Event, bytes]]:
    """Return a page of events with their chain hashes, oldest first.

    Args:
        registry: To look in.
        wanted: Which.

    Raises:
        StoreError: The store cannot be read.
    """

    def work(view: View) -> list[tuple[Event, bytes]]:
        where = _conditions(view, registry, wanted, "seq", "time_us")
        if wanted.kinds:
            where.append(Where("kind", "in", list(wanted.kinds)))
        found = []
        for row in view.rows(EVENTS, where, wanted.limit):
            chained = row.pop("hash")
            found.append((Event(**row), chained))
        return found

    return registry.store.read(work)


def get_opt_out(registry: Registry, tenant: str, record_id: int) -> RecordedOptOut:
    """Return one opt-out with what was recorded about it.

    Args:
        registry: To look in.
        tenant: Whose.
        record_id: Its number.

    Raises:
        RecordMissingError: There is none in that tenant.
        StoreError: The store cannot be read.
    """
    return registry.store.read(
        lambda view: recorded_opt_out(view, opt_out_of(view, tenant, record_id))
    )


def with_opt_outs(
    registry: Registry, reviews: Sequence[Review]
) -> list[tuple[Review, RecordedOptOut]]:
    """Return reviews with the opt-outs they are about; what was purged meanwhile is left out.

    Args:
        registry: To look in.
        reviews: As they were listed.

    Raises:
        StoreError: The store cannot be read.
    """

    def work(view: View) -> list[tuple[Review, RecordedOptOut]]:
        return [
            (review, recorded_opt_out(view, opt_out_from_row(row)))
            for review in reviews
            for row in view.rows(OPT_OUTS, [Where("record", "=", review.record_id)])
        ]

    return registry.store.read(work)


def recorded_opt_out(view: View, opt_out: OptOut) -> RecordedOptOut:
    """Return an opt-out with what was recorded about it.

    Args:
        view: To look in.
        opt_out: As it stands.

    Raises:
        KeysError: Its encrypted part cannot be opened.
    """
    event = view.event(opt_out.record_id)
    asked, secret = event.asked(), view.secret(event.seq) or {}
    reviews = view.rows(REVIEWS, [Where("record", "=", opt_out.record_id)])
    return RecordedOptOut(
        opt_out=opt_out,
        actor=event.actor,
        requested_us=asked_us(event),
        reasons=tuple(Reason(reason) for reason in asked["reasons"]),
        facts=facts_from_json(asked["facts"]),
        ruling=_ruling(view, opt_out, event),
        subject=subject_in(secret),
        text=secret.get("text", ""),
        context=tuple(
            ContextTurn(Speaker(turn["speaker"]), turn["text"])
            for turn in secret.get("context", [])
        ),
        review=ReviewState(reviews[0]["state"]) if reviews else None,
    )


def _ruling(view: View, opt_out: OptOut, made: Event) -> Json:
    ruling: Json = made.outcome().get("facts", {})
    if opt_out.etag == opt_out.record_id:  # as it was made, as nearly all are
        return ruling
    later = later_rules(view, opt_out.record_id, opt_out.subject_id)
    return ruling | {"rules": [*ruling.get("rules", []), *later]} if later else ruling


_STORED = {OptOutState.EXPIRED: OptOutState.ACTIVE}


def _standing(view: View, wanted: Filter, where: list[Where]) -> list[OptOut]:
    """Return the next opt-outs that stand as is wanted; what the clock decides is no column."""
    now, found, after = now_us(), list[OptOut](), wanted.after
    while True:
        rows = view.rows(OPT_OUTS, [*where, Where("record", ">", after)], wanted.limit)
        page = map(opt_out_from_row, rows)
        found += [one for one in page if not wanted.states or one.standing(now) in wanted.states]
        if len(found) >= wanted.limit or len(rows) < wanted.limit:
            return found[: wanted.limit]
        after = rows[-1]["record"]


def _conditions(
    view: View, registry: Registry, wanted: Filter, number: str, moment: str
) -> list[Where]:
    where = [Where("tenant", "=", wanted.tenant), Where(number, ">", wanted.after)]
    if wanted.subject is not None:
        found = find_subject(view, registry.ring, wanted.subject)
        where.append(Where("subject", "=", found or -1))
    if wanted.since_us:
        where.append(Where(moment, ">=", wanted.since_us))
    if wanted.until_us:
        where.append(Where(moment, "<", wanted.until_us))
    return where
