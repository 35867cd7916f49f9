"""What the tests of the report share: a registry in which a month has happened."""

from collections.abc import Callable, Iterator

import pytest

from classifier.optouts.derived.case_book import CaseKind, Closing
from classifier.optouts.derived.review_queue import Verdict
from classifier.optouts.desk.caller_desk import Callers, CallerStep
from classifier.optouts.desk.case import Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.desk.contact_counter import ContactCounter
from classifier.optouts.desk.notice_desk import NoticeDesk, Operator
from classifier.optouts.desk.review import ReviewDecision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.desk.ruling import PolicyRules, followers
from classifier.optouts.open_registry import create_registry, open_registry
from classifier.optouts.policy.notices import Purpose, read_notices
from classifier.optouts.policy.policy_file import Policies, read_policies
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import Contact, Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.times import now_us
from classifier.turns import Channel, Reason

CALLER = "小爱<script>alert(1)</script>"


@pytest.fixture(scope="session")
def policies() -> Policies:
    """The shipped policy."""
    return read_policies()


@pytest.fixture
def registry(place: str, ring: KeyRing, policies: Policies) -> Iterator[Registry]:
    """An empty registry that follows the shipped policy."""
    create_registry(place, ring)
    registry = open_registry(place, ring, PolicyRules(policies), followers(policies))
    yield registry
    registry.close()


@pytest.fixture
def busy(registry: Registry, policies: Policies, ask: Callable[..., OptOutRequest]) -> Registry:
    """The same after a month: seven requests of six people, and what people did about them."""
    ids = (f"b{n}" for n in range(1, 1000))
    facts = {"caller": CALLER, "campaign": "春", "model_version": "m1"}
    first, second = ({"call_reference": call} for call in ("k1", "k2"))
    registry.record(ask(1, facts=facts | first, detected_us=now_us() - 5_000_000))
    registry.record(ask(1, facts=facts | second))
    registry.record(ask(2, intake=Intake.SMS, facts={"rule": "sms_code", "model_version": "m1"}))
    registry.record(ask(3, intake=Intake.AGENT, reasons=(Reason.PRIVACY, Reason.HARASSMENT)))
    doubtful = [registry.record(ask(n, doubtful=True, facts=facts)).record_id for n in (4, 5, 6)]
    registry.record(ask(7, tenant="other"))
    reviews, cases = Reviews(registry, policies), Cases(registry, policies)
    for record, verdict in zip(doubtful, (Verdict.CONFIRM, Verdict.FALSE_ALARM), strict=False):
        etag = reviews.get("acme", record).etag
        reviews.resolve(
            ReviewDecision("acme", next(ids), "林小姐", record, verdict, etag, "听过录音")
        )
    registry.revoke(
        Revocation("acme", next(ids), "林小姐", "opted_in", subject=ask(2).subject, note="来电同意")
    )
    complaint = Feedback(
        "acme", next(ids), "林小姐", CaseKind.COMPLAINT, "一天八个电话", Intake.WEB, ask(3).subject
    )
    case = cases.open(complaint)
    case = cases.answer("acme", next(ids), "林小姐", case.case_id, case.etag, "已停止")
    cases.close("acme", next(ids), "林小姐", case.case_id, case.etag, Closing.SETTLED, "好了")
    counter, contact = ContactCounter(registry, "worker 0"), Contact("acme", campaign="春")
    for n in (1, 1, 9):
        counter.count(contact, registry.check(contact, [ask(n).subject]))
    counter.flush()
    callers = Callers(registry, policies)
    step = CallerStep("acme", next(ids), "林小姐", "caller", CALLER, "投诉过多", ("通信管理局",))
    callers.suspend(step)
    callers.release(
        CallerStep(
            "acme", next(ids), "林小姐", "caller", CALLER, "已整改", (), "外呼名单", "录音:30日"
        )
    )
    desk = NoticeDesk(registry, policies, read_notices(), Operator("某公司", "95000"))
    desk.give("acme", "notice", "bot-7", Purpose.OPT_OUT, Channel.VOICE)
    return registry
