"""Which opt-outs count as ignored by a bot or campaign."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from classifier.optouts.derived.caller_cases import CallerCaseState
from classifier.optouts.desk.caller_desk import Callers
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import Contact, Intake, OptOutRequest, Reach, Scope
from classifier.optouts.registry import Registry
from classifier.optouts.rights.correction import Correction
from classifier.optouts.rights.subject_rights import SubjectRights
from classifier.optouts.times import now_us
from classifier.turns import Channel
from tests.classifier.optouts.conftest import clock_ahead, phone
from tests.classifier.optouts.desk.conftest import caller_status

Ask = Callable[..., OptOutRequest]
HOUR_US = 3_600_000_000
NO_SMS, NO_CALLS = Scope(channel=Channel.SMS), Scope(channel=Channel.VOICE)
SPRING, SURVEY = Scope(Reach.CAMPAIGN, "春"), Scope(Reach.PURPOSE, "回访")


@pytest.fixture
def callers(registry: Registry, policies: Policies) -> Callers:
    """The desk."""
    return Callers(registry, policies)


@pytest.fixture
def two_hours_on() -> Iterator[Callable[[], None]]:
    """Moves every clock on by two hours."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(clock_ahead(2 * HOUR_US))


def test_an_allowed_contact_ignores_nobody(
    registry: Registry, callers: Callers, ask: Ask, two_hours_on: Callable[[], None]
) -> None:
    """Whoever refused SMS alone may be called; that they refuse calls now suspends no bot."""
    people = range(1, 6)
    for n in people:
        registry.record(ask(n, scope=NO_SMS, intake=Intake.SMS))
    two_hours_on()
    called = Contact("acme", caller="小爱", channel=Channel.VOICE)
    for n in people:
        request = ask(n, facts={"caller": "小爱"})
        assert registry.check(called, [request.subject]).allowed
        registry.record(request)
    assert caller_status(callers).state is None
    assert registry.store.verify().findings == ()


def test_contacts_that_were_refused_suspend_the_bot(
    registry: Registry, callers: Callers, ask: Ask, two_hours_on: Callable[[], None]
) -> None:
    """The fourth in a day who was on the list when the bot called suspends it."""
    for n in range(1, 5):
        registry.record(ask(n, scope=NO_CALLS))
    two_hours_on()
    for n in range(1, 5):
        assert callers.list("acme") == [] or caller_status(callers).state is None
        registry.record(ask(n, facts={"caller": "小爱"}))
    status = caller_status(callers)
    assert (status.state, status.cause) == (CallerCaseState.SUSPENDED, "contacts_after_opt_out")


@pytest.mark.parametrize(
    ("scope", "contact", "intake", "ignored"),
    [
        (Scope(), {}, Intake.VOICE, 1),
        (NO_CALLS, {}, Intake.VOICE, 1),
        (NO_SMS, {}, Intake.VOICE, 0),
        (NO_SMS, {}, Intake.AGENT, 1),  # through which channel is not known, as in a check
        (SPRING, {"campaign": "春"}, Intake.VOICE, 1),
        (SPRING, {"campaign": "秋"}, Intake.VOICE, 0),
        (SPRING, {}, Intake.VOICE, 1),
        (SURVEY, {"purpose": "回访"}, Intake.VOICE, 1),
        (SURVEY, {"purpose": "营销"}, Intake.VOICE, 0),
    ],
)
def test_only_what_a_check_would_have_refused_is_ignored(
    registry: Registry,
    callers: Callers,
    ask: Ask,
    two_hours_on: Callable[[], None],
    scope: Scope,
    contact: dict[str, str],
    intake: Intake,
    ignored: int,
) -> None:
    """An earlier opt-out counts by its channel, campaign and purpose as it does in a check."""
    registry.record(ask(1, scope=scope))
    two_hours_on()
    registry.record(ask(1, facts={"caller": "小爱"} | contact, intake=intake))
    rates = caller_status(callers).rates
    assert (rates[86_400]["opt_outs"], rates[86_400]["ignored_opt_outs"]) == (1, ignored)


def test_an_opt_out_that_has_ended_is_not_ignored(
    registry: Registry, callers: Callers, ask: Ask, two_hours_on: Callable[[], None]
) -> None:
    """Who asked for an hour's peace and was called after it was not called against their word."""
    facts = {"legal_basis": "subject_named_a_time", "until_us": now_us() + HOUR_US}
    registry.record(ask(1, facts=facts))
    two_hours_on()
    registry.record(ask(1, facts={"caller": "小爱"}))
    assert caller_status(callers).rates[86_400]["ignored_opt_outs"] == 0


def test_only_what_is_in_force_for_the_tenant_is_ignored(
    registry: Registry, callers: Callers, ask: Ask, two_hours_on: Callable[[], None]
) -> None:
    """Neither what another tenant was told, nor an opt-out of whoever has opted in again."""
    registry.record(ask(1, tenant="other"))
    registry.record(ask(2))
    registry.revoke(Revocation("acme", "v", "lin", "opted_in", subject=phone(2)))
    two_hours_on()
    for n in (1, 2):
        registry.record(ask(n, facts={"caller": "小爱"}))
    rates = caller_status(callers).rates[86_400]
    assert (rates["opt_outs"], rates["ignored_opt_outs"]) == (2, 0)


def test_who_says_it_twice_in_one_talk_was_not_ignored(
    registry: Registry, callers: Callers, ask: Ask
) -> None:
    """The bot had no time to look the first one up."""
    for _ in range(2):
        registry.record(ask(1, facts={"caller": "小爱"}))
    rates = caller_status(callers).rates[86_400]
    assert (rates["opt_outs"], rates["ignored_opt_outs"]) == (2, 0)


def test_a_corrected_number_is_no_second_opt_out(
    registry: Registry, callers: Callers, ask: Ask
) -> None:
    """It was asked for once, whoever it turned out to be."""
    registry.record(ask(1, facts={"caller": "小爱"}))
    correction = Correction("acme", "c", "lin", phone(1), phone(2), "听错了")
    SubjectRights(registry).correct(correction)
    assert caller_status(callers).rates[86_400]["opt_outs"] == 1
