"""A corrected number changes nothing about what was decided, nor about who may decide."""

from collections.abc import Callable

import pytest

from classifier.errors import InvalidRequestError
from classifier.optouts.derived.review_queue import Verdict
from classifier.optouts.desk.review import ReviewDecision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.records import Contact, OptOut, OptOutRequest, Reach, Scope, Why
from classifier.optouts.registry import Registry
from classifier.optouts.rights.correction import Correction
from classifier.optouts.rights.subject_rights import SubjectRights
from classifier.turns import Label
from tests.classifier.optouts.conftest import phone

Ask = Callable[..., OptOutRequest]
CALL = {"call_reference": "k1"}
SPRING = Scope(Reach.CAMPAIGN, "春")


@pytest.fixture
def reviews(registry: Registry, policies: Policies) -> Reviews:
    """The review queue."""
    return Reviews(registry, policies)


def move(registry: Registry, wrong: int, right: int) -> OptOut:
    """Move what is in force, one record, from a number to another."""
    rights = SubjectRights(registry)
    correction = Correction("acme", f"c{right}", "emil", phone(wrong), phone(right), "听错了")
    (moved,) = rights.correct(correction)
    return moved


@pytest.mark.parametrize("verdict", [Verdict.CONFIRM, Verdict.NARROW])
def test_a_decided_review_is_not_opened_again(
    registry: Registry, reviews: Reviews, ask: Ask, verdict: Verdict
) -> None:
    """What a person decided holds for the right number too, after a second correction as well."""
    record = registry.record(ask(1, doubtful=True)).record_id
    etag = reviews.get("acme", record).etag
    scope = SPRING if verdict is Verdict.NARROW else None
    reviews.resolve(ReviewDecision("acme", "q", "rev", record, verdict, etag, scope=scope))
    move(registry, 1, 2)
    moved = move(registry, 2, 3)
    assert moved.scope == (scope or Scope())
    assert reviews.list("acme") == []
    assert registry.check(Contact("acme", campaign="春"), [phone(3)]).why is Why.OPTED_OUT
    assert registry.store.verify().findings == ()
    assert registry.store.rebuild() == 0


def test_what_the_subject_confirmed_is_not_in_doubt_again(
    registry: Registry, reviews: Reviews, ask: Ask
) -> None:
    """Nobody is asked about a turn that its subject has said plainly since."""
    registry.record(ask(1, doubtful=True, facts=CALL))
    registry.record(ask(1, facts=CALL))
    correction = Correction("acme", "c", "emil", phone(1), phone(2), "听错了")
    assert len(SubjectRights(registry).correct(correction)) == 2
    assert reviews.list("acme") == []


def test_a_moved_turn_is_not_released_by_who_recorded_it(
    registry: Registry, reviews: Reviews, ask: Ask
) -> None:
    """An open review goes along, and neither who recorded the turn nor who moved it may end it."""
    registry.record(ask(1, doubtful=True, actor="dora"))
    move(registry, 1, 2)
    record = move(registry, 2, 3).record_id
    (review,) = reviews.list("acme")
    assert review.record_id == record

    def released_by(actor: str) -> ReviewDecision:
        alarm = (Verdict.FALSE_ALARM, review.etag)
        return ReviewDecision("acme", actor, actor, record, *alarm, note="x", label=Label.NORMAL)

    for actor in ("dora", "emil"):
        with pytest.raises(InvalidRequestError, match="recorded this turn"):
            reviews.resolve(released_by(actor))
    reviews.resolve(released_by("rev"))
    assert registry.check(Contact("acme"), [phone(3)]).allowed
