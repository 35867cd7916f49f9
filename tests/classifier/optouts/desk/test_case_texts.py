"""What was said in cases is read by a page, however much stands in the log."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from classifier.optouts.derived.case_book import CaseKind, CaseState
from classifier.optouts.desk.case import Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.events.event import Event
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.records import Intake, Json, OptOutRequest
from classifier.optouts.registry import Registry

GROWN = 1_000


def answered(cases: Cases, count: int) -> None:
    """Open so many cases of which nobody knows whose they are, and answer each."""
    for n in range(count):
        said = Feedback("acme", f"q{n}", "lin", CaseKind.COMPLAINT, "太吵", Intake.EMAIL)
        case = cases.open(said)
        cases.answer("acme", f"a{n}", "lin", case.case_id, case.etag, "已处理")


def test_each_event_of_a_page_is_read_once(
    registry: Registry, policies: Policies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not once for each case of the page."""
    cases = Cases(registry, policies)
    answered(cases, 20)
    page = cases.list("acme", CaseState.ANSWERED, limit=20)
    read: list[int] = []
    asked = Event.asked

    def counted(event: Event) -> Json:
        read.append(event.seq)
        return asked(event)

    monkeypatch.setattr(Event, "asked", counted)
    assert [texts.answers for texts in cases.texts(page)] == [("已处理",)] * 20
    assert len(read) == len(set(read)) == 20


def test_an_index_finds_what_came_to_cases_of_nobody(
    registry: Registry,
    policies: Policies,
    place: str,
    ask: Callable[..., OptOutRequest],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Among all events since the first of them was opened."""
    cases = Cases(registry, policies)
    answered(cases, 1)
    registry.record_many([ask(n) for n in range(GROWN)])
    (case,) = cases.list("acme", CaseState.ANSWERED)
    cases.answer("acme", "again", "lin", case.case_id, case.etag, "再答")
    page = cases.list("acme", CaseState.ANSWERED)
    asked: list[tuple[str, Sequence[Any]]] = []
    database = registry.store._database
    with database.writing() as connection:
        connection.send("ANALYZE" if "postgresql" in place else "SELECT 1")
        query = type(connection).query

        def noted(self: Any, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
            asked.append((sql, values))
            return query(self, sql, values)

        monkeypatch.setattr(type(connection), "query", noted)
    (texts,) = cases.texts(page)
    monkeypatch.undo()
    assert texts.answers == ("已处理", "再答")
    (wanted,) = [one for one in asked if "kind IN" in one[0]]
    explain = "EXPLAIN" if "postgresql" in place else "EXPLAIN QUERY PLAN"
    with database.reading() as connection:
        plan = str(connection.query(f"{explain} {wanted[0]}", wanted[1]))
    assert "events_no_subject" in plan
