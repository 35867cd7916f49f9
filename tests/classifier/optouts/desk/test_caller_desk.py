"""Stopping a bot or campaign, by people and by the policy."""

from collections.abc import Callable
from itertools import product

import pytest

from classifier.errors import InvalidRequestError, ResolvedError
from classifier.optouts.derived.caller_cases import CallerCaseState
from classifier.optouts.derived.caller_counts import CALLER_HOURS, COUNTS
from classifier.optouts.derived.case_book import CaseKind
from classifier.optouts.desk.caller_desk import Callers, CallerStep
from classifier.optouts.desk.case import Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.desk.contact_counter import ContactCounter
from classifier.optouts.listing import Filter
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.records import ALLOWED, Contact, Intake, OptOutRequest, Why
from classifier.optouts.registry import Registry
from classifier.optouts.store import Transaction
from classifier.turns import Reason
from tests.classifier.optouts.conftest import clock_ahead, listed_events
from tests.classifier.optouts.desk.conftest import caller_status

Ask = Callable[..., OptOutRequest]
NewId = Callable[[], str]
HOUR_US = 3_600_000_000


@pytest.fixture
def callers(registry: Registry, policies: Policies) -> Callers:
    """The desk."""
    return Callers(registry, policies)


def step(request_id: str, **more: object) -> CallerStep:
    """Return a step about the bot 小爱."""
    fields = {
        "tenant": "acme",
        "request_id": request_id,
        "actor": "lin",
        "kind": "caller",
        "name": "小爱",
        "reason": "投诉过多",
    }
    return CallerStep(**(fields | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "why"),
    [("caller", Why.CALLER_SUSPENDED), ("campaign", Why.CAMPAIGN_SUSPENDED)],
)
def test_a_suspended_caller_is_answered_no_until_it_is_released(
    registry: Registry, callers: Callers, ask: Ask, new_id: NewId, kind: str, why: Why
) -> None:
    """From the moment of suspension every check answers no that is for it, or names none."""
    subject = [ask(1).subject]
    contact = Contact("acme", caller="小爱", campaign="春")
    name = "小爱" if kind == "caller" else "春"
    status = callers.suspend(step(new_id(), kind=kind, name=name))
    assert status.state is CallerCaseState.SUSPENDED
    decision = registry.check(contact, subject)
    assert (decision.allowed, decision.why) == (False, why)
    assert registry.check(Contact("acme"), subject).why is why
    assert registry.check(Contact("other"), subject).allowed
    assert registry.check(Contact("acme", caller="小度", campaign="夏"), subject).allowed
    assert registry.check(Contact("other", caller="小爱", campaign="春"), subject).allowed
    released = callers.release(
        step(new_id(), kind=kind, name=name, data_deleted="外呼名单", data_kept="录音,30日")
    )
    assert released.state is CallerCaseState.RELEASED
    assert registry.check(contact, subject).allowed


def test_the_case_tells_every_step(registry: Registry, callers: Callers, new_id: NewId) -> None:
    """Who was told and what was deleted or kept, by whom and when, stands in the case."""
    opened = callers.suspend(step(new_id(), notified=("法务部",)))
    callers.note(step(new_id(), reason="已报告", notified=("通信管理局",)))
    callers.release(step(new_id(), reason="已整改", data_deleted="名单"))
    events = listed_events(registry, Filter("acme"))
    assert [event.kind for event in events] == [
        "caller_suspended", "caller_case_noted", "caller_released"
    ]  # fmt: skip
    assert events[1].asked()["notified"] == ["通信管理局"]
    assert events[1].outcome() == events[2].outcome() == {"case": opened.case_id}
    assert [event.actor for event in events] == ["lin"] * 3


def test_a_step_that_does_not_fit_is_refused(callers: Callers, new_id: NewId) -> None:
    """Nothing is suspended twice, nor released, dismissed or noted where nothing is open."""
    for act in (callers.release, callers.dismiss, callers.note):
        with pytest.raises(ResolvedError):
            act(step(new_id()))
    first = step(new_id())
    assert callers.suspend(first) == callers.suspend(first)
    with pytest.raises(ResolvedError):
        callers.suspend(step(new_id()))
    with pytest.raises(ResolvedError):
        callers.dismiss(step(new_id()))


