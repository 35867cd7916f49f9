"""Complaints count in the rules, whichever came first: the complaint or the opt-out."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from classifier.errors import RecordMissingError
from classifier.optouts.derived.case_book import CaseKind, Closing
from classifier.optouts.desk.call_cases import CallCases
from classifier.optouts.desk.case import Case, Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.listing import Filter, get_opt_out
from classifier.optouts.policy.policy_file import Policies, read_policies
from classifier.optouts.policy.profiles import RecordKind
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import Contact, Intake, OptOutRequest, Reach, Scope
from classifier.optouts.registry import Registry
from classifier.optouts.rights.correction import Correction
from classifier.optouts.rights.subject_rights import SubjectRights
from classifier.optouts.times import now_us
from classifier.optouts.upkeep.retention import Retention
from classifier.turns import Channel, Reason
from tests.classifier.optouts.conftest import clock_ahead, listed_events, phone

Ask = Callable[..., OptOutRequest]
Complain = Callable[..., Case]
SMS = Scope(Reach.CAMPAIGN, "春", Channel.SMS)
AUTUMN = Contact("acme", campaign="秋", channel=Channel.VOICE)
DAY_US = 86_400_000_000


@pytest.fixture
def cases(registry: Registry, policies: Policies) -> Cases:
    """The case book."""
    return Cases(registry, policies)


@pytest.fixture
def complain(cases: Cases, new_id: Callable[[], str]) -> Complain:
    """Takes in what the nth person says."""

    def complain(n: int = 1, kind: CaseKind = CaseKind.COMPLAINT, tenant: str = "acme") -> Case:
        return cases.open(
            Feedback(tenant, new_id(), "lin", kind, "老打", Intake.AGENT, phone(n), "小爱", "春")
        )

    return complain


def rules_of(registry: Registry, record: int) -> list[str]:
    """Return the rules that a record shows."""
    rules: list[str] = get_opt_out(registry, "acme", record).ruling["rules"]
    return rules


@pytest.mark.parametrize("kind", [CaseKind.COMPLAINT, CaseKind.PRIVACY])
@pytest.mark.parametrize("complaint_first", [True, False])
def test_whoever_complains_is_contacted_no_more(
    registry: Registry, ask: Ask, complain: Complain, kind: CaseKind, complaint_first: bool
) -> None:
    """A narrow opt-out before or after a complaint blocks everything; another's stays narrow."""
    other = registry.record(ask(2, scope=SMS))
    if complaint_first:
        complain(kind=kind)
    record = registry.record(ask(1, scope=SMS)).record_id
    if not complaint_first:
        assert registry.check(AUTUMN, [phone(1)]).allowed
        complain(kind=kind)
    assert not registry.check(AUTUMN, [phone(1)]).allowed
    assert registry.check(AUTUMN, [phone(2)]).allowed
    private = ["complained_of_privacy"] if kind is CaseKind.PRIVACY else []
    assert rules_of(registry, record) == ["complained", *private]
    assert rules_of(registry, other.record_id) == []
    # What was complained of has its case; the opt-out opens no second one.
    assert len(listed_events(registry, Filter("acme", kinds=["case_opened"]))) == 1
    assert registry.store.verify().findings == ()
    assert registry.store.rebuild() == 0


@pytest.mark.parametrize("closing", list(Closing))
def test_what_was_unfounded_or_taken_back_counts_no_more(
    registry: Registry, cases: Cases, ask: Ask, complain: Complain, closing: Closing
) -> None:
    """A complaint that is settled or refused still counts."""
    case = complain()
    cases.close("acme", "q", "lin", case.case_id, case.etag, closing, "看过了")
    void = closing in {Closing.UNFOUNDED, Closing.WITHDRAWN}
    assert registry.record(ask(1, scope=SMS)).scope == (SMS if void else Scope())


def test_what_is_no_complaint_of_the_subject_changes_nothing(
    registry: Registry, ask: Ask, complain: Complain
) -> None:
    """Neither an opinion, nor another tenant's case, nor one that a rule opened for an opt-out."""
    first = registry.record(ask(1, scope=SMS))
    complain(kind=CaseKind.OPINION)
    complain(kind=CaseKind.WRONG_DECISION)
    complain(tenant="other")
    assert registry.check(AUTUMN, [phone(1)]).allowed
    assert rules_of(registry, first.record_id) == []
    assert registry.record(ask(1, scope=SMS)).scope == SMS
    private = registry.record(ask(3, reasons=(Reason.PRIVACY,)))
    registry.revoke(Revocation("acme", "v", "lin", "opted_in", record_id=private.record_id))
    assert registry.record(ask(3, scope=SMS)).scope == SMS


def test_a_grievance_that_turns_to_privacy_is_ruled_as_one(
    registry: Registry, policies: Policies, ask: Ask
) -> None:
    """What is heard later in a call adds its rule, once; what was ended stays as it was."""
    ended = registry.record(ask(1, scope=SMS)).record_id
    registry.revoke(Revocation("acme", "v", "lin", "opted_in", record_id=ended))
    record = registry.record(ask(1, scope=SMS)).record_id
    calls = CallCases(registry, policies)
    for turn, kind in enumerate((CaseKind.COMPLAINT, CaseKind.PRIVACY, CaseKind.PRIVACY)):
        heard = Feedback("acme", f"k-{turn}", "bot", kind, f"{turn}", Intake.VOICE, phone(1))
        calls.hear(heard, "k")
    assert rules_of(registry, record) == ["complained", "complained_of_privacy"]
    anew = listed_events(registry, Filter("acme", kinds=["opt_out_ruled_anew"]))
    assert [event.asked()["record"] for event in anew] == [record, record]
    assert {event.actor for event in anew} == {"policy"}


