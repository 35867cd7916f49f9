"""The review queue at work: claim, give back, decide. Suppressed first, reviewed after."""

from collections.abc import Callable, Collection
from dataclasses import replace

from classifier.errors import (
    FieldViolation,
    InvalidRequestError,
    RecordChangedError,
    RecordMissingError,
    ResolvedError,
)
from classifier.optouts.derived.opt_outs import FALSE_ALARM, REVOKED, scope_to_json
from classifier.optouts.derived.review_queue import (
    CLAIMED,
    MOST_RISK,
    NARROWED,
    RESOLVED,
    REVIEWS,
    REVIEWS_BY_RISK,
    UNCLAIMED,
    ReviewState,
    Verdict,
    refuse_claimed,
)
from classifier.optouts.desk.call_cases import keep_complaint
from classifier.optouts.desk.pages import rows_after
from classifier.optouts.desk.review import Review, ReviewDecision
from classifier.optouts.events.event import Draft
from classifier.optouts.events.tables import Row, Where
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.recording.changes import opt_out_of, refuse_recorder
from classifier.optouts.recording.repeats import earlier_event
from classifier.optouts.recording.subject_index import draft_about
from classifier.optouts.registry import Registry
from classifier.optouts.store import Transaction, View
from classifier.optouts.times import microseconds, moment, now_us
from classifier.turns import Label


class Reviews:
    """The queue of one registry."""

    def __init__(self, registry: Registry, policies: Policies) -> None:
        """Put the queue together.

        Args:
            registry: Whose reviews.
            policies: Of every tenant; say how long a claim lasts and when a review is due.
        """
        self._registry = registry
        self._policies = policies

    def list(
        self,
        tenant: str,
        state: ReviewState = ReviewState.OPEN,
        after: Review | None = None,
        limit: int = 100,
    ) -> list[Review]:
        """List reviews, the riskiest first and of those the oldest.

        Args:
            tenant: Whose.
            state: In this state.
            after: The last of the page before.
            limit: Most reviews.
        """
        where = [Where("tenant", "=", tenant), Where("state", "=", state.value)]
        last = (MOST_RISK - round(after.risk * MOST_RISK), after.record_id) if after else ()
        rows = self._registry.store.read(
            lambda view: rows_after(view, REVIEWS_BY_RISK, where, last, limit)
        )
        return [self._review(row) for row in rows]

    def get(self, tenant: str, record_id: int) -> Review:
        """Return one review.

        Args:
            tenant: Whose.
            record_id: Of its opt-out.

        Raises:
            RecordMissingError: There is none in that tenant.
        """
        row = self._registry.store.read(lambda view: review_row(view, tenant, record_id))
        return self._review(row)

    def claim(self, tenant: str, request_id: str, actor: str, record_id: int) -> Review:
        """Take a review to oneself, or keep it longer; the claim lapses by itself.

        Args:
            tenant: Whose.
            request_id: Makes a repeat harmless.
            actor: Who takes it.
            record_id: Of its opt-out.

        Raises:
            ClaimedError: Somebody else has it.
            ResolvedError: It is decided.
            RecordMissingError: There is none in that tenant.
        """
        until = now_us() + int(self._policies.of(tenant).claim.total_seconds()) * 1_000_000
        draft = Draft(CLAIMED, tenant, actor, 0, request_id, {"record": record_id})
        return self._change(replace(draft, decided={"until_us": until}), lambda _row: None)

    def release(self, tenant: str, request_id: str, actor: str, record_id: int) -> Review:
        """Give a claimed review back.

        Args:
            tenant: Whose.
            request_id: Makes a repeat harmless.
            actor: Who has it.
            record_id: Of its opt-out.

        Raises:
            ClaimedError: Somebody else has it.
            ResolvedError: It is decided.
            RecordMissingError: There is none in that tenant.
        """
        draft = Draft(UNCLAIMED, tenant, actor, 0, request_id, {"record": record_id})
        return self._change(draft, lambda _row: None)

    def resolve(self, decision: ReviewDecision) -> Review:
        """Decide a review. A false alarm ends the suppression, in the same moment.

        One that is a complaint gets a case.

        Args:
            decision: What, by whom, and why.

        Raises:
            RecordChangedError: The review changed since it was read.
            ClaimedError: Somebody else has it.
            ResolvedError: It is decided.
            InvalidRequestError: The scope is not narrower, or whoever recorded the turn would
                release it.
            RecordMissingError: There is none in that tenant.
        """
        payload = {"record": decision.record_id, "verdict": decision.verdict}
        if decision.verdict is Verdict.FALSE_ALARM:
            payload["label"] = decision.label
        if decision.scope is not None:
            payload["scope"] = scope_to_json(decision.scope)
        draft = Draft(
            kind=RESOLVED,
            tenant=decision.tenant,
            actor=decision.actor,
            request_id=decision.request_id,
            payload=payload,
            secret={"note": decision.note} if decision.note else None,
        )

        def check(row: Row) -> None:
            if row["etag"] != decision.etag:
                raise RecordChangedError("the review changed since it was read; read it again")

        return self._change(draft, check, lambda tx, about: self._carry_out(tx, decision, about))

    def _change(
        self,
        draft: Draft,
        check: Callable[[Row], None],
        carry_out: Callable[[Transaction, Draft], None] = lambda _transaction, _about: None,
    ) -> Review:
        record_id = draft.payload["record"]

        def work(transaction: Transaction) -> Row:
            row = review_row(transaction, draft.tenant, record_id)
            about = draft_about(transaction, self._registry.ring, draft, row["subject"])
            if earlier_event(transaction, about) is None:
                self._refuse_foreign(row, {draft.actor, about.actor})
                check(row)
                transaction.append(about)
                carry_out(transaction, about)
            return review_row(transaction, draft.tenant, record_id)

        return self._review(self._registry.store.write(work))

    def _carry_out(self, transaction: Transaction, decision: ReviewDecision, about: Draft) -> None:
        _change_opt_out(transaction, decision, about.actor)
        if decision.verdict is Verdict.FALSE_ALARM and decision.label is Label.COMPLAINT:
            policy, ring = self._policies.of(decision.tenant), self._registry.ring
            made = transaction.event(decision.record_id)
            keep_complaint(transaction, ring, policy, made, about.actor)

    def _refuse_foreign(self, row: Row, actors: Collection[str]) -> None:
        if row["state"] == ReviewState.RESOLVED:
            raise ResolvedError("the review is decided already")
        refuse_claimed(row, actors, now_us())

    def _review(self, row: Row) -> Review:
        held = row["claimed_until_us"] > now_us()
        opened = moment(row["opened_us"])
        return Review(
            record_id=row["record"],
            tenant=row["tenant"],
            subject_id=row["subject"],
            risk=(MOST_RISK - row["rank"]) / MOST_RISK,
            state=ReviewState(row["state"]),
            opened_us=row["opened_us"],
            due_us=microseconds(self._policies.of(row["tenant"]).reply_due(opened).at),
            claimed_by=row["claimed_by"] if held else "",
            claimed_until_us=row["claimed_until_us"] if held else 0,
            verdict=Verdict(row["verdict"]) if row["verdict"] else None,
            resolved_us=row["resolved_us"],
            resolved_by=row["resolved_by"],
            etag=row["etag"],
        )


