"""Which texts are nearly the same to the ear, found without comparing every pair.

A text is the set of its pairs of neighbouring fuzzy sounds, so that 在打 and 再打 are one. Two sets
with a Jaccard index of t or more share a member of the first (1 - t) of each, in whatever fixed
order (prefix filtering, Chaudhuri, Ganti and Kaushik 2006); in an order of rarity few others do.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from classifier.text.fold import fold
from classifier.text.pinyin import spell

Pairs = frozenset[str]
"""Of neighbouring sounds, two characters each."""


def pairs_of_sounds(text: str) -> Pairs:
    """Return the pairs of neighbouring sounds of a text; of one sound that alone.

    Args:
        text: Any; one without letters is taken as it stands.
    """
    sounds = spell(fold(text).bare or text)
    return frozenset(a + b for a, b in pairwise(sounds)) or frozenset((sounds,))


def likeness(one: Pairs, other: Pairs) -> float:
    """Return the Jaccard index of two sets, from 0 (nothing in common) to 1.

    Args:
        one: Not empty.
        other: Not empty.
    """
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def count_pairs(sets: Iterable[Pairs]) -> Counter[str]:
    """Return pair -> in how many sets it is, by which an index tells what is rare.

    Args:
        sets: Any.
    """
    return Counter(pair for pairs in sets for pair in pairs)


class NearDuplicates:
    """An index of sets that finds the one most like another."""

    def __init__(self, least: float, counts: Mapping[str, int]) -> None:
        """Begin empty.

        Args:
            least: From which likeness on two are near-duplicates, above 0.
            counts: From `count_pairs`, of much the same texts; it makes the index fast, not right.
        """
        self._least = least
        self._counts = counts
        self._sets: list[Pairs] = []
        self._places: dict[str, list[int]] = defaultdict(list)

    def add(self, pairs: Pairs) -> None:
        """Take a set in; its number is how many were there before.

        Args:
            pairs: Not empty.
        """
        for pair in self._rarest(pairs):
            self._places[pair].append(len(self._sets))
        self._sets.append(pairs)

    def nearest(self, pairs: Pairs) -> tuple[int, float] | None:
        """Return number and likeness of the nearest near-duplicate; None where there is none.

        Args:
            pairs: Not empty.
        """
        near = {place for pair in self._rarest(pairs) for place in self._places.get(pair, ())}
        best = max(((likeness(pairs, self._sets[p]), -p) for p in near), default=(0.0, 0))
        return (-best[1], best[0]) if best[0] >= self._least else None

    def _rarest(self, pairs: Pairs) -> list[str]:
        ordered = sorted(pairs, key=lambda pair: (self._counts.get(pair, 0), pair))
        return ordered[: len(ordered) - int(self._least * len(ordered) - 1e-9)]
