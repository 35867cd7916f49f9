"""Intervals of shares against figures worked out by hand, and where few scenes say little."""

import math

import numpy as np
import pytest

from training.intervals import by_group, share_interval, wilson_interval


def interval(text: str, scenes: list[int]) -> tuple[float, float]:
    """Return the interval of a share: one turn for each character, ``1`` is a hit."""
    hits = np.array([c == "1" for c in text])
    return share_interval(*by_group(hits, [str(scene) for scene in scenes]))


def test_interval_is_wilsons() -> None:
    """The interval agrees with figures worked out by hand: 8 of 10 and 0 of 20."""
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)


@pytest.mark.parametrize("count", [7, 47, 1178, 4110])
def test_a_share_lies_in_its_interval(count: int) -> None:
    """None and all, too: no rounding puts the end beyond the share."""
    assert wilson_interval(0, count)[0] == 0
    assert wilson_interval(count, count)[1] == 1


def test_interval_widens_when_turns_hang_together() -> None:
    """Forty turns in four scenes say less than forty scenes."""
    text = "1" * 20 + "0" * 20
    alone = interval(text, list(range(40)))
    together = interval(text, [i // 10 for i in range(40)])
    assert together[1] - together[0] > 2 * (alone[1] - alone[0])


@pytest.mark.parametrize(
    ("text", "scenes", "expected"),
    [
        ("1" * 18, list(range(18)), (0.8241, 1)),
        ("0" * 20, list(range(20)), (0, 0.1611)),
        ("100", [0, 0, 0], wilson_interval(1 / 3, 1)),
        ("10" * 20, [0] * 40, wilson_interval(0.5, 1)),
        ("1" + "0" * 99, list(range(100)), wilson_interval(1, 100)),
    ],
)
def test_few_scenes_give_no_certainty(
    text: str, scenes: list[int], expected: tuple[float, float]
) -> None:
    """All of 18, none of 20, one scene alone, one hit of 100: Wilson's, a scene for a turn."""
    assert interval(text, scenes) == pytest.approx(expected, abs=1e-4)


def test_what_is_heard_and_what_is_missed_have_one_interval() -> None:
    """The interval of a share is that of its rest, mirrored, whoever asks."""
    generator = np.random.default_rng(5)
    hits = "".join("01"[bit] for bit in (generator.random(300) < 0.9).astype(int))
    scenes = [i // 3 for i in range(300)]
    low, high = interval(hits, scenes)
    rest = interval(hits.translate(str.maketrans("01", "10")), scenes)
    assert rest == pytest.approx((1 - high, 1 - low), abs=1e-12)
    assert low < 0.9 < high


def test_scenes_that_are_not_looked_at_change_nothing() -> None:
    """A label's recall has one interval, among its own turns and among all."""
    hits, sizes = np.arange(20) % 2, np.ones(20, dtype=int)
    more, of = (np.concatenate([values, np.zeros(50, dtype=int)]) for values in (hits, sizes))
    assert share_interval(more, of) == share_interval(hits, sizes)
    assert all(math.isnan(end) for end in share_interval(np.zeros(3), np.zeros(3)))
