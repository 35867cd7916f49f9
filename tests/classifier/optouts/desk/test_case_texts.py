"""What was said in cases is read by a page, however much stands in the log."""

import pytest

from classifier.optouts.derived.case_book import CaseKind, CaseState
from classifier.optouts.desk.case import Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.events.event import Event
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.records import Intake, Json
from classifier.optouts.registry import Registry


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
