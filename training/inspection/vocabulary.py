"""The words of turns as numbers, and what tells two sets of turns apart by them."""

from collections.abc import Sequence

import numpy as np

from classifier.masking.mask import mask_text
from classifier.text.fold import fold
from classifier.text.words import WordCutter
from training.dictionary import build_dictionary
from training.inspection.samples import Sample

_MIN_COUNT, _MAX_CHARACTERS = 20, 4
_MOST_RISEN = 20
_RISEN_TIMES = 3.0
_LEAST_SEEN = 5


class Vocabulary:
    """All words of some turns, cut over the commoner words of jieba."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        """Cut every text once.

        Args:
            samples: Old and new.
        """
        cutter = WordCutter(build_dictionary(_MIN_COUNT, _MAX_CHARACTERS))
        number_of: dict[str, int] = {}
        rows = []
        for sample in samples:
            # A number that comes often would stand on the page as a word.
            words = cutter.cut(fold(mask_text(sample.turn.text)))
            rows.append([number_of.setdefault(word, len(number_of)) for word in words])
        self._words = list(number_of)
        self._starts = np.cumsum([0, *map(len, rows)])
        self._numbers = np.array([number for row in rows for number in row], dtype=np.int64)

    def divergence(self, old: Sequence[int], new: Sequence[int]) -> float:
        """Return the Jensen-Shannon divergence of word frequencies, base 2, from 0 to 1.

        Args:
            old: Places of samples.
            new: Places of others.
        """
        before, now = (self._shares(places) for places in (old, new))
        middle = (before + now) / 2
        return float((_relative_entropy(before, middle) + _relative_entropy(now, middle)) / 2)

    def unseen(self, old: Sequence[int], new: Sequence[int]) -> float:
        """Return the share of the new words that the old turns do not hold, from 0 to 1.

        Args:
            old: Places of samples.
            new: Places of others.
        """
        before, now = self._counts(old), self._counts(new)
        return float(now[before == 0].sum() / max(1, now.sum()))

    def risen(self, old: Sequence[int], new: Sequence[int]) -> list[tuple[str, float, float]]:
        """Return words that come at least three times as often now, those that tell most first.

        Args:
            old: Places of samples.
            new: Places of others.

        Returns:
            The word, and how often it comes in 1,000 turns before and now.
        """
        before = self._counts(old) * (1_000 / len(old))
        now = self._counts(new)
        often = now * (1_000 / len(new))
        told = often * np.log((often + 1) / (before + 1))
        fits = (now >= _LEAST_SEEN) & (often >= _RISEN_TIMES * before)
        order = np.flatnonzero(fits)[np.argsort(-told[fits], kind="stable")][:_MOST_RISEN]
        return [(self._words[i], float(before[i]), float(often[i])) for i in order]

    def _counts(self, places: Sequence[int]) -> np.ndarray:
        parts = [self._numbers[self._starts[i] : self._starts[i + 1]] for i in places]
        return np.bincount(np.concatenate(parts), minlength=len(self._words))

    def _shares(self, places: Sequence[int]) -> np.ndarray:
        counts = self._counts(places)
        shares: np.ndarray = counts / max(1, counts.sum())
        return shares


def _relative_entropy(of: np.ndarray, to: np.ndarray) -> float:
    there = of > 0
    return float((of[there] * np.log2(of[there] / to[there])).sum())
