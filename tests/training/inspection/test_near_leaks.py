"""Frozen turns whose words stand almost alike in training."""

from classifier.turns import Label, Turn
from training.dataset import LabelledTurn, Place
from training.inspection.near_leaks import LEAST_LIKENESS, find_near_leaks


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
