"""Which settled rows have been kept long enough, and what is encrypted of each."""

from dataclasses import dataclass, field

from classifier.optouts.derived.case_book import ADDED, ANSWERED, CASES, CLOSED, OPENED
from classifier.optouts.derived.data_handling import PURGED_TABLES
from classifier.optouts.derived.opt_outs import OPT_OUTS, RECORDED, REVOKED, later_rules
from classifier.optouts.derived.review_queue import RESOLVED, REVIEWS, ReviewState
from classifier.optouts.events.event import Event
from classifier.optouts.events.tables import SECRETS, Row, Table, Where, of_subject
from classifier.optouts.policy.policy import Policy
from classifier.optouts.policy.profiles import Figure, RecordKind
from classifier.optouts.records import OptOutState
from classifier.optouts.store import View
from classifier.optouts.times import microseconds, moment

TEXTS = (RecordKind.EVIDENCE, RecordKind.NUMBER)
"""Kinds that are encrypted parts of an opt-out, sealed as one."""

ROWS: dict[RecordKind, Table] = PURGED_TABLES | dict.fromkeys(TEXTS, OPT_OUTS)
"""Where the rows of a kind stand; one number names each."""

_OF_RECORD = [RECORDED, REVOKED]
_EVENTS: dict[RecordKind, list[str]] = {
    RecordKind.OPT_OUT: _OF_RECORD,
    RecordKind.NUMBER: _OF_RECORD,
    RecordKind.EVIDENCE: _OF_RECORD,
    RecordKind.REVIEW: [RESOLVED],
    RecordKind.CASE: [OPENED, ADDED, ANSWERED, CLOSED],
}
# The parts of an opt-out are found by its row, which therefore stays as long as they do.
_FIGURES: dict[RecordKind, tuple[RecordKind, ...]] = {
    RecordKind.OPT_OUT: (RecordKind.OPT_OUT, *TEXTS),
    RecordKind.NUMBER: TEXTS,
    RecordKind.EVIDENCE: TEXTS,
}


def figure_of(kind: RecordKind, policy: Policy) -> Figure:
    """Return by whose figure a kind is kept, the longest of those that cover it.

    Args:
        kind: The kind.
        policy: Of the tenant.
    """
    return max(
        (policy.keep(each) for each in _FIGURES.get(kind, (kind,))),
        key=lambda figure: figure.period.about_days(),
    )


@dataclass(frozen=True, slots=True)
class SettledRows:
    """Looks at rows as they stand at one moment.

    Attributes:
        view: To look in.
        policy: Of the tenant.
        now_us: The time, microseconds since 1970.
        reviews_go: A review that may go counts as gone, for saying what a purge would do.
        spent: Of a kind and a revocation, whether all that it ended may go; filled as it is asked.
    """

    view: View
    policy: Policy
    now_us: int
    reviews_go: bool
    spent: dict[tuple[RecordKind, int], bool] = field(default_factory=dict)

    def may_go(self, kind: RecordKind, row: Row) -> bool:
        """Say whether a row has been kept long enough and nothing holds it.

        Args:
            kind: The kind.
            row: Of its table.
        """
        settled = self._settled_us(kind, row)
        if not settled or self.now_us < self._until_us(kind, row, settled):
            return False
        if kind is RecordKind.CALLER_CASE:
            return True
        return not (self._case_is_open(row) or self._belongs_to_what_stays(kind, row))

    def secrets(self, kind: RecordKind, row: Row) -> list[int]:
        """Return the numbers of the events whose encrypted parts go with a row.

        Args:
            kind: The kind.
            row: Of its table.
        """
        if kind not in _EVENTS:
            return []
        (column,) = ROWS[kind].key
        number = row[column]
        where = [Where("kind", "in", _EVENTS[kind]), Where("tenant", "=", row["tenant"])]
        where += [Where("seq", ">=", number), Where("seq", "<=", row["etag"])]
        if row["subject"]:
            where.append(Where("subject", "=", row["subject"]))
        events = [event for event in self.view.events(where) if _is_about(event, number)]
        seqs = [event.seq for event in events if self._may_go_with_all(kind, event)]
        if not seqs:
            return []
        return [found["seq"] for found in self.view.rows(SECRETS, [Where("seq", "in", seqs)])]

    def _may_go_with_all(self, kind: RecordKind, event: Event) -> bool:
        """Say whether every opt-out that an event ended may go: its reason goes with the last."""
        if event.kind != REVOKED:
            return True
        key = kind, event.seq
        if key not in self.spent:
            rows = self.view.rows(OPT_OUTS, [Where("record", "in", event.outcome()["records"])])
            self.spent[key] = all(self.may_go(kind, row) for row in rows)
        return self.spent[key]

    def _settled_us(self, kind: RecordKind, row: Row) -> int:
        """Return when a row was settled; 0 while it blocks or waits."""
        if kind is RecordKind.REVIEW:
            return int(row["resolved_us"]) if row["state"] == ReviewState.RESOLVED else 0
        if kind in {RecordKind.CASE, RecordKind.CALLER_CASE}:
            return int(row["closed_us"])
        if row["state"] == OptOutState.ACTIVE:
            return int(row["until_us"]) if 0 < row["until_us"] <= self.now_us else 0
        return self.view.event(row["etag"]).time_us

    def _until_us(self, kind: RecordKind, row: Row, settled: int) -> int:
        rules: list[str] = []
        if kind in {RecordKind.OPT_OUT, *TEXTS}:
            made = self.view.event(row["record"])
            rules = list(made.outcome()["facts"].get("rules", []))
            rules += later_rules(self.view, row["record"], row["subject"])
        return max(
            microseconds(self.policy.kept_until(each, moment(settled), rules).at)
            for each in _FIGURES.get(kind, (kind,))
        )

    def _case_is_open(self, row: Row) -> bool:
        if not row["subject"]:  # of whom it is not known
            return False
        where = [*of_subject(row["subject"], row["tenant"]), Where("closed_us", "=", 0)]
        return bool(self.view.rows(CASES, where, 1))

    def _belongs_to_what_stays(self, kind: RecordKind, row: Row) -> bool:
        """Say whether an opt-out has a review that stays, or a review an opt-out that blocks."""
        if kind is RecordKind.REVIEW:
            opt_outs = self.view.rows(OPT_OUTS, [Where("record", "=", row["record"])])
            return any(not self._settled_us(RecordKind.OPT_OUT, each) for each in opt_outs)
        if kind is not RecordKind.OPT_OUT:
            return False
        reviews = self.view.rows(REVIEWS, [Where("record", "=", row["record"])])
        return any(
            not (self.reviews_go and self.may_go(RecordKind.REVIEW, each)) for each in reviews
        )


def _is_about(event: Event, number: int) -> bool:
    if event.kind == REVOKED:
        return number in event.outcome()["records"]
    asked = event.asked()
    return number in {event.seq, asked.get("case"), asked.get("record")}
