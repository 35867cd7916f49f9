"""Chooses what of a long or many-voiced turn the second reader reads, to bound its time."""

from collections.abc import Callable, Sequence

from msgspec import structs

from classifier.text.characters import CONTEXT_CHARACTERS, ROW_CHARACTERS
from classifier.turns import Turn

EXCERPT_CHARACTERS = 192
"""A text longer than a row is read in excerpts of this length, each half over the one before."""

LEAST_COST = 500.0
"""What may be spent on any turn: some 27 ms on one core.

A row of n characters costs n + n²/400, each of that about .053 ms (measured from 14 to 480
characters): a short hypothesis with its context 150, an excerpt without context 300.
"""

COST_PER_CHARACTER = 0.4
"""What may be spent on a long turn: some 21 ms for each thousand characters that came."""

_ROW_CHARACTERS_BESIDE = 8  # what a row costs beside its text and context, in characters
_SQUARE_SHARE = 400


def choose_excerpts(
    hypotheses: Sequence[tuple[Turn, float]], suspicion: Callable[[Turn], float]
) -> list[list[Turn]]:
    """Return for each hypothesis what of it is to be read, which may be nothing.

    What the first reader finds most suspicious is read first, until the time is used up. There is
    time for the whole of any turn of up to `ROW_CHARACTERS` characters.

    Args:
        hypotheses: Each text that may have been said, with its share of the confidence.
        suspicion: The first reader's probability that a turn is not normal.

    Returns:
        Lists in the order of the hypotheses; the turns in them are excerpts with the same context.
    """
    excerpts = [
        (number, turn, share)
        for number, (whole, share) in enumerate(hypotheses)
        for turn in _excerpts(whole)
    ]
    chosen: list[list[Turn]] = [[] for _hypothesis in hypotheses]
    came = sum(len(turn.text) for turn, _share in hypotheses)
    left = max(LEAST_COST, COST_PER_CHARACTER * came)
    if sum(_cost(turn) for _number, turn, _share in excerpts) > left:
        excerpts.sort(key=lambda excerpt: -excerpt[2] * suspicion(excerpt[1]))
    for number, turn, _share in excerpts:
        left -= _cost(turn)
        if left < 0 and any(chosen):
            break
        chosen[number].append(turn)
    return chosen


def _excerpts(turn: Turn) -> list[Turn]:
    text, size = turn.text, EXCERPT_CHARACTERS
    if len(text) <= ROW_CHARACTERS:
        return [turn]
    starts = [*range(0, len(text) - size, size // 2), len(text) - size]
    texts = [text[start : start + size] for start in starts]
    return [structs.replace(turn, text=part, alternatives=()) for part in texts if part.strip()]


def _cost(turn: Turn) -> float:
    context = sum(len(earlier.text) for earlier in turn.context)
    length = len(turn.text) + min(context, CONTEXT_CHARACTERS) + _ROW_CHARACTERS_BESIDE
    return length + length**2 / _SQUARE_SHARE
