"""How far new turns are from those that were there, measure by measure.

Shares of few values are compared by the population stability index (PSI), words by the
Jensen-Shannon divergence (JSD, base 2). Both are 0 for the same shares. As small sets differ by
chance, each figure stands beside what whole groups drawn at random from the old turns give.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from training.inspection.samples import MEASURES, Sample, shares
from training.inspection.vocabulary import Vocabulary
from training.stability_index import stability_index

PSI_LIMITS = (0.1, 0.25)
"""From where on a shift is worth a look, and from where on it is large, by the usual reading."""

JSD_ABOVE_CHANCE = (0.0, 0.1)
"""The same for words, above what chance gives, since rare words alone make small sets differ.

Here files of the same language lie up to .07 above it, Hong Kong's .25.
"""

UNSEEN_LIMITS = (0.05, 0.15)
"""The same for the share of words that were not there before."""

DRAWS = 20
"""Random sets that say what chance gives; the second largest of them is the limit (95 %)."""

_LEAST_TURNS = 20
_SEED = 0


class ShiftVerdict(StrEnum):
    """What is to be made of a measure."""

    SAME = "same"
    LOOK = "look"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class DatasetShift:
    """One measure.

    Attributes:
        name: Of `MEASURES`, or ``vocabulary`` or ``unseen_words``.
        statistic: ``PSI``, ``JSD`` or ``share``.
        value: The figure, 0 or more.
        by_chance: What 95 % of random sets of the same size stay within.
        limits: From where on it is worth a look, and large.
        verdict: Above a limit and above chance.
        old: Value -> count among the old turns; empty for words.
        new: Value -> count among the new turns.
    """

    name: str
    statistic: str
    value: float
    by_chance: float
    limits: tuple[float, float]
    verdict: ShiftVerdict
    old: dict[str, int]
    new: dict[str, int]


@dataclass(frozen=True, slots=True)
class DatasetDrift:
    """The comparison.

    Attributes:
        old_turns: How many were there.
        new_turns: How many are new.
        shifts: Measure by measure.
        risen: Words that are much more frequent now: word, times per 1,000 turns before and now.
    """

    old_turns: int
    new_turns: int
    shifts: list[DatasetShift]
    risen: list[tuple[str, float, float]]

    @property
    def moved(self) -> list[DatasetShift]:
        """The measures that are worth a look or more."""
        return [shift for shift in self.shifts if shift.verdict is not ShiftVerdict.SAME]


def compare(old: Sequence[Sample], new: Sequence[Sample]) -> DatasetDrift | None:
    """Hold new turns against old ones; None where either are too few to say anything.

    A measure counts the turns that tell it, and is left out where they are too few.

    Args:
        old: Those that were there.
        new: Others.
    """
    if min(len(old), len(new)) < _LEAST_TURNS:
        return None
    draws_of = cache(lambda size: _draw_groups(old, min(size, len(old) // 2)))
    shifts = []
    for name, value_of in MEASURES.items():
        come = [value_of(sample) for sample in new if name not in sample.untold]
        if len(come) >= _LEAST_TURNS:
            known = [value_of(sample) for sample in old]
            shifts.append(_share_shift(name, known, come, draws_of(len(come))))
    draws = draws_of(len(new))
    words = Vocabulary([*old, *new])
    here, there = range(len(old), len(old) + len(new)), range(len(old))
    shifts += [
        _word_shift(words, there, here, draws),
        _unseen_shift(words, there, here, draws),
    ]
    return DatasetDrift(len(old), len(new), shifts, words.risen(there, here))


def _share_shift(
    name: str, old: Sequence[str], new: Sequence[str], draws: Sequence[Sequence[int]]
) -> DatasetShift:
    before, now = shares(old), shares(new)
    values = list(before | now)
    drawn = []
    for draw in draws:
        part = Counter(old[i] for i in draw)
        rest = [before.get(value, 0) - part[value] for value in values]
        drawn.append(stability_index(rest, [part[value] for value in values]))
    figure = stability_index([before.get(v, 0) for v in values], [now.get(v, 0) for v in values])
    return _shift(name, "PSI", figure, drawn, PSI_LIMITS, before, now)


def _word_shift(
    words: Vocabulary, old: Sequence[int], new: Sequence[int], draws: Sequence[Sequence[int]]
) -> DatasetShift:
    drawn = [words.divergence(_without(old, draw), draw) for draw in draws]
    look, large = (_by_chance(drawn) + above for above in JSD_ABOVE_CHANCE)
    figure = words.divergence(old, new)
    return _shift("vocabulary", "JSD", figure, drawn, (look, large), {}, {})


def _unseen_shift(
    words: Vocabulary, old: Sequence[int], new: Sequence[int], draws: Sequence[Sequence[int]]
) -> DatasetShift:
    drawn = [words.unseen(_without(old, draw), draw) for draw in draws]
    figure = words.unseen(old, new)
    return _shift("unseen_words", "share", figure, drawn, UNSEEN_LIMITS, {}, {})


def _without(places: Sequence[int], others: Sequence[int]) -> list[int]:
    left_out = set(others)
    return [place for place in places if place not in left_out]


def _by_chance(drawn: Sequence[float]) -> float:
    return sorted(drawn)[-2]


def _shift(
    name: str,
    statistic: str,
    value: float,
    drawn: Sequence[float],
    limits: tuple[float, float],
    old: dict[str, int],
    new: dict[str, int],
) -> DatasetShift:
    by_chance = _by_chance(drawn)
    look, large = limits
    verdict = ShiftVerdict.SAME
    if value > by_chance and value >= look:
        verdict = ShiftVerdict.LARGE if value >= large else ShiftVerdict.LOOK
    return DatasetShift(name, statistic, value, by_chance, limits, verdict, old, new)


def _draw_groups(samples: Sequence[Sample], size: int) -> list[list[int]]:
    """Return places of samples in random sets of whole groups, each of about a size."""
    groups: dict[str, list[int]] = {}
    for place, sample in enumerate(samples):
        groups.setdefault(sample.group, []).append(place)
    drawer = random.Random(_SEED)  # ruff: ignore[suspicious-non-cryptographic-random-usage]
    names = list(groups)
    draws = []
    for _draw in range(DRAWS):
        drawer.shuffle(names)
        places: list[int] = []
        for name in names:
            if len(places) >= size:
                break
            if len(places) + len(groups[name]) < len(samples):  # a rest to hold it against
                places += groups[name]
        draws.append(places)
    return draws
