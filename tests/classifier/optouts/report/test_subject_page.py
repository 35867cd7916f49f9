"""The page on which a person reads what is held on them."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from classifier.optouts.derived.case_book import CaseKind, Closing
from classifier.optouts.derived.data_handling import SUBJECT_ERASED, SUBJECT_EXPORTED, SUBJECT_SHOWN
from classifier.optouts.derived.opt_outs import KINDS as OPT_OUT_KINDS
from classifier.optouts.derived.review_queue import KINDS as REVIEW_KINDS
from classifier.optouts.derived.review_queue import Verdict
from classifier.optouts.desk.call_cases import CallCases
from classifier.optouts.desk.case import Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.desk.notice_desk import NoticeDesk, Operator
from classifier.optouts.desk.review import ReviewDecision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.events.facts import Facts
from classifier.optouts.policy.notices import Purpose, read_notices
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import Intake, OptOutRequest, Reach, Scope
from classifier.optouts.registry import Registry
from classifier.optouts.report import event_words
from classifier.optouts.report.subject_page import subject_page
from classifier.optouts.rights.subject_rights import SubjectRights
from classifier.turns import Channel, ContextTurn, Reason, Speaker

Ask = Callable[..., OptOutRequest]
HEARD = Facts(
    caller="小爱",
    campaign="春季回访",
    purpose="marketing",
    call_reference="call-7",
    conversation_id="talk-7",
    turn_id="turn-3",
    label="opt_out",
    also_complaint=True,
    scores=(0.8125, 0.125, 0.0625),
    model_version="m-2026-11",
    rule="stop_words",
)


def page_of(registry: Registry, ask: Ask) -> str:
    """Return the page of the first subject, in Shanghai."""
    export = SubjectRights(registry).export("acme", "export", "lin", ask(1).subject)
    return html.unescape(subject_page(export, ZoneInfo("Asia/Shanghai")).decode())


def test_a_decision_of_the_machine_is_explained(registry: Registry, ask: Ask) -> None:
    """What the machine heard, by which model, with which scores and rules, and what follows."""
    context = (ContextTurn(Speaker.BOT, "给您介绍一下贷款"),)
    reasons = (Reason.HARASSMENT,)
    registry.record(ask(1, facts=HEARD.to_json(), context=context, reasons=reasons))
    page = page_of(registry, ask)
    for held in (
        "机器人:小爱", "活动:春季回访", "用途:marketing", "通话或消息编号:call-7",
        "会话编号:talk-7", "话语编号:turn-3", "识别结果:拒绝联系", "同时识别为投诉:是",
        "“拒绝联系”得分:81.2%",
        "“投诉”得分:12.5%", "“其他”得分:6.2%", "识别模型版本:m-2026-11",
        "判定的固定规则:stop_words",
        "原因:骚扰、过于频繁", "触发的策略规则:complained", "适用法域:CN、TW、HK、US、EU",
        "期限出处:消费者权益保护法实施条例", "机器人:给您介绍一下贷款\n别再打了",
    ):  # fmt: skip
        assert held in page, held
    assert "拒绝仅通过自动化决策的方式作出的决定" in page


def test_what_people_took_down_needs_no_such_explanation(registry: Registry, ask: Ask) -> None:
    """A page without a decision of the machine does not speak of one."""
    registry.record(ask(1, intake=Intake.AGENT))
    assert "自动判断" not in page_of(registry, ask)


@pytest.fixture
def much(registry: Registry, policies: Policies, ask: Ask) -> Registry:
    """A registry in which everything has happened to the first subject that can."""
    ids = (f"m{n}" for n in range(99))
    scope = Scope(Reach.CAMPAIGN, "春", Channel.SMS)
    first = registry.record(
        ask(1, doubtful=True, facts=HEARD.to_json() | {"also_complaint": False})
    )
    reviews, cases = Reviews(registry, policies), Cases(registry, policies)
    reviews.claim("acme", next(ids), "lin", first.record_id)
    etag = reviews.release("acme", next(ids), "lin", first.record_id).etag
    decision = ReviewDecision(
        "acme", next(ids), "lin", first.record_id, Verdict.NARROW, etag, "", scope
    )
    reviews.resolve(decision)
    desk = NoticeDesk(registry, policies, read_notices(), Operator("某公司", "95000"))
    desk.give("acme", next(ids), "bot", Purpose.OPT_OUT, Channel.SMS, record_id=first.record_id)
    desk.confirm("acme", next(ids), "bot", first.record_id, Channel.SMS)
    complaint = Feedback(
        "acme", next(ids), "lin", CaseKind.PRIVACY, "哪来的号码", Intake.WEB, ask(1).subject
    )
    case = cases.open(complaint)
    call = "complaint-k1"
    for turn, kind in enumerate((CaseKind.COMPLAINT, CaseKind.PRIVACY)):
        heard = replace(complaint, request_id=f"{call}-{turn}", kind=kind)
        CallCases(registry, policies).hear(heard, call)
    case = cases.answer("acme", next(ids), "lin", case.case_id, case.etag, "已核实来源")
    cases.close("acme", next(ids), "lin", case.case_id, case.etag, Closing.SETTLED, "已删除")
    SubjectRights(registry).show("acme", ask(1).subject, "lin")
    subject = ask(1).subject
    registry.revoke(Revocation("acme", next(ids), "lin", "opted_in", subject=subject, note="来信"))
    rights = SubjectRights(registry, policies)
    rights.erase("acme", next(ids), "lin", subject, "本人来信", despite_open_cases=True)
    registry.record(ask(1))
    return registry


def test_no_name_of_the_registrys_own_stands_on_the_page(much: Registry, ask: Ask) -> None:
    """Kinds of events, fields, channels, states and verdicts all have Chinese words."""
    page = page_of(much, ask)
    assert not re.findall(r"(?m)(?:^|>)[a-z_]+:", page)
    names = {kind.kind for kind in (*OPT_OUT_KINDS, *REVIEW_KINDS)} | {
        SUBJECT_SHOWN,
        SUBJECT_EXPORTED,
        SUBJECT_ERASED,
    }
    names |= {
        "case_opened",
        "case_added",
        "case_answered",
        "case_closed",
        "notice_given",
        "confirmation_given",
    }
    assert names == event_words.KINDS.keys()
    for name in ("voice", "sms", "revoked", "narrow", "settled", "privacy", "opted_in", *names):
        assert not re.search(rf"(?:>|:|、){name}(?:<|$|、)", page, re.MULTILINE), name
    for kind in event_words.KINDS.values():
        assert f"<td>{kind}</td>" in page, kind
    assert "复核结果:确认,范围缩小" in page
    assert "办结原因:已解决" in page


def test_a_correction_does_not_name_the_other_subject() -> None:
    """Under which number the right subject stands is no business of the wrong one's."""
    assert not event_words.in_words({"right": 7}, ZoneInfo("UTC"))


def test_an_unknown_field_keeps_its_name() -> None:
    """What an import or a newer release adds is shown too."""
    assert event_words.in_words({"imported": {"shelf": "A-7"}}, ZoneInfo("UTC")) == "shelf:A-7"