@pytest.mark.parametrize(
    "more",
    [
        {"reason": ""},
        {"kind": "bot"},
        {"notified": ("张三 13800138000",)},
        {"data_kept": "zhang@example.com"},
        {"notified": ("法务部",) * 21},
    ],
)
def test_a_step_without_reason_or_with_personal_data_is_refused(
    more: dict[str, object], new_id: NewId
) -> None:
    """What goes into reports names offices, not people's numbers; a step needs a reason."""
    with pytest.raises(InvalidRequestError):
        step(new_id(), **more)


@pytest.mark.parametrize("field", ["reason", "data_deleted", "data_kept", "notified"])
@pytest.mark.parametrize(
    "text",
    [
        "客户13800138000投诉",
        "客户 138 0013 8000 投诉",
        "电话：13800138000",
        "手机号:１３８００１３８０００",
        "13800138000投诉",
        "打了幺三八零零幺三八零零零",
        "座机 010-62345678",
        "写信给a@example.com了",
        "微信号 zhang_san8",
        "device:abc1234567",
        "请王经理跟进",
    ],
)
def test_personal_data_in_running_text_is_refused(field: str, text: str, new_id: NewId) -> None:
    """However a number, address or name is written or said, no step takes it into reports."""
    value = (text,) if field == "notified" else text
    with pytest.raises(InvalidRequestError, match="holds a number, an address or a name") as caught:
        step(new_id(), **{field: value})
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "12321 转来投诉 12 件,占 3.5%",
        "2026年11月27日 14:00 起停止,案号 2026-1127-0001",
        "名单 20261127.csv 已删除 12,345 条",
        "依据 47 CFR 64.1200,录音:30日",
    ],
)
def test_hotlines_dates_and_figures_are_no_personal_data(text: str, new_id: NewId) -> None:
    """What a report should say of a case may be said."""
    assert step(new_id(), reason=text, data_kept=text).reason == text


def contacts(registry: Registry, number: int, caller: str = "小爱") -> None:
    """Count allowed contacts of a bot."""
    counter = ContactCounter(registry, "worker 0")
    subject = Contact("acme", caller=caller)
    counter.count(subject, ALLOWED, number)
    counter.flush()


def test_too_many_opt_outs_propose_the_suspension(
    registry: Registry, callers: Callers, ask: Ask
) -> None:
    """Past a tenth of 200 contacts a day the suspension is proposed, and nothing blocks yet."""
    contacts(registry, 200)
    for n in range(20):
        registry.record(ask(n, facts={"caller": "小爱"}))
    assert caller_status(callers).state is None
    registry.record(ask(30, facts={"caller": "小爱"}))
    status = caller_status(callers)
    assert (status.state, status.cause) == (CallerCaseState.PROPOSED, "opt_outs_in_a_day")
    assert status.rates[86_400]["opt_outs"] == 21
    assert status.rates[86_400]["contacts"] == 200
    registry.record(ask(31, facts={"caller": "小爱"}))
    assert len(listed_events(registry, Filter("acme", kinds=["suspension_proposed"]))) == 1
    assert registry.check(Contact("acme", caller="小爱"), [ask(99).subject]).allowed


