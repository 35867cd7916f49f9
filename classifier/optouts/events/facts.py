"""What a record may tell in the open about how an opt-out came: never a number, never a text."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from classifier.errors import FieldViolation
from classifier.optouts.records import MAX_NAME_CHARACTERS
from classifier.turns import LABELS


@dataclass(frozen=True, slots=True)
class Facts:
    """References and figures around an opt-out; what is unknown is left empty.

    Attributes:
        caller: The bot that had made the contact.
        campaign: Under which campaign.
        purpose: To what purpose.
        call_reference: The call, message or letter in the sender's own system.
        conversation_id: The conversation.
        turn_id: The turn.
        label: What the classifier said, a `turns.Label`.
        also_complaint: Whether it heard a complaint too.
        scores: Its probability of each label in the order of `LABELS`, or none.
        model_version: Which model it was.
        rule: The rule of the floor that decided.
        legal_basis: The policy's name of what lets the opt-out end.
        until_us: When it is to end, microseconds since 1970; 0 for never.
    """

    caller: str = ""
    campaign: str = ""
    purpose: str = ""
    call_reference: str = ""
    conversation_id: str = ""
    turn_id: str = ""
    label: str = ""
    also_complaint: bool = False
    scores: tuple[float, ...] = ()
    model_version: str = ""
    rule: str = ""
    legal_basis: str = ""
    until_us: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the facts that are known, as `OptOutRequest.facts` holds them."""
        known = {name: value for name, value in asdict(self).items() if value}
        if self.scores:
            known["scores"] = dict(zip(LABELS, self.scores, strict=True))
        return known


def facts_from_json(facts: Mapping[str, Any]) -> Facts:
    """Return the facts of a record; what is not ours, or of another type, is passed over.

    Args:
        facts: From `Facts.to_json`, or made by somebody else.
    """
    known = {name: facts[name] for name, kind in _TYPES.items() if type(facts.get(name)) is kind}
    return Facts(**known, scores=_scores(facts.get("scores")))


def fact_violations(facts: Mapping[str, Any]) -> list[FieldViolation]:
    """Return what is wrong with facts that somebody else made; names that are not ours are free.

    Args:
        facts: Texts of at most `MAX_NAME_CHARACTERS` characters that print; scores from 0 to 1.
    """
    found = {name: _problem(facts[name], kind) for name, kind in _TYPES.items() if name in facts}
    if "scores" in facts:
        valid = bool(_scores(facts["scores"]))
        found["scores"] = "" if valid else f"must hold {', '.join(LABELS)}, each from 0 to 1"
    return [FieldViolation(f"facts.{name}", problem) for name, problem in found.items() if problem]


def sound_scores(scores: Sequence[object]) -> tuple[float, ...]:
    """Return scores as they are; none at all where one is no number from 0 to 1, such as NaN.

    Args:
        scores: In the order of `LABELS`.
    """
    # Others write 0 and 1 as whole numbers; larger ones may be too large for a float.
    sound = all((isinstance(one, float) and 0 <= one <= 1) or one in (0, 1) for one in scores)
    return tuple(float(one) for one in scores) if sound else ()  # type: ignore[arg-type]


_TYPES = {one.name: type(one.default) for one in fields(Facts) if one.name != "scores"}
_WORDS = {str: "text", bool: "true or false", int: "a whole number"}


def _scores(value: object) -> tuple[float, ...]:
    """Return the score of each label; none at all where one is missing or is not from 0 to 1."""
    if not isinstance(value, Mapping):
        return ()
    return sound_scores([value.get(label) for label in LABELS])


def _problem(value: object, kind: type) -> str:
    if type(value) is not kind:
        return f"must be {_WORDS[kind]}"
    if isinstance(value, str):
        if len(value) > MAX_NAME_CHARACTERS:
            return f"is over {MAX_NAME_CHARACTERS} characters"
        return "" if value.isprintable() else "holds control characters"
    return "is negative" if isinstance(value, int) and value < 0 else ""
