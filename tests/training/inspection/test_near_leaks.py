"""Frozen turns whose words stand almost alike in training."""

import numpy as np
import pytest

from classifier.turns import Label, Turn
from training.dataset import LabelledTurn, Place
from training.inspection.near_leaks import (
    LEAST_LIKENESS,
    _jaccard,
    _pairs_of_sounds,
    find_near_leaks,
)


def labelled(name: str, text: str) -> LabelledTurn:
    """A turn of which only name and text matter."""
    place = Place("turns.jsonl", 1)
    return LabelledTurn(
        name, name, Turn(text), Label.NORMAL, "other", False, (), "other", "hans", place
    )


def test_near_duplicates_are_found_by_their_sound() -> None:
    """Another particle, script or homophone hides no twin; short and other texts are left alone."""
    train = [
        labelled("a", "你们以后不要再给我打电话了"),
        labelled("b", "那明天下午三点再打过来吧"),
        labelled("c", "不用了谢谢"),
    ]
    frozen = [
        labelled("x", "你們以後不要在給我打電話了啦"),
        labelled("y", "后天下午我不在家别送了吧"),
        labelled("z", "不用了谢谢"),
    ]
    [leak] = find_near_leaks(train, frozen)
    assert (leak.frozen.id, leak.training.id) == ("x", "a")
    assert LEAST_LIKENESS <= leak.likeness < 1


@pytest.mark.parametrize("seed", range(4))
def test_the_shortcut_misses_nothing(seed: int) -> None:
    """What few comparisons find is what comparing every pair finds."""
    draw = np.random.default_rng(seed)
    syllables = list("天地人你我他这那上下大小")
    texts = ["".join(draw.choice(syllables, size)) for size in draw.integers(8, 30, 60)]
    changed = [
        text[:place] + "好" + text[place + 1 :] for text in texts if (place := len(text) // 2)
    ]
    train = [labelled(f"t{i}", text) for i, text in enumerate(texts)]
    frozen = [labelled(f"f{i}", text) for i, text in enumerate(changed + texts[:5])]
    found = {leak.frozen.id: leak.likeness for leak in find_near_leaks(train, frozen)}
    known = _pairs_of_sounds(train).values()
    best = {
        frozen[place].id: max(_jaccard(pairs, other) for other in known)
        for place, pairs in _pairs_of_sounds(frozen).items()
    }
    assert found == {
        name: likeness for name, likeness in best.items() if likeness >= LEAST_LIKENESS
    }
    assert 20 < len(found) < len(frozen)
