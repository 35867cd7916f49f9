"""The policy file at work on each new record."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from classifier.errors import RecordMissingError, ResolvedError
from classifier.optouts.derived.review_queue import Verdict
from classifier.optouts.desk.review import ReviewDecision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.desk.ruling import PolicyRules, followers
from classifier.optouts.events.event import Event
from classifier.optouts.listing import Filter
from classifier.optouts.open_registry import create_registry, open_registry
from classifier.optouts.policy.policy_file import Policies, read_policies
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import (
    Contact,
    Intake,
    OptOut,
    OptOutRequest,
    OptOutState,
    Reach,
    Scope,
)
from classifier.optouts.registry import Registry
from classifier.optouts.rights.correction import Correction
from classifier.optouts.rights.subject_rights import SubjectRights
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.times import now_us
from classifier.turns import Channel, Reason
from tests.classifier.optouts.conftest import clock_ahead, listed_events

Ask = Callable[..., OptOutRequest]
SMS = Scope(Reach.CAMPAIGN, "春", Channel.SMS)
FIRST, SECOND = {"call_reference": "k1"}, {"call_reference": "k2"}
DAY_US = 86_400_000_000


def event_of(registry: Registry, record: OptOut) -> Event:
    """Return the event that made a record."""
    (event,) = listed_events(registry, Filter("acme", after=record.record_id - 1, limit=1))
    return event


def test_a_first_request_is_taken_as_it_was_asked(registry: Registry, ask: Ask) -> None:
    """A first request keeps its scope, for good, and shows the policy that it was held against."""
    record = registry.record(ask(1, scope=SMS))
    assert (record.scope, record.until_us) == (SMS, 0)
    shown = event_of(registry, record).outcome()["facts"]
    assert shown["profiles"] == ["CN", "TW", "HK", "US", "EU"]
    assert shown["stop"]["profile"] == "CN"
    assert len(shown["policy"]) == 12
    assert shown["rules"] == []


@pytest.mark.parametrize(
    "more",
    [
        {"reasons": (Reason.PRIVACY,)},
        {"reasons": (Reason.LEGAL,)},
        {"facts": {"also_complaint": True}},
    ],
)
def test_a_complaint_widens_the_scope(
    registry: Registry, ask: Ask, more: dict[str, object]
) -> None:
    """Whoever complains while refusing one campaign is contacted by none."""
    request = ask(1, scope=SMS, **more)
    record = registry.record(request)
    assert record.scope == Scope()
    other = Contact("acme", campaign="秋", channel=Channel.VOICE)
    assert not registry.check(other, [request.subject]).allowed
    assert event_of(registry, record).asked()["scope"]["name"] == "春"


def test_a_second_request_widens_the_scope(registry: Registry, ask: Ask) -> None:
    """Whoever must ask twice is contacted no more at all; another subject is as before."""
    registry.record(ask(1, scope=SMS, facts=FIRST))
    assert registry.record(ask(1, scope=SMS, facts=SECOND)).scope == Scope()
    assert registry.record(ask(2, scope=SMS, facts=SECOND)).scope == SMS


@pytest.mark.parametrize(
    ("first", "second", "minutes", "repeated"),
    [
        (FIRST, FIRST, 90, False),
        (FIRST, SECOND, 1, True),
        ({"conversation_id": "c1"}, {"conversation_id": "c1"}, 90, False),
        (FIRST, {}, 59, False),
        ({}, {}, 59, False),
        ({}, {}, 61, True),
    ],
)
def test_what_is_said_twice_in_one_talk_was_asked_once(
    registry: Registry,
    ask: Ask,
    first: dict[str, str],
    second: dict[str, str],
    minutes: int,
    repeated: bool,
) -> None:
    """One call or conversation is one request, and an hour where none is named; no case opens."""
    before_us = now_us() - minutes * 60_000_000
    registry.record(ask(1, scope=SMS, facts=first, doubtful=True, came_us=before_us))
    again = registry.record(ask(1, scope=SMS, facts=second))
    assert again.scope == (Scope() if repeated else SMS)
    cases = listed_events(registry, Filter("acme", kinds=["case_opened"]))
    assert len(cases) == repeated


def test_each_talk_counts_once(tmp_path: Path, place: str, ring: KeyRing, ask: Ask) -> None:
    """Whoever says it twice in the first call has asked twice after the second, not three times."""
    text = (files("classifier.optouts.policy") / "policy.toml").read_text(encoding="utf-8")
    path = tmp_path / "policy.toml"
    path.write_text(text.replace("requests_at_least = 2", "requests_at_least = 3"))
    policies = read_policies(path)
    create_registry(place, ring)
    registry = open_registry(place, ring, PolicyRules(policies), followers(policies))
    for facts in (FIRST, FIRST, SECOND):
        assert registry.record(ask(1, scope=SMS, facts=facts)).scope == SMS
    assert registry.record(ask(1, scope=SMS, facts={"call_reference": "k3"})).scope == Scope()
    registry.close()


def test_what_nobody_asked_for_is_no_earlier_request(
    registry: Registry, policies: Policies, ask: Ask
) -> None:
    """A typing error, another's number, a false alarm and opting in make nobody a repeater."""
    first = [
        registry.record(ask(n, scope=SMS, doubtful=n == 3, facts=FIRST)).record_id
        for n in range(1, 5)
    ]
    registry.revoke(Revocation("acme", "v1", "lin", "mistake", record_id=first[0]))
    SubjectRights(registry).correct(
        Correction("acme", "c1", "lin", ask(2).subject, ask(12).subject, "typo")
    )
    reviews = Reviews(registry, policies)
    etag = reviews.get("acme", first[2]).etag
    reviews.resolve(
        ReviewDecision("acme", "d1", "lin", first[2], Verdict.FALSE_ALARM, etag, "听过录音")
    )
    registry.revoke(Revocation("acme", "v4", "lin", "opted_in", record_id=first[3]))
    again = [registry.record(ask(n, scope=SMS, facts=SECOND)) for n in (1, 2, 3, 4, 12)]
    rules = [event_of(registry, record).outcome()["facts"]["rules"] for record in again]
    assert rules[:4] == [[], [], [], []]
    assert [record.scope for record in again] == [SMS, SMS, SMS, SMS, Scope()]
    assert len(listed_events(registry, Filter("acme", kinds=["case_opened"]))) == 1
    assert registry.store.verify().findings == ()


