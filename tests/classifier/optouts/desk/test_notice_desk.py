"""Notices given, and the one confirmation."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from classifier.errors import (
    InvalidRequestError,
    RecordMissingError,
    RequestConflictError,
    ResolvedError,
    RewordedError,
)
from classifier.optouts.derived.opt_outs import NOTICE_TEXTS
from classifier.optouts.desk.notice_desk import GivenNotice, NoticeDesk, Operator
from classifier.optouts.listing import Filter
from classifier.optouts.open_registry import open_registry
from classifier.optouts.policy.notices import Notices, Purpose, read_notices
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import OptOutRequest, Reach, Scope
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.times import microseconds, moment, now_us
from classifier.turns import Channel
from tests.classifier.optouts.conftest import clock_ahead, listed_events

Ask = Callable[..., OptOutRequest]
NewId = Callable[[], str]


@pytest.fixture
def desk(registry: Registry, policies: Policies) -> NoticeDesk:
    """The desk of a company."""
    return NoticeDesk(registry, policies, read_notices(), Operator("某公司", "95000"))


def test_one_confirmation_and_no_second(
    registry: Registry, desk: NoticeDesk, ask: Ask, new_id: NewId
) -> None:
    """A record is confirmed once; the same request gives the same text, another one is refused."""
    record = registry.record(ask(1)).record_id
    request_id = new_id()
    first = desk.confirm("acme", request_id, "bot-7", record, Channel.SMS)
    assert first.text.startswith("【某公司】")
    assert desk.confirm("acme", request_id, "bot-7", record, Channel.SMS) == first
    with pytest.raises(ResolvedError, match="confirmed already"):
        desk.confirm("acme", new_id(), "bot-7", record, Channel.SMS)
    (event,) = listed_events(registry, Filter("acme", kinds=["confirmation_given"]))
    assert event.asked()["record"] == record
    assert event.outcome()["notice"]["id"] == first.notice.id


@pytest.mark.parametrize(
    ("first", "second", "allowed"),
    [
        ({"call_reference": "k1"}, {"call_reference": "k1"}, False),
        ({"conversation_id": "c1"}, {"conversation_id": "c1"}, False),
        ({}, {"call_reference": "k1"}, False),
        ({"call_reference": "k1"}, {"call_reference": "k2"}, True),
    ],
)
def test_what_is_said_twice_in_a_talk_is_confirmed_once(
    registry: Registry,
    desk: NoticeDesk,
    ask: Ask,
    new_id: NewId,
    first: dict[str, str],
    second: dict[str, str],
    allowed: bool,
) -> None:
    """A person gets one confirmation of a call, however many records it left; others get theirs."""
    told, other = registry.record(ask(1, facts=first)), registry.record(ask(2, facts=first))
    again = registry.record(ask(1, facts=second)).record_id
    for record in (told, other):
        desk.confirm("acme", new_id(), "bot-7", record.record_id, Channel.SMS)
    if allowed:
        desk.confirm("acme", new_id(), "bot-7", again, Channel.SMS)
    else:
        with pytest.raises(ResolvedError, match="another of its talk, was confirmed already"):
            desk.confirm("acme", new_id(), "bot-7", again, Channel.SMS)


def test_only_one_of_many_at_once_confirms(
    registry: Registry, desk: NoticeDesk, ask: Ask, new_id: NewId
) -> None:
    """Workers that race to confirm the same record send one confirmation together."""
    record = registry.record(ask(1)).record_id

    def confirm(request_id: str) -> GivenNotice | None:
        try:
            return desk.confirm("acme", request_id, "bot-7", record, Channel.SMS)
        except ResolvedError:
            return None

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(confirm, [new_id() for _ in range(16)]))
    assert sum(notice is not None for notice in given) == 1


def test_after_the_window_nothing_is_confirmed(
    registry: Registry, desk: NoticeDesk, ask: Ask, new_id: NewId
) -> None:
    """Five minutes after the request a confirmation is refused."""
    record = registry.record(ask(1)).record_id
    late = pytest.raises(ResolvedError, match="time for a confirmation is over")
    with clock_ahead(301_000_000), late:
        desk.confirm("acme", new_id(), "bot-7", record, Channel.SMS)
    with clock_ahead(290_000_000):
        desk.confirm("acme", new_id(), "bot-7", record, Channel.SMS)


@pytest.mark.parametrize("purpose", [Purpose.OPT_OUT, Purpose.CONFIRMATION])
def test_nobody_is_told_of_an_opt_out_that_is_over(
    registry: Registry, desk: NoticeDesk, ask: Ask, new_id: NewId, purpose: Purpose
) -> None:
    """A revoked opt-out and an expired one are not said to be in force."""
    revoked = registry.record(ask(1)).record_id
    registry.revoke(Revocation("acme", new_id(), "lin", "opted_in", record_id=revoked))
    facts = {"legal_basis": "subject_named_a_time", "until_us": now_us() + 1_000_000}
    ended = registry.record(ask(2, facts=facts)).record_id
    for record in (revoked, ended):
        with clock_ahead(2_000_000), pytest.raises(ResolvedError, match="the opt-out is over"):
            tell(desk, new_id(), purpose, record)
    assert not listed_events(registry, Filter("acme", kinds=["confirmation_given", "notice_given"]))


@pytest.mark.parametrize("purpose", [Purpose.OPT_OUT, Purpose.CONFIRMATION])
def test_what_a_narrowed_opt_out_stops_is_said(
    registry: Registry, desk: NoticeDesk, ask: Ask, new_id: NewId, purpose: Purpose
) -> None:
    """Its text names campaign, channel and end, also when it is asked for again later."""
    until = moment(now_us() + 86_400_000_000).replace(second=0, microsecond=0)
    facts = {"legal_basis": "subject_named_a_time", "until_us": microseconds(until)}
    narrow = Scope(Reach.CAMPAIGN, "spring", Channel.SMS)
    record, request_id = registry.record(ask(1, scope=narrow, facts=facts)).record_id, new_id()
    first = tell(desk, request_id, purpose, record)
    end = until.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M+08:00")
    assert f"仅限活动“spring”,仅限短信,至{end}为止" in first.text
    registry.revoke(Revocation("acme", new_id(), "lin", "opted_in", record_id=record))
    assert tell(desk, request_id, purpose, record) == first


def tell(
    desk: NoticeDesk, request_id: str, purpose: Purpose, record: int, tenant: str = "acme"
) -> GivenNotice:
    """Tell by text message that an opt-out is in force."""
    if purpose is Purpose.CONFIRMATION:
        return desk.confirm(tenant, request_id, "bot-7", record, Channel.SMS)
    return desk.give(tenant, request_id, "bot-7", purpose, Channel.SMS, record_id=record)


def test_what_was_said_is_noted_with_its_version(
    registry: Registry, desk: NoticeDesk, ask: Ask, new_id: NewId
) -> None:
    """A notice leaves an event with id, version and digest of the text, linked to its record."""
    record = registry.record(ask(1))
    about, number = ("acme", new_id(), "bot-7"), record.record_id
    given = desk.give(*about, Purpose.OPT_OUT, Channel.VOICE, record_id=number)
    assert desk.give(*about, Purpose.OPT_OUT, Channel.VOICE, record_id=number) == given
    first_time = (Purpose.FIRST_CONTACT, Channel.SMS)
    desk.give("acme", new_id(), "bot-7", *first_time, call_reference="c-1")
    said, first = listed_events(registry, Filter("acme", kinds=["notice_given"]))
    assert said.subject == record.subject_id
    assert said.outcome()["notice"] == {
        "id": given.notice.id, "version": 1, "digest": given.notice.digest
    }  # fmt: skip
    assert first.asked()["call_reference"] == "c-1"
    with pytest.raises(RequestConflictError):
        desk.give(*about, *first_time)


def test_a_confirmation_needs_its_record(desk: NoticeDesk, new_id: NewId) -> None:
    """Nothing is confirmed that is not on record, and none by the way of other notices."""
    with pytest.raises(RecordMissingError):
        desk.confirm("acme", new_id(), "bot-7", 99, Channel.SMS)
    with pytest.raises(InvalidRequestError):
        desk.give("acme", new_id(), "bot-7", Purpose.CONFIRMATION, Channel.SMS)


@pytest.mark.parametrize("purpose", [Purpose.OPT_OUT, Purpose.CONFIRMATION])
def test_a_text_is_not_given_under_the_version_of_another(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId, purpose: Purpose
) -> None:
    """A version names one text: another is refused under it, a repeat too, and given as the next.

    To another tenant it was not given yet.
    """
    old = read_notices()
    operator, request_id = Operator("某公司", "95000"), new_id()
    first, second = (registry.record(ask(n)).record_id for n in (1, 2))
    given = tell(NoticeDesk(registry, policies, old, operator), request_id, purpose, first)

    def changed(version: int) -> NoticeDesk:
        new = replace(given.notice, text=f"{given.notice.text}。", version=version)
        kept = [one for one in old.all() if (one.id, one.version) != (new.id, new.version)]
        return NoticeDesk(registry, policies, Notices([*kept, new]), operator)

    for asked, record in ((new_id(), second), (request_id, first)):
        with pytest.raises(RewordedError, match=rf"{given.notice.id} version 1 .* next ver"):
            tell(changed(1), asked, purpose, record)
    assert tell(changed(2), request_id, purpose, first) == given
    assert tell(changed(2), new_id(), purpose, second).text == f"{given.text}。"
    elsewhere = registry.record(replace(ask(3), tenant="other")).record_id
    assert tell(changed(1), new_id(), purpose, elsewhere, "other").text == f"{given.text}。"
    assert registry.store.verify().findings == ()


def test_texts_given_before_their_table_was_made(
    registry: Registry, desk: NoticeDesk, place: str, ring: KeyRing, ask: Ask, new_id: NewId
) -> None:
    """A registry of an older release knows, once it is opened, what was given in it."""
    record = registry.record(ask(1)).record_id
    given = desk.confirm("acme", new_id(), "bot-7", record, Channel.SMS)
    desk.give("acme", new_id(), "bot-7", Purpose.FIRST_CONTACT, Channel.SMS)
    with registry.store._database.writing() as connection:
        connection.send("DROP TABLE notice_texts")
        connection.send("DROP INDEX events_no_subject")
        connection.send("DELETE FROM schema_versions WHERE version >= 20")
    with closing(open_registry(place, ring)) as newer:
        assert newer.store.verify().findings == ()
        rows = newer.store.read(lambda view: view.rows(NOTICE_TEXTS))
    assert len(rows) == 2
    assert given.notice.digest in {row["digest"] for row in rows}