def test_too_many_privacy_complaints_suspend_at_once(
    registry: Registry, policies: Policies, callers: Callers, ask: Ask, new_id: NewId
) -> None:
    """Where the policy says so the suspension is made, by complaints with and without opt-out."""
    cases = Cases(registry, policies)
    for n in range(10):
        registry.record(ask(n, facts={"campaign": "春"}, reasons=(Reason.PRIVACY,)))
    spring = Contact("acme", campaign="春")
    assert registry.check(spring, [ask(99).subject]).allowed
    cases.open(
        Feedback(
            "acme", new_id(), "lin", CaseKind.PRIVACY, "谁卖了我的信息", Intake.WEB, campaign="春"
        )
    )
    assert registry.check(spring, [ask(99).subject]).why is Why.CAMPAIGN_SUSPENDED
    status = caller_status(callers, "campaign", "春")
    assert (status.state, status.cause) == (
        CallerCaseState.SUSPENDED, "privacy_complaints_in_a_week"
    )  # fmt: skip
    (event,) = listed_events(registry, Filter("acme", kinds=["caller_suspended"]))
    assert (event.actor, event.outcome()["counted"]) == ("policy", 11)


def test_a_proposal_can_be_dismissed_and_does_not_come_back_at_once(
    registry: Registry, callers: Callers, ask: Ask, new_id: NewId
) -> None:
    """What a person has decided is counted anew, not proposed again with the next event."""
    contacts(registry, 200)
    for n in range(21):
        registry.record(ask(n, facts={"caller": "小爱"}))
    assert callers.dismiss(step(new_id())).state is CallerCaseState.DISMISSED
    registry.record(ask(30, facts={"caller": "小爱"}))
    assert caller_status(callers).state is CallerCaseState.DISMISSED


def test_rates_slide(registry: Registry, callers: Callers, ask: Ask) -> None:
    """What lies before the window no longer counts."""
    contacts(registry, 10)
    registry.record(ask(1, facts={"caller": "小爱"}, reasons=(Reason.PRIVACY,)))
    with clock_ahead(26 * HOUR_US):
        rates = caller_status(callers).rates
    assert rates[86_400]["opt_outs"] == rates[86_400]["contacts"] == 0
    assert rates[604_800]["privacy_complaints"] == 1
    assert rates[604_800]["contacts"] == 10


def test_imported_records_are_nobodys_contact(
    registry: Registry, callers: Callers, ask: Ask
) -> None:
    """An imported list raises no bot's rate."""
    registry.record(ask(1, facts={"caller": "小爱", "imported": {"line": 2}}))
    assert callers.list("acme") == []


def test_counts_of_checks_are_written_once_and_kept_by_channel(
    registry: Registry, callers: Callers, ask: Ask
) -> None:
    """Answers of checks are counted by caller, campaign, channel and reason, in one event."""
    request = ask(1)
    registry.record(request)
    counter = ContactCounter(registry, "worker 0")
    contact = Contact("acme", caller="小爱", campaign="春")
    for n in (1, 2, 3):
        counter.count(contact, registry.check(contact, [ask(n).subject]))
    counter.flush()
    counter.flush()
    (event,) = listed_events(registry, Filter("acme", kinds=["contacts_counted"]))
    (count,) = event.asked()["counts"]
    assert (count["allowed"], count["blocked"]) == (2, {"opted_out": 1})
    assert {(status.kind, status.name) for status in callers.list("acme")} == {
        ("caller", "小爱"), ("campaign", "春")
    }  # fmt: skip


def test_callers_are_listed_once_each_in_pages(
    registry: Registry, callers: Callers, new_id: NewId
) -> None:
    """However many hours were counted, by kind and name, from any caller on."""
    names = ["Z", "a", "小度", "小爱", "😀"]

    def count(transaction: Transaction) -> None:
        for kind, name in product(("campaign", "caller"), reversed(names)):
            for hour in range(3):
                row = {"tenant": "acme", "kind": kind, "name": name, "hour": hour}
                transaction.insert(CALLER_HOURS, row | dict.fromkeys(COUNTS, 1))

    registry.store.write(count)
    callers.suspend(step(new_id(), name="b"))
    wanted = [("caller", name) for name in sorted([*names, "b"])]
    wanted += [("campaign", name) for name in names]
    assert [(one.kind, one.name) for one in callers.list("acme")] == wanted
    for place, after in enumerate(wanted):
        page = callers.list("acme", 2, after)
        assert [(one.kind, one.name) for one in page] == wanted[place + 1 : place + 3]
    assert callers.list("other") == []
