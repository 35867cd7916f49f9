"""A month's report tells what had happened by its end, and later months tell the rest."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from classifier.optouts.derived.caller_cases import PROPOSED, RELEASED, SUSPENDED
from classifier.optouts.derived.case_book import CaseKind, Closing
from classifier.optouts.derived.review_queue import Verdict
from classifier.optouts.desk.call_cases import CallCases
from classifier.optouts.desk.case import Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.desk.review import ReviewDecision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.events.event import Draft
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.records import Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.report.monthly_report import monthly_report
from classifier.optouts.report.report_tables import Cell, percentile
from classifier.optouts.times import microseconds
from tests.classifier.optouts.report.test_monthly_report import SHANGHAI, rows


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the clock to the start of a day of 2026 in Shanghai."""

    def set_to(month: int, day: int) -> None:
        now_us = microseconds(datetime(2026, month, day, tzinfo=SHANGHAI))
        monkeypatch.setattr(time, "time_ns", lambda: now_us * 1_000)

    return set_to


def complaint(request_id: str) -> Feedback:
    """Return a complaint."""
    return Feedback("acme", request_id, "lin", CaseKind.COMPLAINT, "太吵", Intake.WEB)


def append(registry: Registry, draft: Draft) -> None:
    """Append an event."""
    registry.store.write(lambda transaction: transaction.append(draft))


def test_each_month_tells_its_answers(
    registry: Registry, policies: Policies, at: Callable[..., None]
) -> None:
    """A late answer is told when it is given; until then, the complaint is overdue every month."""
    cases = Cases(registry, policies)
    at(1, 25)
    answered, closed, _silent = [cases.open(complaint(f"o{n}")) for n in range(3)]
    at(2, 20)
    cases.close("acme", "c", "lin", closed.case_id, closed.etag, Closing.UNFOUNDED, "查无此事")
    at(3, 20)
    cases.answer("acme", "a", "lin", answered.case_id, answered.etag, "已处理")
    at(5, 1)

    def told(month: int) -> tuple[Cell, ...]:
        report = monthly_report(registry, policies, "acme", f"2026-{month:02}")
        return rows(report, "complaints")["投诉"]

    # Taken in, in time, late, overdue, waiting, closed unanswered, median.
    assert told(1) == (3, 0, 0, 0, 3, 0, "—")
    assert told(2) == (0, 0, 0, 2, 0, 1, "—")
    assert told(3) == (0, 0, 1, 1, 0, 0, "54.0 天")
    assert told(4) == (0, 0, 0, 1, 0, 0, "—")


def test_a_complaint_is_of_the_kind_it_was_at_the_months_end(
    registry: Registry,
    policies: Policies,
    ask: Callable[..., OptOutRequest],
    at: Callable[..., None],
) -> None:
    """One that comes to be about privacy in a later month is so from then on."""
    calls, said = (
        CallCases(registry, policies),
        replace(complaint("call-1"), subject=ask(1).subject),
    )
    at(1, 31)
    calls.hear(said, "call")
    at(2, 1)
    calls.hear(replace(said, request_id="call-2", kind=CaseKind.PRIVACY, text="泄露信息"), "call")

    def told(month: int) -> list[tuple[Cell, ...]]:
        report = monthly_report(registry, policies, "acme", f"2026-{month:02}")
        return [rows(report, "complaints")[kind][:5] for kind in ("投诉", "个人信息投诉")]

    assert told(1) == [(1, 0, 0, 0, 1), (0, 0, 0, 0, 0)]
    assert told(2) == [(0, 0, 0, 0, 0), (0, 0, 0, 0, 1)]


def test_a_suspension_is_told_as_it_stood_at_the_months_end(
    registry: Registry, policies: Policies, at: Callable[..., None]
) -> None:
    """What is done about a bot in a later month changes no earlier report."""
    step = {"kind": "caller", "name": "小爱", "cause": "limit", "reason": "太多投诉"}
    for month, kind in enumerate((PROPOSED, SUSPENDED, RELEASED), start=1):
        at(month, 10)
        append(registry, Draft(kind, "acme", "lin", payload=step))
    at(5, 1)

    def told(month: int) -> tuple[Cell, ...]:
        report = monthly_report(registry, policies, "acme", f"2026-{month:02}")
        (case,) = next(table.rows for table in report.tables if table.key == "suspensions")
        return case[4:]

    first, second, third = (f"2026-0{month}-10 00:00:00" for month in (1, 2, 3))
    assert told(1) == ("已提议,待人工决定", first, "", "")
    assert told(2) == ("暂停中", first, second, "")
    assert told(3) == ("已恢复", first, second, third)


def test_nothing_takes_less_than_no_time(
    registry: Registry,
    policies: Policies,
    ask: Callable[..., OptOutRequest],
    at: Callable[..., None],
) -> None:
    """A clock that was set back makes no negative durations."""
    cases, reviews = Cases(registry, policies), Reviews(registry, policies)
    at(1, 25)
    case = cases.open(complaint("o"))
    record = registry.record(ask(1, doubtful=True)).record_id
    etag = reviews.get("acme", record).etag
    at(1, 24)
    cases.answer("acme", "a", "lin", case.case_id, case.etag, "已处理")
    reviews.resolve(ReviewDecision("acme", "r", "wu", record, Verdict.CONFIRM, etag, "听过录音"))
    report = monthly_report(registry, policies, "acme", "2026-01")
    assert rows(report, "complaints")["投诉"][-1] == "0 毫秒"
    (note,) = [table.note for table in report.tables if table.key == "reviews"]
    assert "复核用时中位数 0 毫秒" in note


def test_a_percentile_is_the_least_value_that_covers_its_share() -> None:
    """Of two the median is the first; of a hundred the 99th percentile is the 99th."""
    assert [percentile(values, 0.5) for values in ((), (1,), (1, 2), (1, 2, 3))] == [0, 1, 1, 2]
    assert [percentile(range(1, n + 1), 0.99) for n in (99, 100, 101)] == [99, 99, 100]
