"""Feedback as it comes in, and the case that it becomes."""

from dataclasses import dataclass, field, replace
from typing import Self

from classifier.errors import FieldViolation, InvalidRequestError
from classifier.optouts.derived.case_book import CaseKind, CaseState, Closing
from classifier.optouts.events.open_fields import hidden_id, masked
from classifier.optouts.records import Intake, name_violations
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.subjects.subject import Subject
from classifier.turns import MAX_TEXT_CHARACTERS


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody says about being contacted.

    Attributes:
        tenant: Whose case it becomes.
        request_id: Makes a repeat harmless.
        actor: Who takes it in.
        kind: What it is about.
        text: What was said, 1 to `MAX_TEXT_CHARACTERS`; kept encrypted.
        intake: How it came.
        subject: Whose it is, where that is known.
        caller: About which bot; may be empty.
        campaign: About which campaign; may be empty.
        call_reference: Of the call or conversation; may be empty.
    """

    tenant: str
    request_id: str
    actor: str
    kind: CaseKind
    text: str = field(repr=False)
    intake: Intake
    subject: Subject | None = None
    caller: str = ""
    campaign: str = ""
    call_reference: str = ""

    def __post_init__(self) -> None:
        """Refuse feedback that breaks a limit.

        Raises:
            InvalidRequestError: A name or the text is missing or too long.
        """
        found = [
            violation
            for name in ("tenant", "request_id", "actor")
            for violation in name_violations(name, getattr(self, name))
        ]
        for name in ("caller", "campaign", "call_reference"):
            if getattr(self, name):
                found += name_violations(name, getattr(self, name))
        found += text_violations("text", self.text)
        if found:
            raise InvalidRequestError(found)

    def in_the_open(self, ring: KeyRing) -> Self:
        """Return it without numbers in what is kept in the open, as `open_fields` says.

        Args:
            ring: The keys.
        """
        who = self.subject
        return replace(
            self,
            request_id=hidden_id(self.request_id, who, ring),
            actor=masked(self.actor, who, is_name=True),
            caller=masked(self.caller, who, is_name=True),
            campaign=masked(self.campaign, who, is_name=True),
            call_reference=masked(self.call_reference, who),
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands.

    Attributes:
        case_id: Number of the event that opened it.
        tenant: Whose.
        kind: What it is about.
        subject_id: The subject, by a number that says nothing about it; 0 where unknown.
        record_id: The opt-out that it came with, or 0.
        intake: How it came.
        caller: About which bot, or empty.
        campaign: About which campaign, or empty.
        state: Whether it waits, was answered, or is closed.
        opened_us: When, microseconds since 1970.
        due_us: By when the first answer is due.
        answered_us: When the first answer went out; 0 before.
        closed_us: When it was closed; 0 before.
        closing: Why, or None.
        etag: Changes with every change.
    """

    case_id: int
    tenant: str
    kind: CaseKind
    subject_id: int
    record_id: int
    intake: Intake
    caller: str
    campaign: str
    state: CaseState
    opened_us: int
    due_us: int
    answered_us: int
    closed_us: int
    closing: Closing | None
    etag: int


@dataclass(frozen=True, slots=True)
class CaseTexts:
    """What was said in a case and to whoever spoke; what was erased is left out.

    Attributes:
        said: What it is about, oldest first; of a call, each grievance.
        answers: What was answered, oldest first.
        note: What was done, or why it was refused; empty before it is closed.
    """

    said: tuple[str, ...] = field(default=(), repr=False)
    answers: tuple[str, ...] = field(default=(), repr=False)
    note: str = field(default="", repr=False)


def text_violations(name: str, text: str) -> list[FieldViolation]:
    """Return what is wrong with a text that must be there.

    Args:
        name: Of the field.
        text: 1 to `MAX_TEXT_CHARACTERS`.
    """
    if not text.strip():
        return [FieldViolation(name, "is empty")]
    if len(text) > MAX_TEXT_CHARACTERS:
        return [FieldViolation(name, f"is over {MAX_TEXT_CHARACTERS:,} characters")]
    return []
