"""Grievances heard in calls: none is lost, and a call has one case of each subject."""

from collections.abc import Callable

import pytest

from classifier.optouts.derived.caller_cases import CallerCaseState
from classifier.optouts.derived.case_book import CaseKind, Closing
from classifier.optouts.derived.review_queue import Verdict
from classifier.optouts.desk.call_cases import CallCases, call_name
from classifier.optouts.desk.caller_desk import Callers
from classifier.optouts.desk.case import Case, Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.desk.review import ReviewDecision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.events.tables import SECRETS
from classifier.optouts.listing import Filter
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.records import Contact, Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.report.monthly_report import monthly_report
from classifier.optouts.rights.subject_rights import SubjectRights
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.times import microseconds, moment, now_us
from classifier.optouts.upkeep.retention import Retention
from classifier.turns import Label, Reason
from tests.classifier.optouts.conftest import clock_ahead, listed_events, phone
from tests.classifier.optouts.desk.conftest import caller_status

Ask = Callable[..., OptOutRequest]
Hear = Callable[..., Case]
RUDE, PRIVATE = "服务态度太差", "从哪里弄到我的号码"
NUMBER = phone(1).value.removeprefix("+86")
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


def said(cases: Cases, case: Case) -> str:
    """Return what was said in a case, a line for each time."""
    (texts,) = cases.texts([case])
    return "\n".join(texts.said)


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
    assert said(cases, later) == f"{RUDE}\n还打"
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
    rates = caller_status(callers).rates[86_400]
    assert (rates["complaints"], rates["privacy_complaints"]) == (1, 1)
    for n in range(2, 12):
        hear(RUDE, "1", n)
        hear(PRIVATE, "2", n)
    assert caller_status(callers).state is CallerCaseState.SUSPENDED
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
    assert [said(cases, case) for case in found] == [RUDE] * 3


def test_two_calls_of_a_person_at_once_are_not_mixed(cases: Cases, hear: Hear) -> None:
    """What is added to the one is not read in the other."""
    other = "complaint-k2"
    hear(RUDE, "1")
    hear(RUDE, "1", call=other)
    second = hear("二", "2", call=other)
    first = hear("一", "2")
    assert (said(cases, first), said(cases, second)) == (f"{RUDE}\n一", f"{RUDE}\n二")


def test_a_closed_case_takes_in_no_more(cases: Cases, hear: Hear) -> None:
    """What is said after it was closed opens the next; a retry of what it holds does not."""
    case = hear(RUDE, "1")
    cases.close("acme", "q1", "lin", case.case_id, case.etag, Closing.SETTLED, "好了")
    assert hear(RUDE, "1").case_id == case.case_id
    assert hear("还打", "2").case_id != case.case_id


@pytest.mark.parametrize("call", [{}, {"call_reference": "k1", "conversation_id": "v1"}])
def test_a_doubtful_turn_that_is_a_complaint_gets_a_case(
    registry: Registry, policies: Policies, cases: Cases, ask: Ask, call: dict[str, str]
) -> None:
    """Due from when it was said, under the bot and the subject that said it; sent again, once."""
    said_us = now_us() - 5 * 86_400_000_000
    facts = {"caller": "小爱", "campaign": "春", **call}
    request = ask(1, doubtful=True, text=RUDE, detected_us=said_us, facts=facts)
    record = registry.record(request)
    decision = false_alarm(record.record_id, Label.COMPLAINT)
    for _attempt in range(2):
        Reviews(registry, policies).resolve(decision)
    (case,) = cases.list("acme")
    assert (case.kind, case.caller, case.campaign) == (CaseKind.COMPLAINT, "小爱", "春")
    assert (case.subject_id, said(cases, case)) == (record.subject_id, RUDE)
    assert case.due_us == microseconds(policies.of("acme").reply_due(moment(said_us)).at)
    assert registry.check(Contact("acme"), [phone(1)]).allowed
    assert registry.store.verify().findings == ()
    assert registry.store.rebuild() == 0


@pytest.mark.parametrize("ids", [("k1", "v1"), (f"1130-{NUMBER}", "v1"), ("", f"v-{NUMBER}")])
def test_what_turned_out_a_complaint_joins_the_case_of_its_call(
    registry: Registry,
    policies: Policies,
    ring: KeyRing,
    cases: Cases,
    hear: Hear,
    ask: Ask,
    ids: tuple[str, str],
) -> None:
    """As what is surely one does, also where ids hold the number; of other turns nothing comes."""
    call = call_name(ring, phone(1), *ids)
    case = hear(RUDE, "1", call=call)
    facts = dict(zip(("call_reference", "conversation_id"), ids, strict=True))
    for text, label in (("还打", Label.COMPLAINT), ("喂", Label.NORMAL)):
        record = registry.record(ask(1, doubtful=True, text=text, facts=facts)).record_id
        Reviews(registry, policies).resolve(false_alarm(record, label))
    assert hear("又打", "2", call=call).case_id == case.case_id
    (later,) = cases.list("acme")
    assert (later.case_id, said(cases, later)) == (case.case_id, f"{RUDE}\n还打\n又打")


def test_a_turn_that_has_its_case_by_a_rule_gets_no_other(
    registry: Registry, policies: Policies, cases: Cases, ask: Ask
) -> None:
    """The grievance about privacy that opened one is the complaint."""
    record = registry.record(ask(1, doubtful=True, reasons=(Reason.PRIVACY,))).record_id
    Reviews(registry, policies).resolve(false_alarm(record, Label.COMPLAINT))
    (case,) = cases.list("acme")
    assert (case.record_id, case.kind) == (record, CaseKind.PRIVACY)


def test_of_what_was_erased_no_case_comes(
    registry: Registry, policies: Policies, cases: Cases, ask: Ask
) -> None:
    """There is nobody to answer; the verdict stands."""
    record = registry.record(ask(1, doubtful=True)).record_id
    SubjectRights(registry).erase("acme", "e1", "lin", phone(1), "本人来信")
    Reviews(registry, policies).resolve(false_alarm(record, Label.COMPLAINT))
    assert cases.list("acme") == []


def false_alarm(record: int, label: Label) -> ReviewDecision:
    """Return the decision that a turn, whose review nobody has touched, is no opt-out."""
    alarm = Verdict.FALSE_ALARM
    return ReviewDecision("acme", f"q{record}", "wang", record, alarm, record, "听过", label=label)


def test_what_was_added_goes_with_its_case(
    registry: Registry, policies: Policies, cases: Cases, hear: Hear
) -> None:
    """A purge takes all words of a case; ids that are used again after it are heard anew."""
    hear(RUDE, "1")
    case = hear("还打", "2")
    cases.close("acme", "q1", "lin", case.case_id, case.etag, Closing.SETTLED, "好了")
    with clock_ahead(4 * YEAR_US):
        Retention(registry, policies).purge("acme", "lin", dry_run=False)
    assert registry.store.read(lambda view: view.count(SECRETS)) == 0
    assert registry.store.verify().findings == ()
    assert said(cases, hear("还打", "2")) == "还打"


def test_an_erasure_takes_all_words(registry: Registry, cases: Cases, hear: Hear) -> None:
    """Whoever has their data erased leaves no word in the case; a retry still finds it."""
    hear(RUDE, "1")
    case = hear("还打", "2")
    rights = SubjectRights(registry)
    rights.erase("acme", "e1", "lin", phone(1), "本人来信", despite_open_cases=True)
    assert said(cases, case) == ""
    assert hear("还打", "2") == case
