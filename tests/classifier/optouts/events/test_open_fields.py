"""What stands in the open holds no number, and no opt-out is lost for it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from classifier.errors import RequestConflictError
from classifier.optouts.events.open_fields import in_the_open, masked
from classifier.optouts.listing import Filter, list_events, list_opt_outs
from classifier.optouts.records import Contact, OptOutRequest, Reach, Scope
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.subjects.subject import Subject, parse_subject

NUMBER, OTHER = "13500000077", "13900000088"


def logged(registry: Registry) -> str:
    """Return all that the log holds in the open."""
    events = [event for event, _hash in list_events(registry, Filter("acme", limit=100))]
    return json.dumps([[event.request_id, event.actor, event.payload] for event in events])


def test_no_open_field_holds_a_number(
    registry: Registry, ask: Callable[..., OptOutRequest]
) -> None:
    """Wherever a platform puts it, it is masked, and the person is not called."""
    asked = ask(
        1,
        subject=parse_subject(NUMBER),
        request_id=f"{NUMBER}-1",
        actor=f"agent {NUMBER}",
        facts={
            "caller": f"bot {NUMBER}",
            "campaign": "recall-135-0000-0077",
            "call_reference": f"call-+86{OTHER}-7",
            "conversation_id": NUMBER,
            "phone": [{"a": NUMBER}],
            "imported": {"record_id": OTHER, "line": 7},
        },
    )
    registry.record(asked)
    held = logged(registry)
    assert NUMBER not in held
    assert "135-0000-0077" not in held
    assert OTHER not in held
    (listed,) = list_opt_outs(registry, Filter("acme"))
    assert listed.facts.call_reference.startswith("hidden-")
    assert listed.facts.campaign == "recall-***"
    assert listed.actor == "agent ***"
    assert not registry.check(Contact("acme"), [asked.subject]).allowed


def test_calls_named_by_numbers_stay_apart(
    registry: Registry, ask: Callable[..., OptOutRequest]
) -> None:
    """Two calls are two talks, and one call is one, whatever their names look like."""
    for n, call in enumerate((OTHER, f"{OTHER[:-1]}9", OTHER)):
        registry.record(ask(1, request_id=str(n), facts={"call_reference": call}))
    listed = list_opt_outs(registry, Filter("acme"))
    assert len({one.facts.call_reference for one in listed}) == 2


def test_a_repeat_still_meets_its_record(
    registry: Registry, ask: Callable[..., OptOutRequest]
) -> None:
    """An id with a number stands as a keyed hash: the same id is the same request."""
    subject = parse_subject(NUMBER)
    first, other = (
        registry.record(ask(1, subject=one, request_id=one.value))
        for one in (subject, parse_subject(OTHER))
    )
    assert registry.record(ask(1, subject=subject, request_id=subject.value)) == first
    assert first.record_id != other.record_id
    with pytest.raises(RequestConflictError):
        registry.record(ask(1, subject=subject, request_id=subject.value, text="other words"))


def test_a_scope_named_by_the_number_is_everything(
    registry: Registry, ask: Callable[..., OptOutRequest]
) -> None:
    """Masked it would refuse nothing, refused it would be lost."""
    subject = parse_subject(NUMBER)
    scope = Scope(Reach.CAMPAIGN, f"for {NUMBER}")
    assert registry.record(ask(1, subject=subject, scope=scope)).scope == Scope()
    assert NUMBER not in logged(registry)


@pytest.mark.parametrize(
    "text",
    [
        "turn-0b1f13800138000c4d5e6f7a8b9c0d1e2f",
        "20261127093015138001",
        "3f2b8c9e-1380-4013-8000-13800138000a",
        "a84b4c76e66710@pc33.example.com",
        "import:13800138000a:12",
        "1764230400123",
    ],
)
def test_ids_are_left_as_they_are(text: str) -> None:
    """Digits that may be anything are no number: the reference is part of the proof."""
    assert masked(text, parse_subject("13700137000")) == text


@pytest.mark.parametrize(
    ("subject", "text", "left"),
    [
        ("li.si@example.com", "mail LI.SI@example.com", "mail ***"),
        ("wechat:oABc_1234", "conversation-oABc_1234", "conversation-***"),
        ("010-62345678", "010-62345678/2", "0***/2"),
        ("+85291234567", "hk-9123 4567", "hk-***"),
        ("qq:10001", "import:10001", "import:10001"),
    ],
)
def test_a_subject_is_found_in_its_references(subject: str, text: str, left: str) -> None:
    """Whatever it is, but for ids so short that they stand anywhere by chance."""
    assert masked(text, parse_subject(subject)) == left


def test_a_bot_may_be_named_by_its_line(ask: Callable[..., Any], ring: KeyRing) -> None:
    """Its limits and suspensions go by that name."""
    asked = ask(1, facts={"caller": OTHER})
    assert isinstance(asked.subject, Subject)
    assert in_the_open(asked, ring).facts == {"caller": OTHER}
    assert in_the_open(in_the_open(asked, ring), ring) == in_the_open(asked, ring)
