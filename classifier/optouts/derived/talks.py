"""Which requests belong to one talk: who says it twice in a call has asked once."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from classifier.optouts.derived.opt_outs import asked_us
from classifier.optouts.events.event import Event

SAME_TALK_US = 3_600_000_000
"""How far apart requests of one talk are, where it cannot be told by a call or conversation."""


class Asked(Struct, frozen=True, gc=False):
    """When and in which talk an opt-out was asked for.

    Attributes:
        time_us: Microseconds since 1970.
        call: The call, message or conversation, or empty.
    """

    time_us: int
    call: str


def asked_at(time_us: int, facts: Mapping[str, Any]) -> Asked:
    """Return when and in which talk a request was made.

    Args:
        time_us: Microseconds since 1970.
        facts: Of the request.
    """
    return Asked(time_us, str(facts.get("call_reference") or facts.get("conversation_id") or ""))


def asked_in(event: Event) -> Asked:
    """Return when and in which talk the request of a record was made.

    Args:
        event: That made the record.
    """
    return asked_at(asked_us(event), event.asked()["facts"])


def same_talk(one: Asked, other: Asked) -> bool:
    """Say whether two requests of a subject were made in one talk.

    Args:
        one: The one.
        other: The other.
    """
    if one.call and other.call:
        return one.call == other.call
    return abs(one.time_us - other.time_us) <= SAME_TALK_US


def talks(requests: Iterable[Asked]) -> list[Asked]:
    """Return the first request of each talk, oldest first.

    Args:
        requests: Of one subject.
    """
    firsts, calls = list[Asked](), set[str]()
    for request in sorted(requests, key=lambda asked: asked.time_us):
        known = request.call in calls or bool(firsts and same_talk(firsts[-1], request))
        if not known:
            firsts.append(request)
        if request.call:
            calls.add(request.call)
    return firsts
