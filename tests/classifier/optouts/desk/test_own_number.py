"""Who acts by the number of the very subject: no event holds it, and every rule still holds."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from classifier.errors import ClaimedError, InvalidRequestError, KeysError, RequestConflictError
from classifier.optouts.derived.case_book import CaseKind, Closing
from classifier.optouts.derived.opt_outs import NOTICE_GIVEN
from classifier.optouts.derived.review_queue import CLAIMED, Verdict
from classifier.optouts.desk.case import Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.desk.notice_desk import GivenNotice, NoticeDesk, Operator
from classifier.optouts.desk.review import ReviewDecision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.events.event import Draft
from classifier.optouts.events.tables import SECRETS, Row, Table
from classifier.optouts.listing import Filter
from classifier.optouts.policy.notices import Purpose, read_notices
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import Intake, OptOutRequest, Scope
from classifier.optouts.registry import Registry
from classifier.optouts.rights.correction import Correction
from classifier.optouts.rights.subject_rights import SubjectRights
from classifier.optouts.sql.sql_rows import SqlRows
from classifier.optouts.store import Transaction
from classifier.optouts.subjects.subject import parse_subject
from classifier.turns import Channel
from tests.classifier.optouts.conftest import listed_events, phone

Ask = Callable[..., OptOutRequest]
NewId = Callable[[], str]
Patch = pytest.MonkeyPatch
OWN, OTHER = "13800000001", "13900000088"
NAMED = f"desk: {OWN[:3]} {OWN[3:7]}-{OWN[7:]}"


@pytest.fixture
def notices(registry: Registry, policies: Policies) -> NoticeDesk:
    """The desk of a company."""
    return NoticeDesk(registry, policies, read_notices(), Operator("某公司", "95000"))


@pytest.fixture
def reviews(registry: Registry, policies: Policies) -> Reviews:
    """The review queue."""
    return Reviews(registry, policies)


def actors(registry: Registry) -> dict[str, str]:
    """Return who acted last, by kind of event, once no event holds the number."""
    events = listed_events(registry, Filter("acme", limit=100))
    held = json.dumps([[event.actor, event.payload, event.decided] for event in events])
    assert OWN not in held
    assert OWN[3:7] + "-" + OWN[7:] not in held
    return {event.kind: event.actor for event in events}


@pytest.mark.parametrize(("actor", "kept"), [(OWN, "***"), (NAMED, "desk: ***")])
def test_no_step_of_the_desk_keeps_it(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId, actor: str, kept: str
) -> None:
    """Cases, rights and revocations, before an erasure and after it."""
    cases, rights = Cases(registry, policies), SubjectRights(registry, policies)
    registry.record(ask(1))
    said = Feedback("acme", new_id(), actor, CaseKind.PRIVACY, "x", Intake.VOICE, phone(1))
    case = cases.open(said)
    case = cases.answer("acme", new_id(), actor, case.case_id, case.etag, "done")
    cases.close("acme", new_id(), actor, case.case_id, case.etag, Closing.SETTLED, "done")
    rights.show("acme", case.subject_id, actor)
    rights.export("acme", new_id(), actor, phone(1))
    registry.revoke(Revocation("acme", new_id(), actor, "opted_in", subject=phone(1)))
    registry.record(ask(1))
    assert set(actors(registry).values()) - {"bot-7", "policy"} == {kept}
    rights.erase("acme", new_id(), actor, phone(1), "asked")
    rights.show("acme", phone(1), actor)
    again = ask(1)
    registry.record(again)
    rights.correct(Correction("acme", new_id(), actor, phone(1), phone(2)))
    rights.correct(Correction("acme", new_id(), actor, phone(2), phone(1)))
    assert set(actors(registry).values()) - {"bot-7", "policy"} == {kept}


def test_what_is_erased_is_told_by_its_hash(
    registry: Registry, policies: Policies, notices: NoticeDesk, ask: Ask, new_id: NewId
) -> None:
    """No clear number is left to compare with, and others' numbers are names still."""
    rights = SubjectRights(registry, policies)
    record = registry.record(ask(1)).record_id
    rights.erase("acme", new_id(), "clerk", phone(1), "asked")
    told = f"line {OTHER} for +86{OWN}, +99999999"
    notices.give("acme", new_id(), told, Purpose.OPT_OUT, Channel.SMS, "", record, f"c-{OWN}")
    assert actors(registry)[NOTICE_GIVEN] == f"line {OTHER} for ***, +99999999"
    registry.revoke(Revocation("acme", new_id(), OWN, "opted_in", record_id=record))
    assert actors(registry)["opt_out_revoked"] == "***"


