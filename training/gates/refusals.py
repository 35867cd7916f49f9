"""Why a gate does not open: a reason and its figures, which a report says in several languages.

Limits and what is held against them are written in one unit, per cent of turns.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from classifier.errors import DataError
from training.gates.rules import Gate


class Reason(StrEnum):
    """What is wrong with a share."""

    BELOW = "below"
    BELOW_INTERVAL = "below_interval"
    ABOVE = "above"
    ABOVE_INTERVAL = "above_interval"
    LOSES = "loses"
    CHANCE = "chance"
    MISSES = "misses"


_MOVED = "{champion} by the champion, {now} now ({worse} turns worse, {better} better)"
_WORDS = {
    Reason.BELOW: "{value}, is below {limit}",
    Reason.BELOW_INTERVAL: "{value}, 95 % from {end}, is below {limit}",
    Reason.ABOVE: "{value}, is above {limit}",
    Reason.ABOVE_INTERVAL: "{value}, 95 % up to {end}, is above {limit}",
    Reason.LOSES: f"{_MOVED}: loses {{loss}}, may lose {{limit}}",
    Reason.CHANCE: f"{_MOVED}: p {{p}} that this is chance, below {{limit}}",
    Reason.MISSES: "misses {missed} of {turns}: {words}",
}


class EmptyGateError(DataError):
    """A gate measures no turn at all."""

    def __init__(self, path: Path, gate: Gate) -> None:
        """Take what a report says in several languages.

        Args:
            path: The file of gates.
            gate: Which.
        """
        fields = ", ".join(("measure", *gate.where))
        problem = f"no turn of {gate.split} is looked at by its {fields}; mend the gate"
        super().__init__(f"{path}: gate {gate.name}: {problem}")
        self.gate = gate.name
        self.split = gate.split


@dataclass(frozen=True, slots=True)
class Refusal:
    """One bound that a share does not keep.

    Attributes:
        reason: What is wrong.
        figures: Name -> figure or words as they are shown.
    """

    reason: Reason
    figures: dict[str, str]

    def __str__(self) -> str:
        """Return it in English."""
        return _WORDS[self.reason].format(**self.figures)


def percent(share: float) -> str:
    """Return a share as it is shown, such as ``0.57 %``.

    Args:
        share: From 0 to 1.
    """
    return f"{100 * share:.2f} %"


def percent_limit(share: float) -> str:
    """Return a limit as short as it was written, such as ``0.6 %``.

    Args:
        share: From 0 to 1.
    """
    return f"{100 * share:g} %"


def chance(p: float) -> str:
    """Return a probability as it is shown, such as ``.031``; none is shown as zero.

    Args:
        p: From 0 to 1.
    """
    return "< .001" if p < 0.001 else f"{p:.3f}".lstrip("0")
