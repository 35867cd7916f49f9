"""The nouns: a turn, its context, and what is predicted of it.

They are made for every turn, so they are msgspec's structs: like a frozen dataclass with slots, but
made in a tenth of the time, read from JSON as they stand, and nothing for the garbage collector.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import force_setattr

from classifier.errors import FieldViolation, InvalidTurnError

MAX_TEXT_CHARACTERS = 10_000
"""Longest text of a turn, context turn or alternative, in Unicode code points."""

MAX_CONTEXT_TURNS = 100
"""Most context turns that one turn may carry."""

MAX_ALTERNATIVES = 20
"""Most recogniser alternatives of one turn; together they may be as long as one text."""


class Channel(StrEnum):
    """How the turn reached us."""

    VOICE = "voice"
    CHAT = "chat"
    SMS = "sms"
    EMAIL = "email"
    WEB = "web"


class Speaker(StrEnum):
    """Who said a context turn."""

    BOT = "bot"
    USER = "user"
    AGENT = "agent"


class Label(StrEnum):
    """What a turn is. The order of the members is the order of every score vector."""

    OPT_OUT = "opt_out"
    COMPLAINT = "complaint"
    NORMAL = "normal"


LABELS: tuple[Label, ...] = tuple(Label)


class Reason(StrEnum):
    """Why the subject objects. The order of the members is the order of the reason scores."""

    HARASSMENT = "harassment"
    PRIVACY = "privacy"
    SERVICE_QUALITY = "service_quality"
    LEGAL = "legal"


REASONS: tuple[Reason, ...] = tuple(Reason)


class Action(StrEnum):
    """What the bot should do next."""

    CONTINUE = "continue"
    CLARIFY = "clarify"
    STOP = "stop"
    HANDOFF = "handoff"


class ContextTurn(Struct, frozen=True, gc=False):
    """An earlier turn of the same conversation."""

    speaker: Speaker
    text: str


class Alternative(Struct, frozen=True, gc=False):
    """One hypothesis of the speech recogniser.

    Attributes:
        text: What was heard.
        confidence: The recogniser's own, from 0 (a guess) to 1 (certain).
    """

    text: str
    confidence: float


class Turn(Struct, frozen=True, gc=False):
    """One turn of the subject, to be classified in its context.

    Attributes:
        text: What the subject said or wrote, 1 to `MAX_TEXT_CHARACTERS` code points.
        channel: How it reached us.
        context: Earlier turns, oldest first, at most `MAX_CONTEXT_TURNS`.
        alternatives: Other recogniser hypotheses of the same turn, at most `MAX_ALTERNATIVES`.
    """

    text: str
    channel: Channel = Channel.VOICE
    context: tuple[ContextTurn, ...] = ()
    alternatives: tuple[Alternative, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a turn that breaks a limit.

        Raises:
            InvalidTurnError: The text is empty, a limit is passed, a confidence is not in [0, 1] or
                something is of another type.
        """
        # Nearly always all texts together keep the limits of one, which is asked once for all.
        try:
            said, doubtful = self.text, not self.text.strip() or type(self.channel) is not Channel
            if len(self.context) <= MAX_CONTEXT_TURNS:
                for earlier in self.context:
                    said += earlier.text
                    doubtful |= type(earlier.speaker) is not Speaker
                sound = not (doubtful or self.alternatives != () or _problem_of(said))
            else:
                sound = False
        except (AttributeError, TypeError):
            sound = False
        if not sound:
            self._refuse_broken()

    @property
    def is_reply(self) -> bool:
        """Whether anything was said to the subject before."""
        return any(earlier.speaker is not Speaker.USER for earlier in self.context)

    def _refuse_broken(self) -> None:
        violations: list[FieldViolation] = []
        if isinstance(self.text, str) and not self.text.strip():
            violations.append(FieldViolation("text", "is empty; send what the subject said"))
        elif problem := _problem_of(self.text):
            violations.append(FieldViolation("text", problem))
        if problem := _made_member(self, "channel", Channel):
            violations.append(FieldViolation("channel", problem))
        violations += _context_violations(self.context)
        violations += _alternatives_violations(self.alternatives)
        if violations:
            raise InvalidTurnError(violations)


def context_problem(turns: int) -> str:
    """Return what is wrong with so many context turns, or an empty string.

    Args:
        turns: How many.
    """
    if turns <= MAX_CONTEXT_TURNS:
        return ""
    return f"has {turns} turns; at most {MAX_CONTEXT_TURNS}, send the latest"


