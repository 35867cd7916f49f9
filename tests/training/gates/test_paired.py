"""Paired statistics against figures worked out by hand."""

import numpy as np
import pytest

from training.gates.paired import compare_shares


def flags(text: str) -> np.ndarray:
    """Return one flag for each character, ``1`` is true."""
    return np.array([c == "1" for c in text])


def test_exact_mcnemar_by_hand() -> None:
    """Six lost and one gained: (C(7,6) + C(7,7)) / 2^7 = 8 / 128."""
    old, new = flags("1111110" + "1" * 13), flags("0000001" + "1" * 13)
    change = compare_shares(old, new, [str(i) for i in range(20)])
    assert (change.gone, change.come) == (6, 1)
    assert change.fall_p == pytest.approx(8 / 128)
    assert change.rise_p == pytest.approx(127 / 128)
    assert change.old - change.new == pytest.approx(5 / 20)
    assert change.low < -0.25 < change.high


def test_equal_models_show_no_change() -> None:
    """Nothing changed: no significance, and an interval that tells how few the turns are."""
    same = flags("1101")
    change = compare_shares(same, same, list("aabb"))
    assert (change.fall_p, change.rise_p) == (1, 1)
    # Wilson's upper end for 0 of 2 scenes: z² / (2 + z²).
    assert (change.low, change.high) == pytest.approx((-0.6576, 0.6576), abs=1e-4)


def test_a_scene_counts_once() -> None:
    """Ten turns of one scene that change together are one piece of evidence, not ten."""
    old = flags("1" * 100)
    new = flags("0" * 10 + "1" * 90)
    scenes = [str(i // 10) for i in range(100)]
    change = compare_shares(old, new, scenes)
    assert (change.gone, change.come, change.fall_p) == (10, 0, 0.5)
    assert change.low < -0.1 < 0 <= change.high
