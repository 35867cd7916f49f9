"""What a proposed suspension may still become."""

from collections.abc import Callable

import pytest

from classifier.errors import ResolvedError
from classifier.optouts.derived.caller_cases import CallerCaseState
from classifier.optouts.derived.case_book import CaseKind
from classifier.optouts.desk.caller_desk import Callers, CallerStep
from classifier.optouts.desk.case import Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.desk.contact_counter import ContactCounter
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.records import ALLOWED, Contact, Intake, OptOutRequest, Why
from classifier.optouts.registry import Registry
from tests.classifier.optouts.conftest import phone
from tests.classifier.optouts.desk.conftest import caller_status

Ask = Callable[..., OptOutRequest]
NewId = Callable[[], str]
SPRING = Contact("acme", campaign="春")


@pytest.fixture
def callers(registry: Registry, policies: Policies, ask: Ask) -> Callers:
    """The desk, with a proposal to suspend the campaign 春."""
    counter = ContactCounter(registry, "worker 0")
    counter.count(SPRING, ALLOWED, 200)
    counter.flush()
    registry.record_many([ask(n, facts={"campaign": "春"}) for n in range(21)])
    callers = Callers(registry, policies)
    assert caller_status(callers, "campaign", "春").state is CallerCaseState.PROPOSED
    return callers


@pytest.fixture
def step(new_id: NewId) -> Callable[[], CallerStep]:
    """Gives a new step about that campaign."""
    return lambda: CallerStep("acme", new_id(), "lin", "campaign", "春", "投诉过多")


def test_a_graver_limit_suspends_what_is_only_proposed(
    registry: Registry, policies: Policies, callers: Callers, new_id: NewId
) -> None:
    """A proposal that nobody has decided on does not hold back what suspends at once."""
    cases = Cases(registry, policies)
    for _ in range(3):
        assert registry.check(SPRING, [phone(99)]).allowed
        kind, words = CaseKind.PRIVACY, "谁卖了我的信息"
        cases.open(Feedback("acme", new_id(), "lin", kind, words, Intake.WEB, campaign="春"))
    assert caller_status(callers, "campaign", "春").state is CallerCaseState.SUSPENDED
    assert registry.check(SPRING, [phone(99)]).why is Why.CAMPAIGN_SUSPENDED


def test_a_proposal_that_was_followed_ends_as_a_suspension_does(
    registry: Registry, callers: Callers, step: Callable[[], CallerStep]
) -> None:
    """It is suspended once, cannot be dismissed any more, and lasts until it is released."""
    assert callers.suspend(step()).state is CallerCaseState.SUSPENDED
    for act in (callers.suspend, callers.dismiss):
        with pytest.raises(ResolvedError):
            act(step())
    assert registry.check(SPRING, [phone(99)]).why is Why.CAMPAIGN_SUSPENDED
    assert callers.release(step()).state is CallerCaseState.RELEASED
    assert registry.check(SPRING, [phone(99)]).allowed


def test_what_is_only_proposed_cannot_be_released(
    callers: Callers, step: Callable[[], CallerStep]
) -> None:
    """There is no suspension to end; the proposal waits on for a decision."""
    with pytest.raises(ResolvedError):
        callers.release(step())
    assert caller_status(callers, "campaign", "春").state is CallerCaseState.PROPOSED
