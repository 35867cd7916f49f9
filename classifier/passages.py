"""Cuts long turns into passages, and chooses what of a turn the second reader reads."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from unicodedata import normalize

from classifier.text.characters import CONTEXT_CHARACTERS, ROW_CHARACTERS
from classifier.turns import Turn

PASSAGE_CHARACTERS = 96
"""A longer text, such as one real turn in two thousand, is read in passages of so much too."""

LEAST_COST = 500.0
"""What may be spent on any turn: some 27 ms on one core, and on a long one that asks for a stop as
much again, to hear it out.

A row of n characters costs n + n²/400, each of that about .053 ms (measured from 14 to 480
characters): a short hypothesis with its context 150, a passage without context 130.
"""

COST_PER_CHARACTER = 0.4
"""What may be spent on a long turn: some 21 ms for each thousand characters that came."""

_STEP = PASSAGE_CHARACTERS * 2 // 3  # the next passage begins about here: a third is read twice
_CLAUSE_END = re.compile(r"[\s,.;:!?，。、；：！？…]+")
_AROUND, _LAST_WORDS = 32, 40  # characters to either side of a place, and of the end, at least
_CLAUSE = 16  # and as many more where a clause begins or ends there
_ROW_CHARACTERS_BESIDE = 8  # what a row costs beside its text and context, in characters
_SQUARE_SHARE = 400


def hypotheses(turn: Turn) -> dict[str, float]:
    """Return each text that may have been said, the turn's own first, with its share.

    Args:
        turn: With its alternatives.
    """
    heard: dict[str, float] = {}
    for alternative in turn.alternatives:  # some recognisers cut one text in two ways
        if text := alternative.text.strip():
            heard[text] = heard.get(text, 0.0) + alternative.confidence
    confidence = {turn.text: heard.pop(turn.text.strip(), 1.0), **heard}
    total = sum(confidence.values())
    if total == 0:
        return {turn.text: 1.0}
    return {text: weight / total for text, weight in confidence.items()}


def cut_passages(text: str) -> list[tuple[int, str]]:
    """Return the parts of a text that are read by themselves, with their places.

    One sentence can decide a turn, and neither reader has learnt from long ones: what is said
    around a request drowns it. A text of at most `ROW_CHARACTERS` is read whole too. Passages end
    and begin between clauses where there are any, and overlap, so that each sentence stands whole
    in one.

    Args:
        text: Of a turn, not blank.

    Returns:
        Start and text of each, the whole first; none is blank.
    """
    whole = [(0, text)] if len(text) <= ROW_CHARACTERS else []
    if len(text) <= PASSAGE_CHARACTERS:
        return whole
    ends = [found.end() for found in _CLAUSE_END.finditer(text)]
    found, start = whole, 0
    while True:
        end = _cut(ends, start + _STEP, start + PASSAGE_CHARACTERS, len(text))
        if text[start:end].strip():
            found.append((start, text[start:end]))
        if end == len(text):
            return found
        start = _cut(ends, start + _STEP // 2, start + _STEP, len(text))


def with_last_words(text: str, middle: int) -> str:
    """Return what stands around a place of a text, and the text's last words.

    Args:
        text: Longer than `PASSAGE_CHARACTERS`.
        middle: The place.
    """
    ends, length = [found.end() for found in _CLAUSE_END.finditer(text)], len(text)
    start = max(0, _cut(ends, middle - _AROUND - _CLAUSE, middle - _AROUND, length))
    end = _cut(ends, middle + _AROUND, middle + _AROUND + _CLAUSE, length)
    last = _cut(ends, length - _LAST_WORDS - _CLAUSE, length - _LAST_WORDS, length)
    return text[start:] if end >= last else f"{text[start:end]} {text[last:]}"


def _cut(clause_ends: Sequence[int], least: int, most: int, length: int) -> int:
    """Return the last end of a clause from least to most; most where there is none."""
    if most >= length:
        return length
    place = bisect_right(clause_ends, most) - 1
    return clause_ends[place] if place >= 0 and clause_ends[place] >= least else most


def choose_readings(candidates: Sequence[tuple[Turn, float]], came: int) -> list[int]:
    """Return the places of those that are read a second time, the most suspicious first.

    There is time for the whole of any turn of up to `ROW_CHARACTERS` characters.

    Args:
        candidates: Turns of at most `ROW_CHARACTERS`, and how suspicious the first reader finds
            each.
        came: Characters of all texts that came.
    """
    order = sorted(range(len(candidates)), key=lambda i: -candidates[i][1])
    left = max(LEAST_COST, COST_PER_CHARACTER * came)
    chosen: list[int] = []
    for i in order:
        left -= _cost(candidates[i][0])
        if left < 0 and chosen:
            break
        chosen.append(i)
    return chosen


def _cost(turn: Turn) -> float:
    context = sum(len(earlier.text) for earlier in turn.context)
    text = min(len(normalize("NFKC", turn.text)), ROW_CHARACTERS)  # some characters stand for many
    length = text + min(context, CONTEXT_CHARACTERS) + _ROW_CHARACTERS_BESIDE
    return length + length**2 / _SQUARE_SHARE
