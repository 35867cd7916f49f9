"""Purges what has been kept for as long as the policy asks; nothing that still blocks, ever.

Events stay: the chain proves what happened, and holds no personal data. What is purged are their
encrypted parts, and rows of the derived tables.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from classifier.optouts.caller_cases import CALLER_CASES
from classifier.optouts.caller_counts import CALLER_HOURS, HOUR_US
from classifier.optouts.case_book import ANSWERED, CASES, CLOSED, OPENED
from classifier.optouts.desk.times import microseconds, moment, now_us
from classifier.optouts.events import Draft, Event
from classifier.optouts.opt_outs import OPT_OUTS, RECORDED, REVOKED
from classifier.optouts.policy import Policy
from classifier.optouts.policy_file import Policies
from classifier.optouts.profiles import Figure, RecordKind
from classifier.optouts.purges import PURGED
from classifier.optouts.records import OptOutState
from classifier.optouts.registry import Registry
from classifier.optouts.review_queue import RESOLVED, REVIEWS, ReviewState
from classifier.optouts.store import Transaction, View
from classifier.optouts.tables import SECRETS, Row, Table, Where

_AT_ONCE = 500
_DAY_US = 24 * HOUR_US
_NEARLY = 0.9
_TEXTS = (RecordKind.EVIDENCE, RecordKind.NUMBER)


@dataclass(frozen=True, slots=True)
class PurgedKind:
    """What was, or would be, purged of one kind.

    Attributes:
        kind: The record kind; evidence and clear number go together, they are sealed as one.
        count: How many records.
        keep: How long the kind is kept, in words.
        profile: Whose figure that is.
        source: Where the figure comes from.
    """

    kind: RecordKind
    count: int
    keep: str
    profile: str
    source: str


@dataclass(slots=True)
class _Found:
    keys: list[object] = field(default_factory=list)
    secrets: list[int] = field(default_factory=list)


class Retention:
    """The retention of one registry."""

    def __init__(
        self, registry: Registry, policies: Policies, clock: Callable[[], int] = now_us
    ) -> None:
        """Put the job together.

        Args:
            registry: What is purged.
            policies: Of every tenant.
            clock: Gives the time in microseconds since 1970.
        """
        self._registry = registry
        self._policies = policies
        self._clock = clock

    def purge(
        self,
        tenant: str,
        actor: str,
        dry_run: bool,
        kinds: tuple[RecordKind, ...] = tuple(RecordKind),
    ) -> list[PurgedKind]:
        """Purge, or tell what would be.

        Args:
            tenant: Whose records.
            actor: Who purges.
            dry_run: True changes nothing.
            kinds: Only these.

        Raises:
            StoreError: The store is away; what was purged before that stays purged.
        """
        policy = self._policies.of(tenant)
        purged = []
        for kind in kinds:
            if kind is RecordKind.NUMBER and RecordKind.EVIDENCE in kinds:
                continue
            count = 0
            for batch in self._batches(tenant, kind, policy):
                count += len(batch.keys)
                if not dry_run:
                    self._remove(tenant, actor, kind, batch, policy)
            figure = _longest(policy, kind)
            purged.append(
                PurgedKind(kind, count, str(figure.period), figure.profile, figure.source)
            )
        return purged

    def _remove(
        self, tenant: str, actor: str, kind: RecordKind, batch: _Found, policy: Policy
    ) -> None:
        draft = Draft(
            kind=PURGED,
            tenant=tenant,
            actor=actor,
            payload={"kind": kind, "policy": policy.version},
            decided={"keys": batch.keys, "events": batch.secrets},
        )

        def work(transaction: Transaction) -> None:
            transaction.append(draft)
            for seq in batch.secrets:
                transaction.delete(SECRETS, {"seq": seq})

        self._registry.store.write(work)

    def _batches(self, tenant: str, kind: RecordKind, policy: Policy) -> Iterator[_Found]:
        """Yield what is over its time; what is looked at next begins after the last row."""
        if kind is RecordKind.ATTEMPT:
            yield from self._hours(tenant, policy)
            return
        after = 0
        while True:
            last, found = self._registry.store.read(
                partial(self._page, tenant=tenant, kind=kind, policy=policy, after=after)
            )
            if found.keys:
                yield found
            if not last:
                return
            after = last

    def _page(
        self, view: View, tenant: str, kind: RecordKind, policy: Policy, after: int
    ) -> tuple[int, _Found]:
        table, column = _ROWS[kind]
        where = [Where("tenant", "=", tenant), Where(column, ">", after)]
        rows = view.rows(table, where, _AT_ONCE)
        found = _Found()
        for row in rows:
            settled = self._settled_us(view, kind, row)
            if not settled or self._clock() < self._until_us(view, kind, row, settled, policy):
                continue
            secrets = _secrets(view, kind, row)
            if kind in _TEXTS and not secrets:
                continue
            found.keys.append(row[column])
            found.secrets += secrets
        return (rows[-1][column] if len(rows) == _AT_ONCE else 0), found

    def _settled_us(self, view: View, kind: RecordKind, row: Row) -> int:
        """Return when a row was settled; 0 while it blocks, waits or is held by an open case."""
        if kind is RecordKind.REVIEW:
            return int(row["resolved_us"]) if row["state"] == ReviewState.RESOLVED else 0
        if kind in {RecordKind.CASE, RecordKind.CALLER_CASE}:
            return int(row["closed_us"])
        if row["state"] == OptOutState.ACTIVE:
            over = 0 < row["until_us"] <= self._clock()
            settled = int(row["until_us"]) if over else 0
        else:
            (event,) = view.events([Where("seq", "=", row["etag"])])
            settled = event.time_us
        return 0 if settled and _held(view, row) else settled

    def _until_us(
        self, view: View, kind: RecordKind, row: Row, settled: int, policy: Policy
    ) -> int:
        rules: list[str] = []
        if kind in {RecordKind.OPT_OUT, *_TEXTS}:
            (made,) = view.events([Where("seq", "=", row["record"])])
            rules = made.outcome()["facts"].get("rules", [])
        wanted = _TEXTS if kind in _TEXTS else (kind,)
        return max(
            microseconds(policy.kept_until(each, moment(settled), rules).at) for each in wanted
        )

    def _hours(self, tenant: str, policy: Policy) -> Iterator[_Found]:
        days = policy.keep(RecordKind.ATTEMPT).period.about_days()
        # Calendar periods differ by a few days; the exact end is looked at below.
        latest = (self._clock() - int(days * _NEARLY * _DAY_US)) // HOUR_US
        where = [Where("tenant", "=", tenant), Where("hour", "<", latest)]
        rows = self._registry.store.read(lambda view: view.rows(CALLER_HOURS, where))
        over = [
            [row["kind"], row["name"], row["hour"]]
            for row in rows
            if self._clock() >= self._hour_kept_us(policy, row["hour"])
        ]
        for start in range(0, len(over), _AT_ONCE):
            yield _Found(list(over[start : start + _AT_ONCE]))

    @staticmethod
    def _hour_kept_us(policy: Policy, hour: int) -> int:
        ended = moment((hour + 1) * HOUR_US)
        return microseconds(policy.kept_until(RecordKind.ATTEMPT, ended).at)


_ROWS: dict[RecordKind, tuple[Table, str]] = {
    RecordKind.OPT_OUT: (OPT_OUTS, "record"),
    RecordKind.NUMBER: (OPT_OUTS, "record"),
    RecordKind.EVIDENCE: (OPT_OUTS, "record"),
    RecordKind.REVIEW: (REVIEWS, "record"),
    RecordKind.CASE: (CASES, "case_id"),
    RecordKind.CALLER_CASE: (CALLER_CASES, "case_id"),
}


def _longest(policy: Policy, kind: RecordKind) -> Figure:
    wanted = _TEXTS if kind in _TEXTS else (kind,)
    return max(
        (policy.keep(each) for each in wanted), key=lambda figure: figure.period.about_days()
    )


def _held(view: View, row: Row) -> bool:
    where = [Where("subject", "=", row["subject"]), Where("tenant", "=", row["tenant"])]
    return bool(view.rows(CASES, [*where, Where("closed_us", "=", 0)], 1))


def _secrets(view: View, kind: RecordKind, row: Row) -> list[int]:
    """Return the numbers of the events whose encrypted parts go with a row."""
    if kind not in _EVENTS:
        return []
    number = row[_ROWS[kind][1]]
    where = [Where("kind", "in", _EVENTS[kind]), Where("tenant", "=", row["tenant"])]
    where += [Where("seq", ">=", number), Where("seq", "<=", row["etag"])]
    if row["subject"]:
        where.append(Where("subject", "=", row["subject"]))
    seqs = [event.seq for event in view.events(where) if _is_about(event, number)]
    if not seqs:
        return []
    return [found["seq"] for found in view.rows(SECRETS, [Where("seq", "in", seqs)])]


def _is_about(event: Event, number: int) -> bool:
    if event.kind == REVOKED:
        return number in event.outcome()["records"]
    asked = event.asked()
    return number in {event.seq, asked.get("case"), asked.get("record")}


_OF_RECORD = [RECORDED, REVOKED]
_EVENTS: dict[RecordKind, list[str]] = {
    RecordKind.OPT_OUT: _OF_RECORD,
    RecordKind.NUMBER: _OF_RECORD,
    RecordKind.EVIDENCE: _OF_RECORD,
    RecordKind.REVIEW: [RESOLVED],
    RecordKind.CASE: [OPENED, ANSWERED, CLOSED],
}
