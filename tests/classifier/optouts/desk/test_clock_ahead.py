"""What a clock that was ahead leaves behind when it is put right."""

from collections.abc import Callable

from classifier.optouts.derived.caller_cases import CallerCaseState
from classifier.optouts.desk.caller_desk import Callers, CallerStep
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.records import OptOutRequest
from classifier.optouts.registry import Registry
from classifier.turns import Reason
from tests.classifier.optouts.conftest import clock_ahead
from tests.classifier.optouts.desk.conftest import caller_status

MONTH_US = 30 * 86_400_000_000


def test_a_release_of_the_future_does_not_mute_the_limits(
    registry: Registry,
    policies: Policies,
    ask: Callable[..., OptOutRequest],
) -> None:
    """Whoever passes a limit after the clock is right again is suspended, not a month later."""
    callers = Callers(registry, policies)
    with clock_ahead(MONTH_US):
        callers.suspend(CallerStep("acme", "s", "lin", "caller", "小爱", "投诉过多"))
        callers.release(CallerStep("acme", "r", "lin", "caller", "小爱", "已整改"))
    for n in range(1, 13):
        registry.record(ask(n, facts={"caller": "小爱"}, reasons=(Reason.PRIVACY,)))
    status = caller_status(callers)
    assert (status.state, status.cause) == (
        CallerCaseState.SUSPENDED, "privacy_complaints_in_a_week"
    )  # fmt: skip


def test_counts_of_the_future_are_in_no_window(
    registry: Registry,
    policies: Policies,
    ask: Callable[..., OptOutRequest],
) -> None:
    """Whom a person has released is not suspended again by them after the clock is right."""
    callers = Callers(registry, policies)
    with clock_ahead(MONTH_US):
        for n in range(1, 13):
            registry.record(ask(n, facts={"caller": "小爱"}, reasons=(Reason.PRIVACY,)))
    callers.release(CallerStep("acme", "r", "lin", "caller", "小爱", "时钟有误"))
    registry.record(ask(13, facts={"caller": "小爱"}))
    status = caller_status(callers)
    assert status.state is not CallerCaseState.SUSPENDED
    assert {rate["opt_outs"] for rate in status.rates.values()} == {1}
