"""A review, and what a person decides about it."""

from dataclasses import dataclass, field

from classifier.errors import FieldViolation, InvalidRequestError
from classifier.optouts.derived.review_queue import DECIDED, ReviewState, Verdict
from classifier.optouts.records import MAX_REASON_CHARACTERS, Scope, name_violations
from classifier.turns import Label


@dataclass(frozen=True, slots=True)
class Review:
    """A doubtful turn that a person should look at.

    Attributes:
        record_id: Of the opt-out that it is about; names the review.
        tenant: Whose.
        subject_id: The subject, by a number that says nothing about it.
        risk: From 0 to 1; the queue is ordered by it.
        state: Whether it waits.
        opened_us: When, microseconds since 1970.
        due_us: By when it should be decided.
        claimed_by: Who has it to themselves just now, or empty.
        claimed_until_us: When that lapses; 0 where nobody has it.
        verdict: What was decided, or None.
        resolved_us: When; 0 before.
        resolved_by: Who decided.
        etag: Changes with every change.
    """

    record_id: int
    tenant: str
    subject_id: int
    risk: float
    state: ReviewState
    opened_us: int
    due_us: int
    claimed_by: str
    claimed_until_us: int
    verdict: Verdict | None
    resolved_us: int
    resolved_by: str
    etag: int


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """What a person decides about a review.

    Attributes:
        tenant: Whose review.
        request_id: Makes a repeat harmless.
        actor: Who decides.
        record_id: The review.
        verdict: One of `DECIDED`.
        etag: Of the review as it was read.
        note: Why; needed for a false alarm; kept encrypted.
        scope: The narrower scope, with `Verdict.NARROW` alone.
        label: With `Verdict.FALSE_ALARM`: complaint, which gets a case, or normal.
    """

    tenant: str
    request_id: str
    actor: str
    record_id: int
    verdict: Verdict
    etag: int
    note: str = field(default="", repr=False)
    scope: Scope | None = None
    label: Label = Label.NORMAL

    def __post_init__(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            InvalidRequestError: A name, the note, scope or label is missing or out of place.
        """
        found = [
            *name_violations("request_id", self.request_id),
            *name_violations("actor", self.actor),
        ]
        if self.verdict not in DECIDED:
            found.append(FieldViolation("verdict", "must be confirm, false_alarm or narrow"))
        if self.verdict is Verdict.FALSE_ALARM and not self.note.strip():
            found.append(FieldViolation("note", "is empty; a release needs a reason"))
        if len(self.note) > MAX_REASON_CHARACTERS:
            found.append(FieldViolation("note", f"is over {MAX_REASON_CHARACTERS:,} characters"))
        if (self.scope is not None) != (self.verdict is Verdict.NARROW):
            found.append(FieldViolation("scope", "belongs to the verdict narrow, and only to it"))
        if self.verdict is Verdict.FALSE_ALARM and self.label is Label.OPT_OUT:
            found.append(FieldViolation("label", "must be complaint or normal for a false alarm"))
        if found:
            raise InvalidRequestError(found)