def test_only_a_named_legal_basis_ends_an_opt_out(registry: Registry, ask: Ask) -> None:
    """An end needs a basis of the policy, and comes no later than the basis allows."""
    soon, late = now_us() + 30 * DAY_US, now_us() + 3_000 * DAY_US
    named = registry.record(ask(1, facts={"legal_basis": "subject_named_a_time", "until_us": soon}))
    assert named.until_us == soon
    capped = registry.record(
        ask(2, facts={"legal_basis": "subject_named_a_time", "until_us": late})
    )
    assert now_us() + 360 * DAY_US < capped.until_us < now_us() + 370 * DAY_US
    unfit: list[dict[str, object]] = [
        {"legal_basis": "convenience", "until_us": soon},
        {"until_us": soon},
        {"legal_basis": "subject_named_a_time"},
    ]
    for n, facts in enumerate(unfit, 3):
        record = registry.record(ask(n, facts=facts))
        assert record.until_us == 0
        assert "refused" in event_of(registry, record).outcome()["facts"]["legal_basis"]


def test_a_widened_record_does_not_end(registry: Registry, ask: Ask) -> None:
    """Who complains is not called again after the end that a basis would have allowed."""
    facts = {"legal_basis": "subject_named_a_time", "until_us": now_us() + DAY_US}
    assert registry.record(ask(1, facts=facts, reasons=(Reason.PRIVACY,))).until_us == 0


@pytest.mark.parametrize(("asked_days", "end_days"), [(0, -1), (0, 0), (-400, 30), (-2, -1)])
def test_an_end_that_is_over_is_none(
    registry: Registry, ask: Ask, asked_days: int, end_days: int
) -> None:
    """An end that has passed, as named or by the most that its basis allows, leaves nobody open."""
    now = now_us()
    facts = {"legal_basis": "subject_named_a_time", "until_us": now + end_days * DAY_US}
    request = ask(1, facts=facts, detected_us=now + asked_days * DAY_US)
    record = registry.record(request)
    assert (record.until_us, record.standing(now_us())) == (0, OptOutState.ACTIVE)
    assert not registry.check(Contact("acme"), [request.subject]).allowed
    assert "over already" in event_of(registry, record).outcome()["facts"]["legal_basis"]


def test_what_has_ended_cannot_be_ended_again(registry: Registry, ask: Ask) -> None:
    """An opt-out whose end has come is none that its subject could take back."""
    facts = {"legal_basis": "subject_named_a_time", "until_us": now_us() + DAY_US}
    record = registry.record(ask(1, facts=facts))
    subject = ask(1).subject
    with clock_ahead(2 * DAY_US):
        with pytest.raises(ResolvedError):
            registry.revoke(Revocation("acme", "v1", "lin", "opted_in", record.record_id))
        with pytest.raises(RecordMissingError):
            registry.revoke(Revocation("acme", "v1", "lin", "opted_in", subject=subject))
        again = registry.record(ask(1))
        ended = registry.revoke(Revocation("acme", "v1", "lin", "opted_in", subject=subject))
    assert [one.record_id for one in ended] == [again.record_id]


@pytest.mark.parametrize(("days", "rules"), [(-29, 2), (-400, 1)])
@pytest.mark.parametrize("old_first", [True, False])
def test_a_repeat_counts_from_when_requests_came(
    registry: Registry, ask: Ask, days: int, rules: int, old_first: bool
) -> None:
    """A request of last year that was imported today is none of this month, in either order."""
    old, new = {"detected_us": now_us() + days * DAY_US, "intake": Intake.IMPORT}, dict[str, int]()
    for more in (old, new) if old_first else (new, old):
        record = registry.record(ask(1, **more))
    assert len(event_of(registry, record).outcome()["facts"]["rules"]) == rules
    assert registry.store.verify().findings == ()
