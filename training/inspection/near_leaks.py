"""Frozen turns whose words stand almost alike in training: they flatter every score.

Equal words are an error of the data set, which the checks refuse; almost equal ones are for a
person to judge, since a twin with another meaning is made on purpose.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.text.fold import fold
from training.dataset import LabelledTurn
from training.near_duplicates import NearDuplicates, count_pairs, pairs_of_sounds

LEAST_LIKENESS = 0.8
"""Share of common pairs of sounds (Jaccard) from which on two texts are near-duplicates."""

LEAST_CHARACTERS = 8
"""Shorter texts are said by everybody, and their context decides."""


@dataclass(frozen=True, slots=True)
class NearLeak:
    """A frozen turn and the training turn most like it.

    Attributes:
        frozen: The frozen turn.
        training: Its near-duplicate.
        likeness: From `LEAST_LIKENESS` to 1.
    """

    frozen: LabelledTurn
    training: LabelledTurn
    likeness: float


def find_near_leaks(
    train: Sequence[LabelledTurn], frozen: Sequence[LabelledTurn]
) -> list[NearLeak]:
    """Return the frozen turns that have a near-duplicate in training, the likest first.

    Args:
        train: The training split.
        frozen: The frozen ones.
    """
    known = [turn for turn in train if _is_telling(turn)]
    sounds = [pairs_of_sounds(turn.turn.text) for turn in known]
    index = NearDuplicates(LEAST_LIKENESS, count_pairs(sounds))
    for pairs in sounds:
        index.add(pairs)
    found = []
    for turn in frozen:
        if _is_telling(turn) and (near := index.nearest(pairs_of_sounds(turn.turn.text))):
            place, likeness = near
            found.append(NearLeak(turn, known[place], likeness))
    return sorted(found, key=lambda leak: -leak.likeness)


def _is_telling(turn: LabelledTurn) -> bool:
    return len(fold(turn.turn.text).bare) >= LEAST_CHARACTERS
