"""Which turns sound alike, and which stand for many."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import TfidfTransformer

from classifier.text.features import FeatureExtractor
from classifier.text.fold import fold
from classifier.text.pinyin import spell
from classifier.turns import Turn

ALIKE = 0.7
"""From this share of common pairs of sounds on (Jaccard), two turns are near-duplicates."""

_SHORT_CHARACTERS = 8
_HASHED_FEATURES = 4_096
_ROUNDS = 20


class Sounds:
    """Refuses turns that sound like one that was taken before."""

    def __init__(self) -> None:
        """Begin with nothing taken."""
        self._taken: list[frozenset[str]] = []

    def take(self, turn: Turn) -> bool:
        """Take a turn unless it is a near-duplicate; say which.

        Args:
            turn: Any turn.
        """
        sounds = _pairs_of_sounds(turn)
        if any(_alike(sounds, other) for other in self._taken):
            return False
        self._taken.append(sounds)
        return True


def group_alike(
    turns: Sequence[Turn], groups: int, extractor: FeatureExtractor, seed: int
) -> list[list[int]]:
    """Return places of turns in groups by the model's features, the largest group first.

    In each group the most typical turn stands first. Features are words, characters, sounds and
    what was asked, hashed; k-means on rows weighted by rarity.

    Args:
        turns: At least one.
        groups: How many, at least 1; there may be fewer.
        extractor: Of the bundle.
        seed: Of the first centres.
    """
    names = (extractor.names(turn) for turn in turns)
    hasher = FeatureHasher(_HASHED_FEATURES, input_type="string", alternate_sign=False)
    rows = TfidfTransformer(sublinear_tf=True).fit_transform(hasher.transform(names))
    means = MiniBatchKMeans(
        min(groups, len(turns)), random_state=seed, n_init=1, max_iter=_ROUNDS, batch_size=2_048
    )
    distances = means.fit_transform(rows)
    nearest = distances.argmin(axis=1)
    found = []
    for group in range(distances.shape[1]):
        members = np.flatnonzero(nearest == group)
        order = np.argsort(distances[members, group], kind="stable")
        found.append([int(place) for place in members[order]])
    return sorted(filter(None, found), key=len, reverse=True)


def _pairs_of_sounds(turn: Turn) -> frozenset[str]:
    bare = fold(turn.text).bare or turn.text
    sounds = spell(bare)
    pairs = {a + b for a, b in pairwise(f" {sounds} ")}
    if len(bare) <= _SHORT_CHARACTERS and turn.context:
        # What a short answer means, the question decides.
        asked = spell(fold(turn.context[-1].text).bare)
        pairs |= {f"?{a}{b}" for a, b in pairwise(asked)}
    return frozenset(pairs)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    if not ALIKE <= len(one) / len(other) <= 1 / ALIKE:
        return False
    common = len(one & other)
    return common >= ALIKE * (len(one) + len(other) - common)
