"""Suppress first, review after: the queue and what people decide in it."""

from collections.abc import Callable

import pytest

from classifier.errors import (
    ClaimedError,
    InvalidRequestError,
    RecordChangedError,
    RecordMissingError,
    RequestConflictError,
    ResolvedError,
)
from classifier.optouts.derived.review_queue import ReviewState, Verdict
from classifier.optouts.desk.review import Review, ReviewDecision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.listing import get_opt_out
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import (
    Contact,
    OptOut,
    OptOutRequest,
    OptOutState,
    Reach,
    Scope,
)
from classifier.optouts.registry import Registry
from classifier.turns import Channel, Label, Reason
from tests.classifier.optouts.conftest import clock_ahead

Ask = Callable[..., OptOutRequest]
NewId = Callable[[], str]


@pytest.fixture
def reviews(registry: Registry, policies: Policies) -> Reviews:
    """The review queue."""
    return Reviews(registry, policies)


def doubtful(registry: Registry, reviews: Reviews, request: OptOutRequest) -> Review:
    """Record a doubtful turn and return its review."""
    return reviews.get("acme", registry.record(request).record_id)


def test_a_doubtful_turn_is_suppressed_before_anybody_looks(
    registry: Registry, reviews: Reviews, ask: Ask
) -> None:
    """A doubtful turn blocks at once and waits in the queue; a plain one needs no review."""
    request = ask(1, doubtful=True)
    review = doubtful(registry, reviews, request)
    registry.record(ask(2))
    assert not registry.check(Contact("acme"), [request.subject]).allowed
    assert reviews.list("acme") == [review]
    assert review.state is ReviewState.OPEN
    assert review.due_us > review.opened_us


def test_the_riskiest_come_first_page_by_page(
    registry: Registry, reviews: Reviews, ask: Ask
) -> None:
    """The queue is ordered by risk, then by age, also across pages."""
    facts = [{"scores": {"opt_out": score}} for score in (0.2, 0.9, 0.5, 0.9, 0.1)]
    made = [registry.record(ask(n, doubtful=True, facts=f)) for n, f in enumerate(facts)]
    private = registry.record(ask(9, doubtful=True, facts=facts[0], reasons=(Reason.PRIVACY,)))
    order = [made[1], made[3], made[2], private, made[0], made[4]]
    found: list[Review] = []
    while page := reviews.list("acme", after=found[-1] if found else None, limit=2):
        found += page
    assert [review.record_id for review in found] == [opt_out.record_id for opt_out in order]
    assert [review.risk for review in found] == sorted((r.risk for r in found), reverse=True)


def test_a_score_alone_makes_half_the_risk(registry: Registry, reviews: Reviews, ask: Ask) -> None:
    """The other half is what the rules add."""
    facts = {"scores": {"opt_out": 0.5}}
    review = doubtful(registry, reviews, ask(1, doubtful=True, facts=facts))
    assert review.risk == pytest.approx(0.25)