def review_row(view: View, tenant: str, record_id: int) -> Row:
    """Return the row of one review.

    Args:
        view: To look in.
        tenant: Whose.
        record_id: Of its opt-out.

    Raises:
        RecordMissingError: There is none in that tenant.
    """
    for row in view.rows(REVIEWS, [Where("record", "=", record_id), Where("tenant", "=", tenant)]):
        return row
    raise RecordMissingError(f"there is no review of opt-out {record_id} in this tenant")


def _change_opt_out(transaction: Transaction, decision: ReviewDecision, actor: str) -> None:
    tenant, record = decision.tenant, decision.record_id
    if decision.verdict is Verdict.CONFIRM:
        return
    opt_out = opt_out_of(transaction, tenant, record)
    refuse_recorder(transaction, record, {decision.actor, actor})
    after = Draft(REVOKED, tenant, actor, opt_out.subject_id)
    if decision.verdict is Verdict.FALSE_ALARM:
        payload = {"reason": FALSE_ALARM, "record": record}
        transaction.append(replace(after, payload=payload, decided={"records": [record]}))
    elif decision.scope is not None:
        if decision.scope == opt_out.scope or not decision.scope.lies_within(opt_out.scope):
            problem = "is not narrower than that of the record"
            raise InvalidRequestError([FieldViolation("scope", problem)])
        payload = {"record": record, "scope": scope_to_json(decision.scope)}
        transaction.append(replace(after, kind=NARROWED, payload=payload))