def alternatives_problem(alternatives: int) -> str:
    """Return what is wrong with so many alternatives, or an empty string.

    Args:
        alternatives: How many.
    """
    if alternatives <= MAX_ALTERNATIVES:
        return ""
    return f"has {alternatives} entries; at most {MAX_ALTERNATIVES}"


def _context_violations(context: Sequence[object]) -> list[FieldViolation]:
    if not isinstance(context, tuple | list):
        return [FieldViolation("context", "must be a tuple of ContextTurn")]
    violations: list[FieldViolation] = []
    if problem := context_problem(len(context)):
        violations.append(FieldViolation("context", problem))
    for i, earlier in enumerate(context):
        if not isinstance(earlier, ContextTurn):
            violations.append(FieldViolation(f"context[{i}]", "must be a ContextTurn"))
            continue
        if problem := _made_member(earlier, "speaker", Speaker):
            violations.append(FieldViolation(f"context[{i}].speaker", problem))
        if problem := _problem_of(earlier.text):
            violations.append(FieldViolation(f"context[{i}].text", problem))
    return violations


def _alternatives_violations(alternatives: Sequence[object]) -> list[FieldViolation]:
    if not isinstance(alternatives, tuple | list):
        return [FieldViolation("alternatives", "must be a tuple of Alternative")]
    violations: list[FieldViolation] = []
    if problem := alternatives_problem(len(alternatives)):
        violations.append(FieldViolation("alternatives", problem))
    texts = [getattr(alternative, "text", None) for alternative in alternatives]
    if sum(len(text) for text in texts if isinstance(text, str)) > MAX_TEXT_CHARACTERS:
        problem = f"have more than {MAX_TEXT_CHARACTERS:,} characters together"
        violations.append(FieldViolation("alternatives", problem))
    for i, alternative in enumerate(alternatives):
        if not isinstance(alternative, Alternative):
            violations.append(FieldViolation(f"alternatives[{i}]", "must be an Alternative"))
            continue
        if problem := _problem_of(alternative.text):
            violations.append(FieldViolation(f"alternatives[{i}].text", problem))
        if not _is_share(alternative.confidence):
            name = f"alternatives[{i}].confidence"
            violations.append(FieldViolation(name, "must be a number from 0 to 1"))
    return violations


def _made_member(owner: Struct, field: str, kind: type[StrEnum]) -> str:
    """Put the member in the place of its name; return what is wrong where it is none's.

    The name would pass for the member in some places and not in others.
    """
    try:
        force_setattr(owner, field, kind(getattr(owner, field)))
    except ValueError:
        return f"must be a {kind.__name__}: {', '.join(kind)}"
    return ""


def _is_share(number: float) -> bool:
    try:
        return 0 <= number <= 1
    except TypeError:
        return False


def _problem_of(text: object) -> str:
    if not isinstance(text, str):
        return "must be a string"
    if len(text) > MAX_TEXT_CHARACTERS:
        return f"has {len(text):,} characters; at most {MAX_TEXT_CHARACTERS:,}"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half a surrogate pair; send valid Unicode"
    return ""


class EvidenceSpan(Struct, frozen=True, gc=False):
    """A part of the turn's text that carried the decision; all of it where something else did.

    Attributes:
        start: First code point of the span, counted from 0.
        end: One past the last code point.
        text: ``turn.text[start:end]``.
        weight: Share of the decision that the span carried, above 0 and at most 1.
    """

    start: int
    end: int
    text: str
    weight: float


class Prediction(Struct, frozen=True, gc=False):
    """What the service says of one turn.

    Attributes:
        label: The one label, by the thresholds of the bundle.
        scores: Calibrated probability of each label in the order of `LABELS`; they sum to 1.
        also_complaint: For an opt_out only: it would be a complaint too without the request.
        reasons: Why the subject objects, where the turn says so.
        action: What the bot should do next.
        needs_review: True where a person should look at the turn.
        evidence: The spans that decided, in the order of the text; empty for a plain normal.
        rule: Name of the floor rule that decided, or an empty string.
        model_version: Version of the bundle that answered.
        second_reading: True where the second reader was asked.
    """

    label: Label
    scores: tuple[float, float, float]
    action: Action
    model_version: str
    also_complaint: bool = False
    reasons: tuple[Reason, ...] = ()
    needs_review: bool = False
    evidence: tuple[EvidenceSpan, ...] = ()
    rule: str = ""
    second_reading: bool = False
