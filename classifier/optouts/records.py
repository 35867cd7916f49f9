"""The nouns of the registry: who asks, for what, and what a check answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from msgspec import Struct

from classifier.errors import FieldViolation, InvalidRequestError
from classifier.optouts.subjects.subject import Subject, is_unicode
from classifier.turns import MAX_TEXT_CHARACTERS, Channel, ContextTurn, Reason

MAX_NAME_CHARACTERS = 200
"""Longest tenant, request id, actor, caller, campaign or purpose."""

MAX_REASON_CHARACTERS = 1_000
"""Longest reason or note that a person gives for a step."""

MAX_FACTS_CHARACTERS = 20_000
"""Longest open facts of one request, as canonical JSON."""

CLOCK_SKEW_MICROSECONDS = 60_000_000
"""How far a time of somebody else's clock may lie ahead before it lies in the future."""

Json = dict[str, Any]
"""A JSON object: strings to strings, numbers, booleans, null, lists and objects."""


class Intake(StrEnum):
    """How a request reached us."""

    VOICE = "voice"
    CHAT = "chat"
    SMS = "sms"
    EMAIL = "email"
    WEB = "web"
    AGENT = "agent"
    REGULATOR = "regulator"
    IMPORT = "import"


class Reach(StrEnum):
    """How much of what a tenant does is refused."""

    ALL = "all"
    CAMPAIGN = "campaign"
    PURPOSE = "purpose"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is refused; by default everything, on every channel.

    Attributes:
        reach: Everything, one campaign or one purpose.
        name: Of the campaign or purpose; empty with `Reach.ALL`.
        channel: The one channel that is refused, or none for all of them.
    """

    reach: Reach = Reach.ALL
    name: str = ""
    channel: Channel | None = None

    def lies_within(self, other: "Scope") -> bool:
        """Say whether whatever this refuses is refused by another scope too, which may be the same.

        Args:
            other: The other.
        """
        inside = other.reach is Reach.ALL or (self.reach, self.name) == (other.reach, other.name)
        return inside and other.channel in {None, self.channel}


@dataclass(frozen=True, slots=True)
class OptOutRequest:
    """A person's wish not to be contacted.

    Attributes:
        tenant: Whose contact is refused.
        request_id: Makes a repeat harmless: the same id gives the same record.
        subject: Who asks.
        intake: How the request came.
        actor: Who reports it: a service account, an agent's login.
        scope: What is refused.
        reasons: Why, where the person says so.
        text: What was said or written, kept encrypted; may be empty.
        context: What was said before it, oldest first, kept encrypted.
        facts: What may be kept in the open: scores, model and rule version, references of call,
            turn, recording, campaign, caller. Never personal data, never the text.
        doubtful: True where a machine was unsure: suppressed first, reviewed after.
        detected_us: When it was heard, microseconds since 1970; 0 where nobody says so.
        came_us: When the request came in, which may be some time before it is recorded; 0 for now.
            A repeat comes at another time and is the same request.
    """

    tenant: str
    request_id: str
    subject: Subject
    intake: Intake
    actor: str
    scope: Scope = Scope()
    reasons: tuple[Reason, ...] = ()
    text: str = field(default="", repr=False)
    context: tuple[ContextTurn, ...] = field(default=(), repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict)
    doubtful: bool = False
    detected_us: int = 0
    came_us: int = 0

    def __post_init__(self) -> None:
        """Refuse a request that breaks a limit.

        Raises:
            InvalidRequestError: A name is empty or too long, or the scope contradicts itself.
        """
        found = [
            *name_violations("tenant", self.tenant),
            *name_violations("request_id", self.request_id),
            *name_violations("actor", self.actor),
        ]
        if self.scope.reach is Reach.ALL and self.scope.name:
            found.append(FieldViolation("scope.name", "must be empty where the scope is all"))
        if self.scope.reach is not Reach.ALL:
            found.extend(name_violations("scope.name", self.scope.name))
        if len(self.text) > MAX_TEXT_CHARACTERS:
            found.append(FieldViolation("text", f"is over {MAX_TEXT_CHARACTERS:,} characters"))
        facts = json.dumps(dict(self.facts), ensure_ascii=False) if self.facts else ""
        if len(facts) > MAX_FACTS_CHARACTERS:
            found.append(FieldViolation("facts", f"are over {MAX_FACTS_CHARACTERS:,} characters"))
        context = "".join(turn.text for turn in self.context)
        for name, text in (("text", self.text), ("context", context), ("facts", facts)):
            if not is_unicode(text):
                found.append(FieldViolation(name, "holds half a surrogate pair"))
        if self.detected_us < 0:
            found.append(FieldViolation("detected_at", "lies before 1970"))
        if found:
            raise InvalidRequestError(found)


def name_violations(name: str, value: str) -> list[FieldViolation]:
    """Return what is wrong with a name that must be there.

    Args:
        name: Of the field.
        value: At most `MAX_NAME_CHARACTERS` characters that print, not blank.
    """
    if not value.strip():
        return [FieldViolation(name, "is empty")]
    if len(value) > MAX_NAME_CHARACTERS:
        return [FieldViolation(name, f"is over {MAX_NAME_CHARACTERS} characters")]
    if not value.isprintable():
        return [FieldViolation(name, "holds control characters")]
    return []


class OptOutState(StrEnum):
    """Whether a record still refuses contact."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"
    """Never stored: how an active record stands past the end that a legal basis gave it."""