def test_an_end_that_was_allowed_falls_with_a_complaint(
    registry: Registry, ask: Ask, complain: Complain
) -> None:
    """Who complains is not called again after the end that a basis had allowed."""
    facts = {"legal_basis": "subject_named_a_time", "until_us": now_us() + DAY_US}
    record = registry.record(ask(1, facts=facts)).record_id
    complain()
    assert get_opt_out(registry, "acme", record).opt_out.until_us == 0


def test_an_opt_out_that_has_ended_is_not_revived_by_a_complaint(
    registry: Registry, ask: Ask, complain: Complain
) -> None:
    """Who complains after the end that they named has not opted out again."""
    hour_us = DAY_US // 24
    facts = {"legal_basis": "subject_named_a_time", "until_us": now_us() + hour_us}
    registry.record(ask(1, facts=facts))
    with clock_ahead(2 * hour_us):
        complain(kind=CaseKind.PRIVACY)
        assert registry.check(AUTUMN, [phone(1)]).allowed
    assert listed_events(registry, Filter("acme", kinds=["opt_out_ruled_anew"])) == []


def test_a_complaint_lengthens_what_is_kept(
    registry: Registry, tmp_path: Path, ask: Ask, complain: Complain, cases: Cases
) -> None:
    """Where the law asks for months, the rule's three years hold for whoever complained."""
    shipped = (files("classifier.optouts.policy") / "policy.toml").read_text(encoding="utf-8")
    path = tmp_path / "policy.toml"
    path.write_text(shipped.replace('"CN", "TW", "HK", "US", "EU"', '"CN"'), encoding="utf-8")
    only_cn = read_policies(path)
    for n in (1, 2):
        registry.record(ask(n, scope=SMS))
    case = complain()
    cases.close("acme", "q", "lin", case.case_id, case.etag, Closing.SETTLED, "好了")
    for n in (1, 2):
        registry.revoke(Revocation("acme", f"v{n}", "lin", "opted_in", subject=phone(n)))
    for years, count in ((1, 1), (4, 2)):
        late, kinds = Retention(registry, only_cn), (RecordKind.OPT_OUT,)
        with clock_ahead(years * 366 * DAY_US):
            (gone,) = late.purge("acme", "lin", dry_run=True, kinds=kinds)
        assert gone.count == count


def test_a_correction_takes_along_when_it_ends(registry: Registry, ask: Ask) -> None:
    """The right number is refused for as long as was asked, not for good."""
    facts = {"legal_basis": "subject_named_a_time", "until_us": now_us() + DAY_US}
    until_us = registry.record(ask(1, facts=facts)).until_us
    rights = SubjectRights(registry)
    (moved,) = rights.correct(Correction("acme", "c", "lin", phone(1), phone(11), "听错了"))
    assert moved.until_us == until_us > 0


def test_what_is_past_its_end_is_not_corrected(registry: Registry, ask: Ask) -> None:
    """What refuses nobody any more moves to nobody, and keeps what was said."""
    facts = {"legal_basis": "subject_named_a_time", "until_us": now_us() + DAY_US}
    ended = registry.record(ask(1, facts=facts)).record_id
    rights = SubjectRights(registry)
    with clock_ahead(DAY_US):
        with pytest.raises(RecordMissingError, match="no active opt-out to correct"):
            rights.correct(Correction("acme", "c1", "lin", phone(1), phone(11), "听错了"))
        registry.record(ask(1))
        (moved,) = rights.correct(Correction("acme", "c2", "lin", phone(1), phone(11), "听错了"))
    assert moved.until_us == 0
    held = registry.store.read(lambda view: view.secret(ended))
    assert held is not None
    assert held["text"] == ask().text


def test_a_correction_takes_along_what_was_ruled(
    registry: Registry, ask: Ask, complain: Complain
) -> None:
    """The right number is refused as the wrong one was."""
    registry.record(ask(1, scope=SMS))
    complain()
    rights = SubjectRights(registry)
    (moved,) = rights.correct(Correction("acme", "c", "lin", phone(1), phone(11), "听错了"))
    assert moved.scope == Scope()
    assert rules_of(registry, moved.record_id) == ["complained"]


def test_what_is_moved_counts_with_what_the_right_person_said(
    registry: Registry, ask: Ask, complain: Complain
) -> None:
    """Who asked twice, or complained, is refused everything, whichever number was heard first."""
    kept = registry.record(ask(1, scope=SMS, facts={"call_reference": "k1"})).record_id
    registry.record(ask(2, scope=SMS, facts={"call_reference": "k2"}))
    complain(3)
    registry.record(ask(4, scope=SMS))
    assert registry.check(AUTUMN, [phone(1)]).allowed
    rights = SubjectRights(registry)
    (moved,) = rights.correct(Correction("acme", "c1", "lin", phone(2), phone(1), "听错了"))
    assert moved.scope == Scope()
    assert not registry.check(AUTUMN, [phone(1)]).allowed
    repeated = ["repeated_request", "repeated_within_a_month"]
    assert rules_of(registry, moved.record_id) == rules_of(registry, kept) == repeated
    (moved,) = rights.correct(Correction("acme", "c2", "lin", phone(4), phone(3), "听错了"))
    assert moved.scope == Scope()
    assert rules_of(registry, moved.record_id) == ["complained"]
    again = rights.correct(Correction("acme", "c2", "lin", phone(4), phone(3), "听错了"))
    assert again == [moved]
    assert registry.store.verify().findings == ()
    assert registry.store.rebuild() == 0
