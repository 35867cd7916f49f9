"""Frozen turns whose words stand almost alike in training: they flatter every score.

Equal words are an error of the data set, which the checks refuse; almost equal ones are for a
person to judge, since a twin with another meaning is made on purpose.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from classifier.text.fold import fold
from classifier.text.pinyin import spell
from training.dataset import LabelledTurn

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

    Two sets with a Jaccard index of t or more share one of the rarest (1 - t) of the members of
    each (prefix filtering, Chaudhuri, Ganti and Kaushik 2006), so few pairs are compared.

    Args:
        train: The training split.
        frozen: The frozen ones.
    """
    known, asked = _pairs_of_sounds(train), _pairs_of_sounds(frozen)
    rarity = Counter(pair for pairs in known.values() for pair in pairs)
    places: dict[str, list[int]] = defaultdict(list)
    for place, pairs in known.items():
        for pair in _rarest(pairs, rarity):
            places[pair].append(place)
    found = []
    for place, pairs in asked.items():
        near = {other for pair in _rarest(pairs, rarity) for other in places.get(pair, ())}
        likest = max(((_jaccard(pairs, known[o]), -o) for o in near), default=(0.0, 0))
        if likest[0] >= LEAST_LIKENESS:
            found.append(NearLeak(frozen[place], train[-likest[1]], likest[0]))
    return sorted(found, key=lambda leak: -leak.likeness)


def _pairs_of_sounds(turns: Sequence[LabelledTurn]) -> dict[int, frozenset[str]]:
    found = {}
    for place, turn in enumerate(turns):
        bare = fold(turn.turn.text).bare
        if len(bare) >= LEAST_CHARACTERS:
            found[place] = frozenset(a + b for a, b in pairwise(spell(bare)))
    return found


def _rarest(pairs: frozenset[str], rarity: Mapping[str, int]) -> Iterator[str]:
    ordered = sorted(pairs, key=lambda pair: (rarity[pair], pair))
    yield from ordered[: len(ordered) - int(LEAST_LIKENESS * len(ordered) - 1e-9)]


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common)
