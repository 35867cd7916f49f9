"""What the linear model makes of the passages of a turn, and what they say together."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from classifier.text.reading import Reading
from classifier.turns import LABELS, Label, Turn

Scores = tuple[float, float, float]
"""Probabilities in the order of `classifier.turns.LABELS`."""

_OPT_OUT, _COMPLAINT = LABELS.index(Label.OPT_OUT), LABELS.index(Label.COMPLAINT)


class Scored(Struct, frozen=True, gc=False):
    """Scores of one passage of a hypothesis and what they came from.

    Attributes:
        turn: The turn, with the passage for its text.
        start: Where the passage begins in the hypothesis.
        reading: Its features.
        outputs: Its outputs, by one reader or the other, shape (8,).
        scores: Its probabilities, by one reader or both.
    """

    turn: Turn
    start: int
    reading: Reading
    outputs: Sequence[float]
    scores: Scores

    @property
    def end(self) -> int:
        """Where the passage ends in the hypothesis."""
        return self.start + len(self.turn.text)


class FirstReading(Struct, frozen=True, gc=False):
    """What the linear model makes of a turn.

    Attributes:
        said: The text as it came.
        turn: The turn with its context and alternatives; of a letter the writer's own words.
        shares: Of the confidence, one for each text that may have been said; the turn's own text
            stands first.
        scored: What the linear model says of the passages of each.
        scores: Its answer: what the passages of each text say together, averaged by the shares.
        unsure: Whether the second reader is to be asked, which takes some milliseconds.
    """

    said: str
    turn: Turn
    shares: tuple[float, ...]
    scored: tuple[tuple[Scored, ...], ...]
    scores: Scores
    unsure: bool


def together(parts: Sequence[Scored]) -> Scores:
    """Return what passages say together: what one of them asks for, the turn asks for.

    Args:
        parts: The passages of one hypothesis.
    """
    if len(parts) == 1:
        return parts[0].scores
    opt_out = max(part.scores[_OPT_OUT] for part in parts)
    complaint = min(max(part.scores[_COMPLAINT] for part in parts), 1 - opt_out)
    return (opt_out, complaint, 1 - opt_out - complaint)


def greatest_outputs(parts: Sequence[Scored]) -> Sequence[float]:
    """Return the greatest of each output over passages, shape (8,).

    Args:
        parts: The passages of one hypothesis.
    """
    if len(parts) == 1:
        return parts[0].outputs
    greatest: list[float] = np.max([part.outputs for part in parts], axis=0).tolist()
    return greatest


def average(scores: Sequence[Scores], shares: Sequence[float]) -> Scores:
    """Return the mean of the scores of hypotheses.

    Args:
        scores: Of each.
        shares: Of each, together 1.
    """
    if len(scores) == 1:
        return scores[0]
    a, b, c = np.array(shares) @ np.array(scores)
    return (float(a), float(b), float(c))
