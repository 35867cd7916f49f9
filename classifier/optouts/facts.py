"""What a record may tell in the open about how an opt-out came: never a number, never a text."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

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
    """Return the facts of a record; names that are not ours are passed over.

    Args:
        facts: From `Facts.to_json`, or made by somebody else.
    """
    known = {name: facts[name] for name in Facts.__dataclass_fields__ if name in facts}
    scores = facts.get("scores")
    if scores:
        known["scores"] = tuple(scores[label] for label in LABELS)
    return Facts(**known)