class OptOut(Struct, frozen=True, gc=False):
    """One record of the registry, as it stands.

    Attributes:
        record_id: Number of the event that made it.
        tenant: Whose contact is refused.
        subject_id: The subject, by a number that says nothing about it.
        scope: What is refused, after policy.
        intake: How the request came.
        since_us: From when, microseconds since 1970.
        until_us: To when; 0 for good.
        state: Whether it still refuses contact.
        etag: Number of the event that changed it last.
    """

    record_id: int
    tenant: str
    subject_id: int
    scope: Scope
    intake: Intake
    since_us: int
    until_us: int
    state: OptOutState
    etag: int

    def standing(self, time_us: int) -> OptOutState:
        """Return how it stands at a time.

        Args:
            time_us: Microseconds since 1970.
        """
        over = self.state is OptOutState.ACTIVE and 0 < self.until_us <= time_us
        return OptOutState.EXPIRED if over else self.state


class Contact(Struct, frozen=True, gc=False):
    """What is about to be done. What is left empty counts as touched by every scope and suspension.

    Attributes:
        tenant: Who wants to contact.
        caller: The bot.
        campaign: Under which campaign.
        purpose: To what purpose.
        channel: Through which channel.
    """

    tenant: str
    caller: str = ""
    campaign: str = ""
    purpose: str = ""
    channel: Channel | None = None

    def is_touched(self, reach: str, name: str, channel: str, until_us: int, time_us: int) -> bool:
        """Say whether an opt-out that nobody has ended touches it.

        Args:
            reach: Of the opt-out's scope.
            name: Of the scope's campaign or purpose.
            channel: The one channel that it refuses; empty for all.
            until_us: When it ends by itself; 0 for never.
            time_us: When the contact is made, microseconds since 1970.
        """
        if 0 < until_us <= time_us:
            return False
        if channel and self.channel and channel != self.channel:
            return False
        named = self.campaign if reach == Reach.CAMPAIGN else self.purpose
        return reach == Reach.ALL or not named or named == name


class Why(StrEnum):
    """What a check found."""

    NOTHING_FOUND = "nothing_found"
    OPTED_OUT = "opted_out"
    UNDER_REVIEW = "under_review"
    CALLER_SUSPENDED = "caller_suspended"
    CAMPAIGN_SUSPENDED = "campaign_suspended"


class Decision(Struct, frozen=True, gc=False):
    """Whether contact is allowed.

    Attributes:
        allowed: False as soon as anything refuses it; nothing overrules that.
        why: What was found.
        since_us: Since when it is refused, microseconds since 1970; 0 where allowed.
        record_id: The record or suspension that refuses; 0 where allowed.
    """

    allowed: bool
    why: Why
    since_us: int = 0
    record_id: int = 0

    @property
    def opt_out_id(self) -> int:
        """Number of the opt-out that refuses; 0 where none does, as of a suspension."""
        return 0 if self.why.name.endswith("SUSPENDED") else self.record_id


ALLOWED = Decision(allowed=True, why=Why.NOTHING_FOUND)
"""The one answer that lets a contact happen."""