def test_a_review_belongs_to_whom_it_did(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """A claim is its claimant's, and whoever recorded the turn doesn't release it."""
    record = registry.record(ask(1, doubtful=True, actor=OWN)).record_id
    review = reviews.claim("acme", new_id(), OWN, record)
    assert review.claimed_by == "***"
    review = reviews.claim("acme", new_id(), OWN, record)
    alarm = ReviewDecision(
        "acme", new_id(), OWN, record, Verdict.FALSE_ALARM, review.etag, "a test"
    )
    with pytest.raises(InvalidRequestError, match="somebody else must decide"):
        reviews.resolve(alarm)
    with pytest.raises(ClaimedError):
        reviews.resolve(replace(alarm, actor=OTHER))
    with pytest.raises(InvalidRequestError, match="somebody else must decide"):
        registry.revoke(Revocation("acme", new_id(), OWN, "mistake", record_id=record))
    reviews.release("acme", new_id(), OWN, record)
    review = reviews.claim("acme", new_id(), OTHER, record)
    assert review.claimed_by == OTHER
    with pytest.raises(ClaimedError):
        reviews.claim("acme", new_id(), OWN, record)
    done = reviews.resolve(replace(alarm, actor=OTHER, etag=review.etag))
    assert done.resolved_by == OTHER
    actors(registry)


def test_what_cannot_be_decrypted_stops_no_step(
    registry: Registry, policies: Policies, notices: NoticeDesk, ask: Ask, new_id: NewId
) -> None:
    """A damaged part is for the audit; reviews, cases, notices and revocations need none of it."""
    cases, reviews = Cases(registry, policies), Reviews(registry, policies)
    made = registry.record(ask(1, doubtful=True)).record_id
    case = cases.open(
        Feedback("acme", new_id(), "bot-7", CaseKind.PRIVACY, "x", Intake.VOICE, phone(1))
    )
    damaged = {"key_version": 1, "sealed": bytes(40)}

    def damage(transaction: Transaction) -> None:
        for seq in (made, case.case_id):
            transaction.put(SECRETS, {"seq": seq} | damaged)

    registry.store.write(damage)
    with pytest.raises(KeysError):
        SubjectRights(registry).show("acme", case.subject_id, NAMED)
    actor = f"desk: +86{OWN}"
    claimed = reviews.claim("acme", new_id(), actor, made)
    reviews.release("acme", new_id(), actor, made)
    claimed = reviews.claim("acme", new_id(), actor, made)
    reviews.resolve(ReviewDecision("acme", new_id(), actor, made, Verdict.CONFIRM, claimed.etag))
    call = ("acme", new_id(), actor, Purpose.OPT_OUT, Channel.SMS, "", made, f"c-{OWN}")
    assert notices.give(*call) == notices.give(*call)
    notices.confirm("acme", new_id(), actor, made, Channel.SMS)
    cases.close("acme", new_id(), actor, case.case_id, case.etag, Closing.SETTLED, "done")
    registry.revoke(Revocation("acme", new_id(), actor, "opted_in", record_id=made))
    assert {*actors(registry).values()} == {"bot-7", "policy", "desk: ***"}


def test_what_is_erased_is_looked_for_once(
    registry: Registry, notices: NoticeDesk, ask: Ask, new_id: NewId, monkeypatch: Patch
) -> None:
    """However many events are about it; and for no name too short to hold a number."""
    made = [registry.record(ask(1)).record_id for _ in range(9)][-1]
    SubjectRights(registry).erase("acme", new_id(), "clerk", phone(1), "asked")
    asked: list[Table] = []
    rows = SqlRows.rows

    def counted(view: SqlRows, table: Table, *how: Any, **more: Any) -> list[Row]:
        asked.append(table)
        return rows(view, table, *how, **more)

    monkeypatch.setattr(SqlRows, "rows", counted)
    about = (Purpose.OPT_OUT, Channel.SMS, "", made)
    notices.give("acme", new_id(), "lin", *about, "c1")
    assert SECRETS not in asked
    notices.give("acme", new_id(), "t-review", *about, "call-0001")
    assert asked.count(SECRETS) == 1


def test_a_narrowed_record_does_not_name_it(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """The decision and what it carries out are two events."""
    record = registry.record(ask(1, doubtful=True)).record_id
    etag, scope = reviews.get("acme", record).etag, Scope(channel=Channel.SMS)
    reviews.resolve(
        ReviewDecision("acme", new_id(), OWN, record, Verdict.NARROW, etag, scope=scope)
    )
    assert set(actors(registry).values()) == {"bot-7", "***"}


def test_a_notice_hides_the_call_of_its_record(
    registry: Registry, notices: NoticeDesk, ask: Ask, new_id: NewId
) -> None:
    """Both name the call by the same keyed hash; a repeat is the same notice."""
    call = f"c-{OWN[:3]}.{OWN[3:7]}.{OWN[7:]}"
    record = registry.record(ask(1, facts={"call_reference": call})).record_id
    about = ("acme", new_id(), OWN, Purpose.OPT_OUT, Channel.SMS, "", record, call)
    given = notices.give(*about)
    (made,) = listed_events(registry, Filter("acme", kinds=["opt_out_recorded"]))
    assert given.event.asked()["call_reference"] == made.asked()["facts"]["call_reference"]
    assert given.event.asked()["call_reference"].startswith("hidden-")
    assert notices.give(*about) == given
    notices.give("acme", new_id(), "bot-7", Purpose.FIRST_CONTACT, Channel.SMS, "", 0, OTHER)
    notices.confirm("acme", new_id(), OWN, record, Channel.SMS)
    assert actors(registry)["confirmation_given"] == "***"
    payloads = [event.payload for event in listed_events(registry, Filter("acme"))]
    assert OTHER not in "".join(payloads)


@pytest.mark.parametrize("written", ["010-62345678", "li.si@example.com", "wechat:zhang-san"])
def test_an_erasure_uncovers_no_call_and_parts_no_repeat(
    registry: Registry, notices: NoticeDesk, ask: Ask, new_id: NewId, written: str
) -> None:
    """Nothing tells any more whether a reference holds the name: all that may are hidden."""
    subject = parse_subject(written)
    made = registry.record(ask(1, subject=subject)).record_id

    def give(request_id: str, call: str) -> GivenNotice:
        about = (Purpose.OPT_OUT, Channel.SMS, "", made)
        return notices.give("acme", request_id, "bot-7", *about, call)

    calls = {new_id(): call for call in (f"c-{written}", "call-00001", "c1", "")}
    before = {request_id: give(request_id, call) for request_id, call in calls.items()}
    SubjectRights(registry).erase("acme", new_id(), "clerk", subject, "asked")
    assert {request_id: give(request_id, call) for request_id, call in calls.items()} == before
    later = {new_id(): call for call in calls.values()}
    after = {request_id: give(request_id, call) for request_id, call in later.items()}
    kept = [given.event.asked()["call_reference"] for given in after.values()]
    assert [call.startswith("hidden-") for call in kept] == [True, True, False, False]
    assert kept[0] == next(iter(before.values())).event.asked()["call_reference"]
    events = listed_events(registry, Filter("acme", limit=100))
    assert written.rpartition(":")[2] not in "".join(event.payload for event in events)
    registry.record(ask(1, subject=subject))
    assert {request_id: give(request_id, call) for request_id, call in later.items()} == after
    with pytest.raises(RequestConflictError):
        give(next(iter(later)), "call-00002")


def test_what_was_kept_as_it_came_meets_its_repeat(
    registry: Registry, notices: NoticeDesk, ask: Ask, new_id: NewId
) -> None:
    """A request that an earlier version noted is known again, and other content is refused."""
    opt_out = registry.record(ask(1))
    about = ("acme", new_id(), OWN, Purpose.OPT_OUT, Channel.SMS, "", opt_out.record_id)
    given = notices.give(*about, "c1").event
    before = Draft(
        NOTICE_GIVEN,
        "acme",
        OWN,
        opt_out.subject_id,
        new_id(),
        given.asked() | {"call_reference": OWN},
        given.outcome(),
    )
    kept = registry.store.write(lambda transaction: transaction.append(before))
    again = ("acme", before.request_id, *about[2:])
    assert notices.give(*again, OWN).event == kept
    with pytest.raises(RequestConflictError):
        notices.give(*again, OTHER)


def test_a_claim_of_an_earlier_version_stays_its_claimants(
    registry: Registry, reviews: Reviews, ask: Ask, new_id: NewId
) -> None:
    """It names the number until it lapses."""
    opt_out = registry.record(ask(1, doubtful=True))
    made = reviews.claim("acme", new_id(), OTHER, opt_out.record_id)
    before = Draft(CLAIMED, "acme", OWN, opt_out.subject_id, new_id())
    before.payload["record"] = opt_out.record_id
    before.decided["until_us"] = made.claimed_until_us
    registry.store.write(lambda transaction: transaction.append(before))
    assert reviews.release("acme", new_id(), OWN, opt_out.record_id).claimed_by == ""
