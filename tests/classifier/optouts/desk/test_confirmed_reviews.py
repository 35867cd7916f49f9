"""A review ends where the subject says plainly in the same call what was in doubt."""

import io
from collections.abc import Callable

import pytest

from classifier.errors import InvalidRequestError, ResolvedError
from classifier.optouts.derived.review_queue import ReviewState, Verdict
from classifier.optouts.desk.labels import export_labels
from classifier.optouts.desk.review import ReviewDecision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.records import Contact, OptOutRequest, Reach, Scope, Why
from classifier.optouts.registry import Registry
from classifier.optouts.report.monthly_report import monthly_report
from classifier.optouts.times import moment, now_us
from tests.classifier.optouts.conftest import phone

Ask = Callable[..., OptOutRequest]
CALL, OTHER = {"call_reference": "k1"}, {"call_reference": "k2"}
SPRING = Scope(Reach.CAMPAIGN, "春")


@pytest.fixture
def reviews(registry: Registry, policies: Policies) -> Reviews:
    """The review queue."""
    return Reviews(registry, policies)


def why(registry: Registry, n: int = 1) -> Why:
    """Return why the nth number may not be contacted."""
    return registry.check(Contact("acme", campaign="春"), [phone(n)]).why


def test_a_plain_word_in_the_same_call_ends_the_review(
    registry: Registry, policies: Policies, reviews: Reviews, ask: Ask
) -> None:
    """The check says opted out, nobody has to decide, and nothing becomes a label of a person."""
    doubtful = registry.record(ask(1, doubtful=True, facts=CALL)).record_id
    assert reviews.claim("acme", "q1", "lin", doubtful).state is ReviewState.OPEN
    assert why(registry) is Why.UNDER_REVIEW
    registry.record(ask(1, facts=CALL))
    review = reviews.get("acme", doubtful)
    assert (review.state, review.verdict) == (ReviewState.RESOLVED, Verdict.SUBJECT_CONFIRMED)
    assert review.resolved_by == "policy"
    found = registry.check(Contact("acme"), [phone(1)])
    assert (found.why, found.record_id) == (Why.OPTED_OUT, doubtful)
    late = ReviewDecision("acme", "q2", "lin", doubtful, Verdict.CONFIRM, review.etag)
    with pytest.raises(ResolvedError):
        reviews.resolve(late)
    assert export_labels(registry, "acme", "wang", io.BytesIO()) == 0
    month = moment(now_us()).astimezone(policies.of("acme").zone).strftime("%Y-%m")
    report = monthly_report(registry, policies, "acme", month)
    (table,) = (table for table in report.tables if table.key == "reviews")
    assert ("本人在同一通话中明确拒绝,无需复核", 1, 1.0) in table.rows
    assert registry.store.verify().findings == ()
    assert registry.store.rebuild() == 0


@pytest.mark.parametrize(
    "plain",
    [
        {"facts": OTHER},
        {"facts": {}},
        {"facts": CALL, "doubtful": True},
        {"facts": CALL, "tenant": "other"},
        {"facts": CALL, "scope": SPRING},
    ],
)
def test_nothing_else_ends_a_review(
    registry: Registry, reviews: Reviews, ask: Ask, plain: dict[str, object]
) -> None:
    """Neither another call, nor a second doubt, another tenant or a word about less."""
    doubtful = registry.record(ask(1, doubtful=True, facts=CALL)).record_id
    registry.record(ask(2, facts=CALL))
    registry.record(ask(1, **plain))
    assert reviews.get("acme", doubtful).state is ReviewState.OPEN


def test_without_a_reference_nobody_knows_of_the_same_call(
    registry: Registry, reviews: Reviews, ask: Ask
) -> None:
    """A plain word ends no doubt where neither record names its call."""
    doubtful = registry.record(ask(1, doubtful=True)).record_id
    registry.record(ask(1))
    assert reviews.get("acme", doubtful).state is ReviewState.OPEN


def test_a_review_of_less_ends_too(registry: Registry, reviews: Reviews, ask: Ask) -> None:
    """Whoever refuses everything has refused the campaign that was in doubt."""
    doubtful = registry.record(ask(1, doubtful=True, scope=SPRING, facts=CALL)).record_id
    registry.record(ask(1, facts=CALL))
    assert reviews.get("acme", doubtful).state is ReviewState.RESOLVED


def test_an_opt_out_in_force_wins_over_a_review(registry: Registry, ask: Ask) -> None:
    """Whichever came first: what is in doubt is told only where nothing else refuses."""
    registry.record(ask(1, doubtful=True, facts=OTHER))
    plain = registry.record(ask(1, facts=CALL, scope=SPRING)).record_id
    found = registry.check(Contact("acme", campaign="春"), [phone(1)])
    assert (found.why, found.record_id) == (Why.OPTED_OUT, plain)
    registry.record(ask(2, doubtful=True, scope=SPRING, facts=CALL))
    assert why(registry, 2) is Why.UNDER_REVIEW


def test_nobody_sends_the_verdict_of_the_subject() -> None:
    """It comes about by itself."""
    with pytest.raises(InvalidRequestError, match="verdict"):
        ReviewDecision("acme", "q", "lin", 1, Verdict.SUBJECT_CONFIRMED, 1)
