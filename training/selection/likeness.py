"""Which turns sound alike, and which stand for many."""

from collections.abc import Iterable, Sequence

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import TfidfTransformer

from classifier.text.features import FeatureExtractor
from classifier.turns import Turn
from training.dataset import SHORT_CHARACTERS
from training.near_duplicates import NearDuplicates, Pairs, count_pairs, pairs_of_sounds

ALIKE = 0.8
"""From this share of common pairs of sounds on (Jaccard), two turns are near-duplicates."""

_HASHED_FEATURES = 4_096
_ROUNDS = 20


class Sounds:
    """Refuses turns that sound like one that was taken before."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        """Begin with nothing taken.

        Args:
            turns: Those that may be, for what is rare among them.
        """
        counts = count_pairs(map(_sounds_of, turns))
        self._taken = NearDuplicates(ALIKE, counts)

    def take(self, turn: Turn) -> bool:
        """Take a turn unless it is a near-duplicate; say which.

        Args:
            turn: Any turn.
        """
        sounds = _sounds_of(turn)
        if self._taken.nearest(sounds) is not None:
            return False
        self._taken.add(sounds)
        return True


def group_alike(
    turns: Sequence[Turn],
    weights: Sequence[float],
    groups: int,
    extractor: FeatureExtractor,
    seed: int,
) -> list[list[int]]:
    """Return places of turns in groups by the model's features, the largest group first.

    In each group the most typical turn stands first. Features are words, characters, sounds and
    what was asked, hashed; k-means on rows weighted by rarity.

    Args:
        turns: At least one.
        weights: How much each draws the centres to itself, above 0.
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
    means.fit(rows, sample_weight=np.array(weights))
    distances = means.transform(rows)
    nearest = distances.argmin(axis=1)
    found = []
    for group in range(distances.shape[1]):
        members = np.flatnonzero(nearest == group)
        order = np.argsort(distances[members, group], kind="stable")
        found.append([int(place) for place in members[order]])
    return sorted(filter(None, found), key=len, reverse=True)


def _sounds_of(turn: Turn) -> Pairs:
    if len(turn.text) > SHORT_CHARACTERS or not turn.context:
        return pairs_of_sounds(turn.text)
    # What a short answer means, the question decides.
    asked = {f"?{pair}" for pair in pairs_of_sounds(turn.context[-1].text)}
    return pairs_of_sounds(turn.text) | asked
