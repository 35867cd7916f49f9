"""Numbers in what events hold in the open, where an erasure takes nothing away: masked on the way.

A request is never refused for them, since its opt-out would be lost. Bots may be named by the line
from which they call, and people by their own, so of bot, actor, campaign and purpose the number of
the subject itself goes alone: here as a request comes in, and in `subject_index.draft_about` of
who acts on what is known already. An event about no subject keeps its actor as it came.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from classifier.optouts.records import OptOutRequest, Scope
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.subjects.subject import Subject, SubjectKind

MASK = "***"
"""Stands where a number was."""

NAMES = frozenset({"caller", "campaign", "purpose"})
"""Facts that name what may bear a number of its own."""

CALLS = frozenset({"call_reference", "conversation_id"})
"""Facts that name a call: hidden rather than masked, since two calls must not become one."""

# Ids have digits enough that look like landlines: only these are told by their looks.
NUMBERS = re.compile(
    r"(?<![0-9A-Za-z])(?:\+[1-9][0-9]{7,14}|(?:(?:00)?86[\s-]?)?1[3-9][0-9](?:[\s-]?[0-9]{4}){2})"
    r"(?![0-9A-Za-z])"
)
"""Phone numbers that tell themselves from ids: with a country code, or mobile ones of China."""

_BETWEEN = re.compile(r"[\s\-.()]+")
_SHORTEST = 7  # what is shorter may stand in an id by chance
_COUNTRY_CODE = re.compile(r"\A\+(?:86|852|853|886)?")


def in_the_open(request: OptOutRequest, ring: KeyRing) -> OptOutRequest:
    """Return a request without numbers in what is kept in the open.

    A request id or the name of a call that holds one becomes a keyed hash, so that repeats still
    meet. A scope that is named by the number of the subject becomes everything: masked it would
    refuse nothing.

    Args:
        request: As it came; one that came back from here comes back as it is.
        ring: The keys.
    """
    subject = request.subject
    return replace(
        request,
        request_id=hidden_id(request.request_id, subject, ring),
        actor=masked(request.actor, subject, is_name=True),
        scope=_scope(request.scope, subject),
        facts={
            name: hidden_id(value, subject, ring)
            if name in CALLS and isinstance(value, str)
            else _masked(name, value, subject)
            for name, value in request.facts.items()
        },
    )


def hidden_id(request_id: str, subject: Subject | None, ring: KeyRing) -> str:
    """Return a request id, or a keyed hash of one that holds a number.

    Args:
        request_id: As it came.
        subject: Who asks, if known.
        ring: The keys.
    """
    if masked(request_id, subject) == request_id:
        return request_id
    return hidden_whole(request_id, ring)


def hidden_whole(request_id: str, ring: KeyRing) -> str:
    """Return the keyed hash that stands for a request id or the name of a call.

    Args:
        request_id: As it came.
        ring: The keys.
    """
    return f"hidden-{keyed_digest(ring, request_id)}"


def keyed_digest(ring: KeyRing, *ids: str) -> str:
    """Return 32 hexadecimal digits of ids: the same for the same ones, and nobody can guess back.

    Args:
        ring: The keys; the oldest at hand, so that a rotation changes nothing while it stays.
        ids: In order.
    """
    whole = b"request_id" + "\0".join(ids).encode()
    return ring.signature(whole, min(ring.versions)).hex()[:32]


def masked(text: str, subject: Subject | None, *, is_name: bool = False) -> str:
    """Return a name or reference with `MASK` for each number in it.

    Args:
        text: As it came.
        subject: Whose number it must not hold, if known, however its digits are parted.
        is_name: Whether numbers of others are left, as a bot may have one.
    """
    text = _without_own(text, subject) if subject else text
    return text if is_name else NUMBERS.sub(MASK, text)


def may_hold_subject(text: str) -> bool:
    """Say whether a text is long enough that `masked` may find a subject in it.

    Args:
        text: A name or reference as it came.
    """
    return len(_BETWEEN.sub("", text)) >= _SHORTEST


def _masked(name: str, value: Any, subject: Subject) -> Any:  # ruff: ignore[any-type] - JSON
    if isinstance(value, str):
        return masked(value, subject, is_name=name in NAMES)
    if isinstance(value, Mapping):
        return {key: _masked(key, one, subject) for key, one in value.items()}
    if isinstance(value, list):
        return [_masked("", one, subject) for one in value]
    return value


def _scope(scope: Scope, subject: Subject) -> Scope:
    if masked(scope.name, subject, is_name=True) == scope.name:
        return scope
    return Scope(channel=scope.channel)


def _without_own(text: str, subject: Subject) -> str:
    own = _own(subject)
    if len(own) < _SHORTEST or own.casefold() not in _BETWEEN.sub("", text).casefold():
        return text
    parts = r"[\s\-.()]*".join(map(re.escape, own))
    return re.sub(parts, MASK, text, flags=re.IGNORECASE)


def _own(subject: Subject) -> str:
    """Return what tells a subject: without what parts it, which may be other in a reference."""
    if subject.kind is SubjectKind.PHONE:
        return _COUNTRY_CODE.sub("", subject.value)
    value = subject.value
    if subject.kind is not SubjectKind.EMAIL:
        value = value.partition(":")[2]
    return _BETWEEN.sub("", value)
