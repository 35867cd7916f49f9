"""The figures of the monthly report."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from classifier.errors import InvalidRequestError
from classifier.optouts.derived.caller_cases import SUSPENDED
from classifier.optouts.derived.case_book import CaseKind, Closing
from classifier.optouts.desk.call_cases import CallCases
from classifier.optouts.desk.caller_desk import Callers, CallerStep
from classifier.optouts.desk.case import Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.events.event import Draft
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.policy.profiles import RecordKind
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.report.desk_figures import case_tables
from classifier.optouts.report.monthly_report import monthly_report
from classifier.optouts.report.report_month import ReportMonth, report_month
from classifier.optouts.report.report_tables import Cell, Report, ReportTable
from classifier.optouts.rights.correction import Correction
from classifier.optouts.rights.subject_rights import SubjectRights
from classifier.optouts.subjects.subject import parse_subject
from classifier.optouts.times import microseconds, moment, now_us
from classifier.optouts.upkeep.retention import Retention
from tests.classifier.optouts.conftest import clock_ahead

SHANGHAI = ZoneInfo("Asia/Shanghai")


def this_month() -> str:
    """Return the month in Shanghai."""
    return moment(now_us()).astimezone(SHANGHAI).strftime("%Y-%m")


def rows(report: Report, key: str) -> dict[Cell, tuple[Cell, ...]]:
    """Return the rows of a table by their first cell."""
    (table,) = [table for table in report.tables if table.key == key]
    return {row[0]: row[1:] for row in table.rows}


def test_every_figure_is_counted_as_it_happened(busy: Registry, policies: Policies) -> None:
    """A month whose every event is known gives exactly its figures."""
    report = monthly_report(busy, policies, "acme", this_month())
    overview = rows(report, "overview")
    assert overview["新增拒绝联系要求"] == (7,)
    assert overview["涉及人数"] == (6,)
    assert overview["重复提出的人数"] == (1,)
    assert str(overview["停止用时最长"][0]).startswith("5.")
    assert overview["拦截的联系次数"] == (2,)
    channels = rows(report, "requests_by_channel")
    assert channels["语音机器人通话"] == (5, 0.7143)
    assert (channels["短信"][0], channels["人工客服"][0], channels["电子邮件"][0]) == (1, 1, 0)
    reasons = rows(report, "requests_by_reason")
    assert (reasons["个人信息与隐私"][0], reasons["未说明(不要求说明)"][0]) == (1, 6)
    labels = rows(report, "requests_by_label")
    assert (labels["明确拒绝"][0], labels["存疑,先停止后复核"][0]) == (4, 3)
    deciders = rows(report, "requests_by_decider")
    assert [deciders[name][0] for name in ("固定规则", "识别模型", "人工或外部登记")] == [1, 5, 1]
    reviews = rows(report, "reviews")
    assert reviews["确认为拒绝联系"][0] == reviews["误判,恢复联系"][0] == 1
    corrections = rows(report, "corrections")
    assert corrections["本人同意恢复联系"][0] == corrections["复核认定为误判"][0] == 1
    # One was taken in, one opened by the rule for repeats within a month.
    assert rows(report, "complaints")["投诉"][:5] == (2, 1, 0, 0, 1)
    assert rows(report, "complaints")["个人信息投诉"][:5] == (1, 0, 0, 0, 1)
    assert rows(report, "closings")["已解决"][0] == 1
    attempts = rows(report, "contact_attempts")
    assert (attempts["允许联系"][0], attempts["拦截:本人已拒绝联系"][0]) == (1, 2)
    assert rows(report, "notices") == {"cn.opt_out.voice 第 1 版": (1, 1.0)}


def test_a_corrected_number_is_no_second_request(
    busy: Registry, policies: Policies, ask: Callable[..., OptOutRequest]
) -> None:
    """A record moved to the right number is counted as a correction; a look at it as a look."""
    subjects = SubjectRights(busy)
    subjects.correct(
        Correction("acme", "c1", "lin", ask(3).subject, parse_subject("13900139000"), "写错了")
    )
    subjects.show("acme", parse_subject("13900139000"), "lin")
    report = monthly_report(busy, policies, "acme", this_month())
    assert rows(report, "overview")["新增拒绝联系要求"] == (7,)
    corrections = rows(report, "corrections")
    assert corrections["号码或地址更正"][0] == corrections["查看明文号码"][0] == 1


def test_only_who_asked_twice_has_repeated(
    registry: Registry, policies: Policies, ask: Callable[..., OptOutRequest]
) -> None:
    """A mistake and a wrong number do not count; the right number has what was asked for it."""
    subjects = SubjectRights(registry)
    calls = [{"call_reference": f"k{n}"} for n in range(3)]
    for n in (1, 2):
        registry.record(ask(n, facts=calls[0]))
    registry.revoke(Revocation("acme", "v", "lin", "mistake", subject=ask(1).subject))
    subjects.correct(Correction("acme", "c", "lin", ask(2).subject, ask(3).subject, "写错了"))
    for n in (1, 2):
        registry.record(ask(n, facts=calls[1]))
    report = monthly_report(registry, policies, "acme", this_month())
    assert rows(report, "overview")["重复提出的人数"] == (0,)
    assert rows(report, "repeats")["提出 1 次"][0] == 3
    registry.record(ask(3, facts=calls[2]))
    report = monthly_report(registry, policies, "acme", this_month())
    assert rows(report, "overview")["重复提出的人数"] == (1,)
    assert rows(report, "repeats")["提出 2 次"][0] == 1


def test_a_repeat_is_another_talk_without_consent_between(
    registry: Registry, policies: Policies, ask: Callable[..., OptOutRequest]
) -> None:
    """Twice in one call is once; so is once, opting in, and once more. Both people stay counted."""
    for call in ("k1", "k1"):
        registry.record(ask(1, facts={"call_reference": call}))
    registry.record(ask(2, facts={"call_reference": "k2"}))
    registry.revoke(Revocation("acme", "v", "lin", "opted_in", subject=ask(2).subject))
    registry.record(ask(2, facts={"call_reference": "k3"}))
    report = monthly_report(registry, policies, "acme", this_month())
    assert rows(report, "overview")["重复提出的人数"] == (0,)
    assert rows(report, "repeats")["提出 1 次"][0] == 2
    assert rows(report, "complaints")["投诉"][0] == 0


def test_a_request_takes_as_long_to_stop_as_it_waited(
    registry: Registry, policies: Policies, ask: Callable[..., OptOutRequest]
) -> None:
    """From when it came in to when every check says no, however long the store was locked."""
    registry.record(ask(1, came_us=now_us() - 8_000_000))
    report = monthly_report(registry, policies, "acme", this_month())
    stops = rows(report, "time_to_stop")
    assert (stops["1 秒以内"][0], stops["1 至 10 秒"][0]) == (0, 1)


def test_a_corrected_person_is_one(
    registry: Registry, policies: Policies, ask: Callable[..., OptOutRequest]
) -> None:
    """Whose request was taken down under two numbers is one, and their review told as moved."""
    registry.record(ask(1, doubtful=True))
    registry.record(ask(2))
    SubjectRights(registry).correct(
        Correction("acme", "c", "lin", ask(1).subject, ask(2).subject, "写错了")
    )
    report = monthly_report(registry, policies, "acme", this_month())
    overview = rows(report, "overview")
    assert (overview["新增拒绝联系要求"], overview["涉及人数"]) == ((2,), (1,))
    (reviews,) = [table for table in report.tables if table.key == "reviews"]
    assert ("登记已撤销或更正,无需复核", 1, 1.0) in reviews.rows
    assert "复核用时中位数 —" in reviews.note


def test_a_complaint_stands_in_one_column(registry: Registry, policies: Policies) -> None:
    """Closed without an answer it is told as that, from the month on in which it was closed."""
    cases = Cases(registry, policies)
    case = cases.open(Feedback("acme", "o", "lin", CaseKind.COMPLAINT, "太吵", Intake.WEB))
    case = cases.close("acme", "c", "lin", case.case_id, case.etag, Closing.UNFOUNDED, "查无此事")

    def told(end_us: int) -> dict[str, Cell]:
        month = ReportMonth("2026-11", SHANGHAI, case.opened_us, end_us)
        table = registry.store.read(lambda view: case_tables(view, "acme", month))[0]
        return dict(zip((key for key, _name in table.columns), table.rows[0], strict=True))

    where = ("in_time", "late", "overdue", "waiting", "closed_unanswered")
    before, after = told(case.closed_us), told(case.closed_us + 1)
    assert [before[column] for column in ("opened", *where)] == [1, 0, 0, 0, 1, 0]
    assert [after[column] for column in ("opened", *where)] == [1, 0, 0, 0, 0, 1]


def test_a_complaint_is_not_overdue_before_its_time(registry: Registry, policies: Policies) -> None:
    """What is due later in the month that still runs waits in time."""
    feedback = Feedback("acme", "o", "lin", CaseKind.COMPLAINT, "太吵", Intake.WEB)
    case = Cases(registry, policies).open(feedback)
    month = ReportMonth("2026-11", SHANGHAI, case.opened_us, case.due_us + 1)
    table = registry.store.read(lambda view: case_tables(view, "acme", month))[0]
    assert table.rows[0][1:6] == (1, 0, 0, 0, 1)


def test_a_suspension_is_told_with_all_its_steps(busy: Registry, policies: Policies) -> None:
    """The report names who was told and which data was deleted or kept, with reasons and times."""
    report = monthly_report(busy, policies, "acme", this_month())
    (table,) = [table for table in report.tables if table.key == "suspension_steps"]
    assert [(row[2], row[3], row[4], row[5], row[6]) for row in table.rows] == [
        ("暂停", "投诉过多", "通信管理局", "", ""),
        ("恢复", "已整改", "", "外呼名单", "录音:30日"),
    ]
    (case,) = next(t.rows for t in report.tables if t.key == "suspensions")
    assert case[1:2] + case[3:5] == ("机器人", "人工决定", "已恢复")


def test_what_an_older_log_says_of_people_is_masked(registry: Registry, policies: Policies) -> None:
    """Steps that were noted before they were held to it show no number in the report."""
    said = {"reason": "客户13800138000投诉", "data_kept": "手机号:13800138000"}
    step = {"kind": "caller", "name": "小爱", "cause": "person", "notified": ["a@example.com"]}
    draft = Draft(SUSPENDED, "acme", "lin", payload=step | said)
    registry.store.write(lambda transaction: transaction.append(draft))
    report = monthly_report(registry, policies, "acme", this_month())
    (row,) = next(t.rows for t in report.tables if t.key == "suspension_steps")
    assert row[3:] == ("客户[PHONE]投诉", "[EMAIL]", "", "手机号:[PHONE]")


def test_a_purge_changes_no_figure_of_a_month(
    busy: Registry, policies: Policies, ask: Callable[..., OptOutRequest]
) -> None:
    """Reviews, complaints and suspensions are told as they were, though their rows are gone."""
    cases = Cases(busy, policies)
    late = cases.open(Feedback("acme", "o", "lin", CaseKind.OPINION, "铃声太响", Intake.WEB))
    cases.close("acme", "c", "lin", late.case_id, late.etag, Closing.PASSED_ON, "转交")
    for number, kind in enumerate((CaseKind.COMPLAINT, CaseKind.PRIVACY)):  # in one call
        said = Feedback("acme", f"call-{number}", "bot", kind, "别打了", Intake.VOICE)
        heard = CallCases(busy, policies).hear(replace(said, subject=ask(13).subject), "call")
    cases.close("acme", "d", "lin", heard.case_id, heard.etag, Closing.SETTLED, "好了")
    busy.record(ask(11, doubtful=True))
    SubjectRights(busy).correct(
        Correction("acme", "x", "lin", ask(11).subject, ask(12).subject, "写错了")
    )
    Callers(busy, policies).suspend(
        CallerStep("acme", "s", "lin", "campaign", "春", "投诉过多")
    )  # which goes on

    def told() -> list[ReportTable]:
        report = monthly_report(busy, policies, "acme", this_month())
        keys = ("reviews", "complaints", "closings", "suspensions", "suspension_steps")
        return [table for table in report.tables if table.key in keys]

    before = told()
    kinds = (RecordKind.REVIEW, RecordKind.CASE, RecordKind.CALLER_CASE)
    with clock_ahead(6 * 366 * 86_400_000_000):
        purged = Retention(busy, policies).purge("acme", "lin", False, kinds)
    assert all(kind.count for kind in purged)
    assert told() == before


def test_the_last_hash_of_the_month_is_that_of_the_chain(
    busy: Registry, policies: Policies
) -> None:
    """Whoever holds the report can tell later whether the chain was changed since."""
    evidence = rows(monthly_report(busy, policies, "acme", this_month()), "evidence")
    head = busy.store.read(lambda view: view.head())
    assert evidence["本月末个事件序号"] == (head.seq,)
    assert evidence["末个事件的链式校验值(SHA-256)"] == (head.hash.hex(),)


@pytest.mark.parametrize("month", ["2020-02", "2099-12"])
def test_a_month_without_events_is_a_report_of_zeros(
    busy: Registry, policies: Policies, month: str
) -> None:
    """A quiet month has every table, with zeros."""
    report = monthly_report(busy, policies, "acme", month)
    assert rows(report, "overview")["新增拒绝联系要求"] == (0,)
    assert rows(report, "evidence")["本月首个事件序号"] == (0,)
    assert len(report.tables) == len(monthly_report(busy, policies, "acme", this_month()).tables)


def test_a_month_begins_and_ends_in_the_tenants_time_zone() -> None:
    """The last minute of a month in Shanghai is in it, also where UTC has not got so far."""
    november = report_month("2026-11", SHANGHAI)
    last = datetime(2026, 11, 30, 23, 59, tzinfo=SHANGHAI)
    first = datetime(2026, 11, 1, 0, 0, tzinfo=SHANGHAI)
    assert november.contains(microseconds(last))
    assert november.contains(microseconds(first))
    assert not november.contains(microseconds(first) - 1)
    assert report_month("2026-12", SHANGHAI).start_us == november.end_us
    assert report_month("2027-01", SHANGHAI).start_us == report_month("2026-12", SHANGHAI).end_us
    assert november.local(microseconds(last)) == "2026-11-30 23:59:00"


@pytest.mark.parametrize(
    "month",
    [
        "2026-13", "2026-1", "November", "", "202611", "2026-11-01", "1970-01", "9999-12",
        "２０２６-11",
    ],
)  # fmt: skip
def test_what_is_no_month_is_refused(month: str) -> None:
    """A month is written as 2026-11 and no other way."""
    with pytest.raises(InvalidRequestError, match="such as 2026-11, from 1970-02 to 9999-11"):
        report_month(month, SHANGHAI)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_the_last_month_that_times_reach_is_a_month(zone: str) -> None:
    """The calendar's end is no fault of the report's."""
    last = report_month("9999-11", ZoneInfo(zone))
    assert last.local(last.end_us) == "9999-12-01 00:00:00"


def test_a_report_is_of_one_tenant(
    busy: Registry, policies: Policies, ask: Callable[..., OptOutRequest]
) -> None:
    """Nothing of one tenant is counted for another."""
    report = monthly_report(busy, policies, "other", this_month())
    assert rows(report, "overview")["新增拒绝联系要求"] == (1,)
    assert rows(report, "suspensions") == {}
