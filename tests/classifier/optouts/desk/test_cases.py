"""Feedback and complaints as cases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from classifier.errors import (
    InvalidRequestError,
    RecordChangedError,
    RecordMissingError,
    RequestConflictError,
    ResolvedError,
)
from classifier.optouts.derived.case_book import CaseKind, CaseState, Closing
from classifier.optouts.desk.case import Case, CaseTexts, Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.records import Contact, Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import Subject, parse_subject
from classifier.optouts.times import now_us
from classifier.turns import Reason

Ask = Callable[..., OptOutRequest]
NewId = Callable[[], str]


@pytest.fixture
def cases(registry: Registry, policies: Policies) -> Cases:
    """The case book."""
    return Cases(registry, policies)


def feedback(request_id: str, subject: Subject | None = None, **more: object) -> Feedback:
    """Return a complaint by e-mail."""
    fields = {
        "tenant": "acme",
        "request_id": request_id,
        "actor": "lin",
        "kind": CaseKind.COMPLAINT,
        "text": "你们一天打八个电话",
        "intake": Intake.EMAIL,
        "subject": subject,
    }
    return Feedback(**(fields | more))  # type: ignore[arg-type]


def test_a_case_is_due_by_the_policy_and_lives_until_it_is_closed(
    cases: Cases, new_id: NewId
) -> None:
    """A complaint has a due date; the first answer stops the clock; closing needs a reason."""
    case = cases.open(feedback(new_id(), parse_subject("13800138000")))
    assert case.state is CaseState.OPEN
    days = timedelta(microseconds=case.due_us - case.opened_us) / timedelta(days=1)
    assert 10 < days <= 15
    answered = cases.answer("acme", new_id(), "wang", case.case_id, case.etag, "已处理")
    again = cases.answer("acme", new_id(), "wang", case.case_id, answered.etag, "补充说明")
    assert answered.state is CaseState.ANSWERED
    assert again.answered_us == answered.answered_us > case.opened_us
    closed = cases.close(
        "acme", new_id(), "wang", case.case_id, again.etag, Closing.SETTLED, "已停止外呼"
    )
    assert (closed.state, closed.closing) == (CaseState.CLOSED, Closing.SETTLED)
    with pytest.raises(ResolvedError):
        cases.answer("acme", new_id(), "wang", case.case_id, closed.etag, "再答")
    assert cases.list("acme", CaseState.CLOSED) == [closed]
    assert cases.list("acme") == []


def test_what_is_due_first_is_listed_first(cases: Cases, new_id: NewId) -> None:
    """Open cases are listed by their due dates."""
    made = [cases.open(feedback(new_id())) for _ in range(3)]
    assert cases.list("acme") == made
    assert cases.list("acme", limit=2) == made[:2]
    second = (made[1].due_us, made[1].case_id)
    assert cases.list("acme", after=second) == made[2:]
    assert cases.list("acme", limit=1, after=(made[0].due_us, made[0].case_id)) == made[1:2]
    assert cases.list("other") == []


def test_feedback_that_comes_twice_is_one_case(cases: Cases, new_id: NewId) -> None:
    """The same request id gives the same case; with other words it is refused."""
    first = feedback(new_id(), parse_subject("13800138000"))
    assert cases.open(first) == cases.open(first)
    with pytest.raises(RequestConflictError):
        cases.open(feedback(first.request_id, parse_subject("13800138000"), text="别的"))
    assert len(cases.list("acme")) == 1


def test_a_case_read_long_ago_is_not_overwritten(cases: Cases, new_id: NewId) -> None:
    """Whoever answers a case that changed meanwhile must read it again."""
    case = cases.open(feedback(new_id()))
    cases.answer("acme", new_id(), "wang", case.case_id, case.etag, "已处理")
    with pytest.raises(RecordChangedError):
        cases.close("acme", new_id(), "lin", case.case_id, case.etag, Closing.SETTLED, "好了")
    with pytest.raises(RecordMissingError):
        cases.get("other", case.case_id)


def test_a_case_blocks_nobody_and_knows_its_subject(
    cases: Cases, registry: Registry, ask: Ask, new_id: NewId
) -> None:
    """A complaint alone is no opt-out; a later opt-out of the same person has the same subject."""
    request = ask(1)
    case = cases.open(feedback(new_id(), request.subject))
    assert registry.check(Contact("acme"), [request.subject]).allowed
    assert registry.record(request).subject_id == case.subject_id


def test_a_privacy_grievance_with_an_opt_out_opens_a_case_by_itself(
    cases: Cases, registry: Registry, ask: Ask
) -> None:
    """What the policy wants followed up becomes a case in the same moment as the record."""
    record = registry.record(ask(1, reasons=(Reason.PRIVACY,), facts={"campaign": "春"}))
    (case,) = cases.list("acme")
    assert (case.record_id, case.kind, case.campaign) == (
        record.record_id, CaseKind.PRIVACY, "春"
    )  # fmt: skip
    assert case.subject_id == record.subject_id


def test_a_case_shows_what_was_answered_and_noted(cases: Cases, new_id: NewId) -> None:
    """To each its own, also where nobody knows whose it is; what came later is not yet there."""
    numbers = (None, parse_subject("13800138000"), parse_subject("13800138000"))
    opened = [cases.open(feedback(new_id(), number)) for number in numbers]
    made = list[Case]()
    for i, case in enumerate(opened):
        last = case
        for text in (f"{i}答一", f"{i}答二"):
            last = cases.answer("acme", new_id(), "wang", case.case_id, last.etag, text)
        made += [last]
    close = ("acme", new_id(), "wang", made[0].case_id, made[0].etag)
    closed = cases.close(*close, Closing.REFUSED, "查无此事")
    said = ("你们一天打八个电话",)
    expected = [CaseTexts(said, (f"{i}答一", f"{i}答二")) for i in range(3)]
    assert cases.texts(made) == expected
    assert cases.texts([closed]) == [replace(expected[0], note="查无此事")]
    assert cases.texts(opened) == [CaseTexts(said)] * 3


@pytest.mark.parametrize("more", [{"text": " "}, {"text": "好" * 10_001}, {"actor": ""}])
def test_feedback_beyond_a_limit_is_refused(more: dict[str, Any], new_id: NewId) -> None:
    """Feedback without words, with too many, or from nobody is refused."""
    with pytest.raises(InvalidRequestError):
        feedback(new_id(), **more)


def test_a_case_is_due_from_when_its_opt_out_came(
    cases: Cases, registry: Registry, ask: Ask
) -> None:
    """What was typed in late is due as if it had been typed in at once."""
    came_us = now_us() - 20 * 86_400_000_000
    registry.record(ask(1, reasons=(Reason.PRIVACY,), detected_us=came_us))
    (case,) = cases.list("acme")
    assert 10 < timedelta(microseconds=case.due_us - came_us) / timedelta(days=1) <= 15
    assert case.due_us < case.opened_us


def test_a_case_holds_no_number_in_the_open(cases: Cases, registry: Registry) -> None:
    """What names bot, campaign, call and actor is masked; a repeat still meets its case."""
    number = "13500000077"
    names = {"caller": f"x{number}", "campaign": f"for {number}", "call_reference": f"c-{number}"}
    wanted = feedback(number, parse_subject(number), actor=f"self-service {number}", **names)
    case = cases.open(wanted)
    assert cases.open(wanted).case_id == case.case_id
    assert (case.caller, case.campaign) == ("x***", "for ***")
    events = registry.store.read(lambda view: view.events([]))
    assert not any(number in event.request_id + event.actor + event.payload for event in events)
