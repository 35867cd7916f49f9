"""Texts that are nearly the same to the ear."""

import numpy as np
import pytest

from training.near_duplicates import NearDuplicates, count_pairs, likeness, pairs_of_sounds

LEAST = 0.8


def test_sounds_are_what_counts() -> None:
    """Homophones and script make no difference; other words do, from 0 to 1."""
    said = pairs_of_sounds("以后别再打")
    assert likeness(said, pairs_of_sounds("以後，別在打")) == 1
    assert likeness(said, pairs_of_sounds("明天见吧")) == 0
    assert 0 < likeness(said, pairs_of_sounds("以后别再打了")) < 1
    assert pairs_of_sounds("？")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("counted", [True, False])
def test_the_shortcut_misses_nothing(seed: int, counted: bool) -> None:
    """What few comparisons find is what comparing every pair finds, whatever is known of rarity."""
    draw = np.random.default_rng(seed)
    syllables = list("天地人你我他这那上下大小")
    texts = ["".join(draw.choice(syllables, size)) for size in draw.integers(8, 30, 60)]
    changed = [f"{text[: len(text) // 2]}好{text[len(text) // 2 + 1 :]}" for text in texts]
    known = [pairs_of_sounds(text) for text in texts]
    index = NearDuplicates(LEAST, count_pairs(known) if counted else {})
    for pairs in known:
        index.add(pairs)
    found = 0
    for pairs in map(pairs_of_sounds, changed + texts[:5]):
        best = max(likeness(pairs, other) for other in known)
        near = index.nearest(pairs)
        assert (near[1] if near else None) == (best if best >= LEAST else None)
        if near:
            assert likeness(pairs, known[near[0]]) == best
        found += near is not None
    assert 20 < found < len(changed) + 5
