"""Grievances heard in calls: none is lost, and a call has one case of each subject."""

from collections.abc import Callable

import pytest

from classifier.optouts.derived.caller_cases import CallerCaseState
from classifier.optouts.derived.case_book import CaseKind, Closing
from classifier.optouts.desk.call_cases import CallCases
from classifier.optouts.desk.caller_desk import Callers
from classifier.optouts.desk.case import Case, Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.events.tables import SECRETS
from classifier.optouts.listing import Filter
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.records import Intake
from classifier.optouts.registry import Registry
from classifier.optouts.report.monthly_report import monthly_report
from classifier.optouts.rights.subject_rights import SubjectRights
from classifier.optouts.times import moment, now_us
from classifier.optouts.upkeep.retention import Retention
from tests.classifier.optouts.conftest import listed_events, phone

Hear = Callable[..., Case]
RUDE, PRIVATE = "服务态度太差", "从哪里弄到我的号码"
YEAR_US = 366 * 86_400_000_000


@pytest.fixture
def cases(registry: Registry, policies: Policies) -> Cases:
    """The case book."""
    return Cases(registry, policies)


@pytest.fixture
def hear(registry: Registry, policies: Policies) -> Hear:
    """Hears the nth person say something in a turn of a call."""
    calls = CallCases(registry, policies)

    def hear(text: str, turn: str, n: int = 1, call: str = "complaint-k1") -> Case:
        kind = CaseKind.PRIVACY if text == PRIVATE else CaseKind.COMPLAINT
        feedback = Feedback(
            "acme", f"{call}-{turn}", "bot", kind, text, Intake.VOICE, phone(n), "小爱", "春", "k1"
        )
        return calls.hear(feedback, call)

    return hear


def kinds_of(registry: Registry) -> list[str]:
    """Return the kind of each event."""
    return [event.kind for event in listed_events(registry, Filter("acme"))]


def test_a_call_has_one_case_with_all_that_is_said(
    registry: Registry, cases: Cases, hear: Hear
) -> None:
    """What is said later belongs to the case of the first grievance; a clerk reads all of it."""
    first = hear(RUDE, "1")
    later = hear("还打", "2")
    assert later.case_id == first.case_id
    assert later.etag != first.etag
    assert cases.list("acme") == [later]
    assert cases.said(later) == f"{RUDE}\n还打"
    assert registry.store.verify().findings == ()
    assert registry.store.rebuild() == 0


def test_a_turn_that_is_heard_again_adds_nothing(registry: Registry, hear: Hear) -> None:
    """Neither a retry nor the same words in another turn; the same turn in other words does."""
    first = hear(RUDE, "1")
    second = hear("还打", "2")
    for text, turn in ((RUDE, "1"), ("还打", "2"), (RUDE, "3")):
        assert hear(text, turn) == second
    assert len(kinds_of(registry)) == 2
    assert hear("还打呀", "2").case_id == first.case_id
    assert len(kinds_of(registry)) == 3


def test_a_grievance_about_privacy_makes_its_case_one(
    registry: Registry, policies: Policies, hear: Hear
) -> None:
    """Whenever in the call it is voiced: report, rates and limits count it, and the case once."""
    hear(RUDE, "1")
    case = hear(PRIVATE, "2")
    assert case.kind is CaseKind.PRIVACY
    assert hear("太差了", "3").kind is CaseKind.PRIVACY
    callers = Callers(registry, policies)
    rates = callers.get("acme", "caller", "小爱").rates[86_400]
    assert (rates["complaints"], rates["privacy_complaints"]) == (1, 1)
    for n in range(2, 12):
        hear(RUDE, "1", n)
        hear(PRIVATE, "2", n)
    assert callers.get("acme", "caller", "小爱").state is CallerCaseState.SUSPENDED
    month = moment(now_us()).astimezone(policies.of("acme").zone).strftime("%Y-%m")
    report = monthly_report(registry, policies, "acme", month)
    (table,) = (table for table in report.tables if table.key == "complaints")
    assert [row[1] for row in table.rows[:2]] == [0, 11]
    assert registry.store.verify().findings == ()
    assert registry.store.rebuild() == 0


def test_another_person_and_another_call_have_cases_of_their_own(cases: Cases, hear: Hear) -> None:
    """Also where a bot gives one call_reference and turn to everybody."""
    found = [hear(RUDE, "1"), hear(RUDE, "1", 2), hear(RUDE, "1", call="complaint-k2")]
    assert len({case.case_id for case in found}) == 3
    assert len({case.subject_id for case in found}) == 2
    assert [cases.said(case) for case in found] == [RUDE] * 3


def test_two_calls_of_a_person_at_once_are_not_mixed(cases: Cases, hear: Hear) -> None:
    """What is added to the one is not read in the other."""
    other = "complaint-k2"
    hear(RUDE, "1")
    hear(RUDE, "1", call=other)
    second = hear("二", "2", call=other)
    first = hear("一", "2")
    assert (cases.said(first), cases.said(second)) == (f"{RUDE}\n一", f"{RUDE}\n二")


def test_a_closed_case_takes_in_no_more(cases: Cases, hear: Hear) -> None:
    """What is said after it was closed opens the next; a retry of what it holds does not."""
    case = hear(RUDE, "1")
    cases.close("acme", "q1", "lin", case.case_id, case.etag, Closing.SETTLED, "好了")
    assert hear(RUDE, "1").case_id == case.case_id
    assert hear("还打", "2").case_id != case.case_id


def test_what_was_added_goes_with_its_case(
    registry: Registry, policies: Policies, cases: Cases, hear: Hear
) -> None:
    """A purge takes all words of a case; ids that are used again after it are heard anew."""
    hear(RUDE, "1")
    case = hear("还打", "2")
    cases.close("acme", "q1", "lin", case.case_id, case.etag, Closing.SETTLED, "好了")
    late = Retention(registry, policies, lambda: now_us() + 4 * YEAR_US)
    late.purge("acme", "lin", dry_run=False)
    assert registry.store.read(lambda view: view.count(SECRETS)) == 0
    assert registry.store.verify().findings == ()
    assert cases.said(hear("还打", "2")) == "还打"


def test_an_erasure_takes_all_words(registry: Registry, cases: Cases, hear: Hear) -> None:
    """Whoever has their data erased leaves no word in the case; a retry still finds it."""
    hear(RUDE, "1")
    case = hear("还打", "2")
    rights = SubjectRights(registry)
    rights.erase("acme", "e1", "lin", phone(1), "本人来信", despite_open_cases=True)
    assert cases.said(case) == ""
    assert hear("还打", "2") == case