def test_a_claim_belongs_to_one_person_until_it_lapses(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """Nobody else may claim or decide a claimed review until it lapses or is given back."""
    record = registry.record(ask(1, doubtful=True)).record_id
    assert reviews.claim("acme", new_id(), "lin", record).claimed_by == "lin"
    with pytest.raises(ClaimedError):
        reviews.claim("acme", new_id(), "wang", record)
    with pytest.raises(ClaimedError):
        reviews.resolve(confirm(reviews.get("acme", record), new_id(), "wang"))
    with pytest.raises(ClaimedError):
        reviews.release("acme", new_id(), "wang", record)
    with clock_ahead(31 * 60 * 1_000_000):
        assert reviews.get("acme", record).claimed_by == ""
        assert reviews.claim("acme", new_id(), "wang", record).claimed_by == "wang"
        assert reviews.release("acme", new_id(), "wang", record).claimed_by == ""
        assert reviews.claim("acme", new_id(), "lin", record).claimed_by == "lin"


def test_a_confirmed_turn_stays_blocked(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """To confirm leaves the block as it is and takes the review out of the queue."""
    request = ask(1, doubtful=True)
    review = doubtful(registry, reviews, request)
    decided = reviews.resolve(confirm(review, new_id(), "lin"))
    assert (decided.verdict, decided.resolved_by) == (Verdict.CONFIRM, "lin")
    assert not registry.check(Contact("acme"), [request.subject]).allowed
    assert reviews.list("acme") == []
    assert reviews.list("acme", ReviewState.RESOLVED) == [decided]


def test_a_false_alarm_ends_the_block_of_that_record_alone(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """A false alarm releases the subject, unless another record still blocks it."""
    lone, double = ask(1, doubtful=True), ask(2)
    registry.record(double)
    for request in (lone, ask(2, doubtful=True)):
        review = doubtful(registry, reviews, request)
        reviews.resolve(false_alarm(review, new_id(), "lin"))
        assert get_opt_out(registry, "acme", review.record_id).opt_out.state is OptOutState.REVOKED
    assert registry.check(Contact("acme"), [lone.subject]).allowed
    assert not registry.check(Contact("acme"), [double.subject]).allowed


def test_a_narrowed_record_blocks_what_was_meant(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """To narrow the scope releases the rest and never widens it."""
    request = ask(1, doubtful=True)
    review = doubtful(registry, reviews, request)
    sms = Scope(Reach.CAMPAIGN, "spring", Channel.SMS)
    narrowed = ReviewDecision(
        "acme", new_id(), "lin", review.record_id, Verdict.NARROW, review.etag, scope=sms
    )
    reviews.resolve(narrowed)
    subjects = [request.subject]
    spring = Contact("acme", campaign="spring", channel=Channel.SMS)
    assert not registry.check(spring, subjects).allowed
    assert registry.check(
        Contact("acme", campaign="spring", channel=Channel.VOICE), subjects
    ).allowed
    assert registry.check(Contact("acme", campaign="autumn", channel=Channel.SMS), subjects).allowed
    other = doubtful(registry, reviews, ask(3, doubtful=True, scope=sms))
    for scope in (Scope(), sms, Scope(Reach.CAMPAIGN, "autumn", Channel.SMS)):
        wider = ReviewDecision(
            "acme", new_id(), "lin", other.record_id, Verdict.NARROW, other.etag, scope=scope
        )
        with pytest.raises(InvalidRequestError, match="not narrower"):
            reviews.resolve(wider)


def test_a_release_needs_another_person_and_a_reason(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """Nobody releases without a reason, nor what they recorded themselves; nothing is half done."""
    review = doubtful(registry, reviews, ask(1, doubtful=True, actor="bot-7"))
    made = ("acme", new_id(), "lin", review.record_id, Verdict.FALSE_ALARM, review.etag)
    for note in ("", "  "):
        with pytest.raises(InvalidRequestError, match="needs a reason"):
            ReviewDecision(*made, note=note)
    with pytest.raises(InvalidRequestError, match="somebody else must decide"):
        reviews.resolve(false_alarm(review, new_id(), "bot-7"))
    assert reviews.get("acme", review.record_id) == review
    assert get_opt_out(registry, "acme", review.record_id).opt_out.state is OptOutState.ACTIVE


def test_a_decision_on_old_knowledge_is_refused(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """Whoever decides on what they read before somebody changed it must read it again."""
    review = doubtful(registry, reviews, ask(1, doubtful=True))
    claimed = reviews.claim("acme", new_id(), "lin", review.record_id)
    with pytest.raises(RecordChangedError):
        reviews.resolve(confirm(review, new_id(), "lin"))
    reviews.resolve(confirm(claimed, new_id(), "lin"))
    with pytest.raises(ResolvedError):
        reviews.resolve(confirm(claimed, new_id(), "lin"))


def test_a_decision_that_comes_twice_is_carried_out_once(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """The same request id gives the same answer, another decision under it is refused."""
    review = doubtful(registry, reviews, ask(1, doubtful=True))
    decision = false_alarm(review, new_id(), "lin")
    first = reviews.resolve(decision)
    assert reviews.resolve(decision) == first
    with pytest.raises(RequestConflictError):
        reviews.resolve(confirm(review, decision.request_id, "lin"))


def test_a_subject_who_opts_back_in_ends_the_review(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """When the record is revoked there is nothing left to decide."""
    request = ask(1, doubtful=True)
    record = registry.record(request).record_id
    registry.revoke(Revocation("acme", new_id(), "lin", "opted_in", subject=request.subject))
    review = reviews.get("acme", record)
    assert (review.state, review.verdict) == (ReviewState.RESOLVED, Verdict.WITHDRAWN)


def test_a_mistake_is_held_to_what_a_release_is_held_to(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """Neither who recorded a doubtful turn nor who passes over a claim ends it as a mistake."""
    request = ask(1, doubtful=True, actor="bot-7")
    review = doubtful(registry, reviews, request)

    def revoke(actor: str, **what: object) -> list[OptOut]:
        return registry.revoke(Revocation("acme", new_id(), actor, "mistake", **what))  # type: ignore[arg-type]

    with pytest.raises(InvalidRequestError, match="somebody else must decide"):
        revoke("bot-7", subject=request.subject)
    reviews.claim("acme", new_id(), "lin", review.record_id)
    with pytest.raises(ClaimedError):
        revoke("wang", record_id=review.record_id)
    assert not registry.check(Contact("acme"), [request.subject]).allowed
    (ended,) = revoke("lin", record_id=review.record_id)
    assert ended.state is OptOutState.REVOKED
    plain = registry.record(ask(2, actor="bot-7"))
    assert revoke("bot-7", record_id=plain.record_id)


def test_what_was_confirmed_may_be_called_a_mistake_by_whoever_recorded_it(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """Somebody else has looked at it; the record is then no more in doubt than a plain one."""
    review = doubtful(registry, reviews, ask(1, doubtful=True, actor="bot-7"))
    reviews.resolve(confirm(review, new_id(), "lin"))
    mistake = Revocation("acme", new_id(), "bot-7", "mistake", record_id=review.record_id)
    (ended,) = registry.revoke(mistake)
    assert ended.state is OptOutState.REVOKED


def test_a_review_is_seen_in_its_tenant_alone(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """No tenant lists, claims or decides the reviews of another."""
    record = registry.record(ask(1, doubtful=True)).record_id
    assert reviews.list("other") == []
    with pytest.raises(RecordMissingError):
        reviews.claim("other", new_id(), "lin", record)


@pytest.mark.parametrize("verdict", [Verdict.WITHDRAWN, Verdict.NARROW])
def test_a_decision_that_contradicts_itself_is_refused(verdict: Verdict, new_id: NewId) -> None:
    """Only people's verdicts are taken, and to narrow needs a scope."""
    with pytest.raises(InvalidRequestError):
        ReviewDecision("acme", new_id(), "lin", 1, verdict, 1)


def confirm(review: Review, request_id: str, actor: str) -> ReviewDecision:
    """Return the decision that it is an opt-out."""
    return ReviewDecision("acme", request_id, actor, review.record_id, Verdict.CONFIRM, review.etag)


def false_alarm(review: Review, request_id: str, actor: str) -> ReviewDecision:
    """Return the decision that it is none."""
    return ReviewDecision(
        "acme", request_id, actor, review.record_id, Verdict.FALSE_ALARM, review.etag,
        note="客户说的是改天再打", label=Label.NORMAL,
    )  # fmt: skip
