"""What stands against an erasure is told: cases that are open hold it up, duties to keep do not."""

from collections.abc import Callable

import pytest

from classifier.errors import InvalidRequestError, RequestConflictError
from classifier.optouts.derived.case_book import CaseKind, Closing
from classifier.optouts.derived.data_handling import SUBJECT_ERASED
from classifier.optouts.desk.case import Case, CaseTexts, Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.desk.ruling import PolicyRules
from classifier.optouts.events.event import Draft
from classifier.optouts.listing import Filter
from classifier.optouts.policy.policy_file import Policies, read_policies
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import Contact, Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.rights.subject_rights import SubjectRights
from classifier.optouts.times import now_us
from tests.classifier.optouts.conftest import clock_ahead, listed_events, phone

Ask = Callable[..., OptOutRequest]
WHO = ("acme", "e1", "clerk", phone(1), "本人来信")


@pytest.fixture(scope="module")
def policies() -> Policies:
    """The shipped policy."""
    return read_policies()


@pytest.fixture
def rights(registry: Registry, policies: Policies) -> SubjectRights:
    """Answers subjects."""
    return SubjectRights(registry, policies)


@pytest.fixture
def case(registry: Registry, policies: Policies, ask: Ask) -> Case:
    """What the first number, who has opted out, complained of."""
    registry.record(ask(1))
    said = Feedback("acme", "f", "lin", CaseKind.PRIVACY, "谁给的号码", Intake.AGENT, phone(1))
    return Cases(registry, policies).open(said)


def test_an_open_case_holds_an_erasure_up(
    registry: Registry, policies: Policies, rights: SubjectRights, case: Case
) -> None:
    """Nothing is erased until the case is closed; then all of it is."""
    cases = Cases(registry, policies)
    assert rights.obstacles("acme", phone(1)).open_cases == (case.case_id,)
    with pytest.raises(InvalidRequestError, match=f"despite_open_cases: .*case {case.case_id}"):
        rights.erase(*WHO)
    assert cases.texts([case]) == [CaseTexts(("谁给的号码",))]
    assert listed_events(registry, Filter("acme", kinds=[SUBJECT_ERASED])) == []
    cases.close("acme", "q", "lin", case.case_id, case.etag, Closing.SETTLED, "好了")
    erasure = rights.erase(*WHO)
    assert erasure.erased == {"clear_values": 2, "texts": 3}  # the closing names nobody
    assert "open_cases" not in erasure.kept


def test_an_erasure_despite_an_open_case_stands_in_its_event(
    registry: Registry, policies: Policies, rights: SubjectRights, case: Case
) -> None:
    """Who wanted it so, which cases were open, and the answer says it, the second time too."""
    erasure = rights.erase(*WHO, despite_open_cases=True)
    assert f"case {case.case_id}" in erasure.kept["open_cases"]
    assert rights.erase(*WHO, despite_open_cases=True) == erasure
    with pytest.raises(RequestConflictError):
        rights.erase(*WHO)
    (event,) = listed_events(registry, Filter("acme", kinds=[SUBJECT_ERASED]))
    assert event.asked() == {"despite_open_cases": True}
    assert event.outcome()["open_cases"] == [case.case_id]
    assert Cases(registry, policies).texts([case]) == [CaseTexts()]
    assert not registry.check(Contact("acme"), [phone(1)]).allowed
    assert registry.store.verify().findings == ()
    assert registry.store.rebuild() == 0


def test_an_open_case_of_another_tenant_holds_nothing_up(
    registry: Registry, policies: Policies, rights: SubjectRights, ask: Ask
) -> None:
    """Nor is it told that there is one."""
    registry.record(ask(1))
    said = Feedback("other", "f", "lin", CaseKind.PRIVACY, "谁给的号码", Intake.AGENT, phone(1))
    Cases(registry, policies).open(said)
    assert rights.obstacles("acme", phone(1)).open_cases == ()
    assert "open_cases" not in rights.erase(*WHO).kept


def test_an_erasure_after_the_end_says_that_contact_is_allowed(
    registry: Registry,
    policies: Policies,
    rights: SubjectRights,
    ask: Ask,
) -> None:
    """Nobody took the opt-out back, and yet it is in force no more."""
    hour_us = 3_600_000_000
    facts = {"legal_basis": "subject_named_a_time", "until_us": now_us() + hour_us}
    Registry(registry.store, registry.ring, PolicyRules(policies)).record(ask(1, facts=facts))
    with clock_ahead(2 * hour_us):
        assert "contact is allowed" in rights.erase(*WHO).kept["keyed_hash"]
        assert registry.check(Contact("acme"), [phone(1)]).allowed


def test_the_last_erasure_is_the_one_that_is_told(
    registry: Registry, rights: SubjectRights, ask: Ask
) -> None:
    """Whoever was erased, came back and is erased again reads when that was."""
    registry.record(ask(1))
    first = rights.erase(*WHO).erased_us
    registry.record(ask(1))
    second = rights.erase("acme", "e2", "clerk", phone(1), "又来信").erased_us
    assert rights.look("acme", phone(1)).erased_us == second > first
    erased = listed_events(registry, Filter("acme", kinds=[SUBJECT_ERASED]))
    why = registry.store.read(lambda view: [view.secret(event.seq) for event in erased])
    assert [secret["reason"] for secret in why if secret] == [WHO[-1], "又来信"]


def test_an_erasure_of_older_code_is_answered_again(registry: Registry, ask: Ask) -> None:
    """Its event does not say what was in force; the answer claims no more than it said then."""
    number = registry.record(ask(1)).subject_id
    outcome = {"erased": {"clear_values": 1, "texts": 1}, "events": [], "opt_outs": 1}
    draft = Draft(
        SUBJECT_ERASED, "acme", "clerk", number, "e1", {}, outcome, {"reason": "本人来信"}
    )
    registry.store.write(lambda transaction: transaction.append(draft))
    erasure = SubjectRights(registry).erase(*WHO)
    assert erasure.erased == outcome["erased"]
    assert "go on refusing contact" in erasure.kept["keyed_hash"]
    assert "opt_outs" in erasure.kept


def test_a_duty_to_keep_is_told(registry: Registry, rights: SubjectRights, ask: Ask) -> None:
    """As long as evidence is held that a profile wants kept; the erasure goes on all the same."""
    registry.record(ask(1))
    registry.record(ask(2))
    registry.revoke(Revocation("acme", "v", "lin", "opted_in", subject=phone(2)))
    told = rights.obstacles("acme", phone(1)).in_words()["evidence"]
    assert "US asks to keep it for 5 years" in told
    assert "begin when no opt-out is in force" in told
    erasure = rights.erase(*WHO)
    assert erasure.kept["evidence"] == told
    assert rights.erase(*WHO) == erasure
    ended = rights.erase("acme", "e2", "clerk", phone(2), "本人来信").kept["evidence"]
    assert ", until 20" in ended
    assert rights.obstacles("acme", phone(2)).in_words() == {}  # nothing is held any more


def test_no_duty_is_told_where_none_runs(
    registry: Registry, rights: SubjectRights, ask: Ask
) -> None:
    """What was settled long ago may go; whoever knows of no policy claims nothing."""
    registry.record(ask(1))
    registry.revoke(Revocation("acme", "v", "lin", "opted_in", subject=phone(1)))
    assert "evidence" in rights.obstacles("acme", phone(1)).in_words()
    assert SubjectRights(registry).obstacles("acme", phone(1)).in_words() == {}
    with clock_ahead(6 * 366 * 86_400_000_000):
        assert rights.obstacles("acme", phone(1)).in_words() == {}
