"""Purges what has been kept for as long as the policy asks; nothing that still blocks, ever.

Events stay: the chain proves what happened, and holds no personal data. What is purged are their
encrypted parts, and rows of the derived tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from classifier.optouts.derived.caller_counts import CALLER_HOURS, HOUR_US
from classifier.optouts.derived.data_handling import PURGED
from classifier.optouts.events.event import Draft
from classifier.optouts.events.tables import SECRETS, Where
from classifier.optouts.policy.policy import Policy
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.policy.profiles import RecordKind
from classifier.optouts.registry import Registry
from classifier.optouts.store import Transaction, View
from classifier.optouts.times import microseconds, moment, now_us
from classifier.optouts.upkeep.settled_rows import ROWS, TEXTS, SettledRows, figure_of

_AT_ONCE = 500
_DAY_US = 24 * HOUR_US
_NEARLY = 0.9


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

    def __init__(self, registry: Registry, policies: Policies) -> None:
        """Put the job together.

        Args:
            registry: What is purged.
            policies: Of every tenant.
        """
        self._registry = registry
        self._policies = policies

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
        reviews_go = dry_run and RecordKind.REVIEW in kinds
        counts = {}
        for kind in sorted(dict.fromkeys(kinds), key=_turn):
            if kind is RecordKind.NUMBER and RecordKind.EVIDENCE in kinds:
                continue
            counts[kind] = 0
            for batch in self._batches(tenant, kind, policy, reviews_go):
                counts[kind] += len(batch.keys)
                if not dry_run:
                    self._remove(tenant, actor, kind, batch, policy)
        if not dry_run:
            self._registry.store.scrub()
        return [
            _told(kind, counts[kind], policy) for kind in dict.fromkeys(kinds) if kind in counts
        ]

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

    def _batches(
        self, tenant: str, kind: RecordKind, policy: Policy, reviews_go: bool
    ) -> Iterator[_Found]:
        """Yield what is over its time; what is looked at next begins after the last row."""
        if kind is RecordKind.ATTEMPT:
            yield from self._hours(tenant, policy)
            return

        def page(view: View, after: int) -> tuple[int, _Found]:
            return _page(SettledRows(view, policy, now_us(), reviews_go), tenant, kind, after)

        after = 0
        while True:
            last, found = self._registry.store.read(partial(page, after=after))
            if found.keys:
                yield found
            if not last:
                return
            after = last

    def _hours(self, tenant: str, policy: Policy) -> Iterator[_Found]:
        days = policy.keep(RecordKind.ATTEMPT).period.about_days()
        # Calendar periods differ by a few days; the exact end is looked at below.
        latest = (now_us() - int(days * _NEARLY * _DAY_US)) // HOUR_US
        where = [Where("tenant", "=", tenant), Where("hour", "<", latest)]
        rows = self._registry.store.read(lambda view: view.rows(CALLER_HOURS, where))
        over = [
            [row["kind"], row["name"], row["hour"]]
            for row in rows
            if now_us() >= self._hour_kept_us(policy, row["hour"])
        ]
        for start in range(0, len(over), _AT_ONCE):
            yield _Found(list(over[start : start + _AT_ONCE]))

    @staticmethod
    def _hour_kept_us(policy: Policy, hour: int) -> int:
        ended = moment((hour + 1) * HOUR_US)
        return microseconds(policy.kept_until(RecordKind.ATTEMPT, ended).at)


def _turn(kind: RecordKind) -> int:
    # A review goes before its opt-out, so that none is ever without the record it is about; the
    # encrypted parts do so too, so that they are counted as a dry run counts them.
    return 0 if kind is RecordKind.REVIEW else 1 if kind in TEXTS else 2


def _told(kind: RecordKind, count: int, policy: Policy) -> PurgedKind:
    figure = figure_of(kind, policy)
    return PurgedKind(kind, count, str(figure.period), figure.profile, figure.source)


def _page(settled: SettledRows, tenant: str, kind: RecordKind, after: int) -> tuple[int, _Found]:
    table = ROWS[kind]
    (column,) = table.key
    where = [Where("tenant", "=", tenant), Where(column, ">", after)]
    rows = settled.view.rows(table, where, _AT_ONCE)
    found = _Found()
    for row in rows:
        if not settled.may_go(kind, row):
            continue
        secrets = settled.secrets(kind, row)
        if kind in TEXTS and not secrets:
            continue
        found.keys.append(row[column])
        found.secrets += secrets
    return (rows[-1][column] if len(rows) == _AT_ONCE else 0), found
