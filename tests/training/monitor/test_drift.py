"""When a difference is an alert."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.errors import MonitorError
from training.monitor.drift import compare
from training.monitor.profile import MEANS, MEASURES, Mean, Profile, build_profile
from training.monitor.thresholds import DEFAULT_THRESHOLDS, Thresholds, read_thresholds

NOTHING: Mapping[str, float] = {}


def profile(
    turns: float = 1_000, kind: str = "traffic", means: Mapping[str, float] = NOTHING
) -> Profile:
    """Return numbers of so many turns, evenly drawn, with errors of shares."""
    empty = build_profile([], lambda _turn: 0.0, kind, "here")
    told = {
        name: Mean(value := means.get(name, 0.1), math.sqrt(value * (1 - value) / turns) or 1e-3)
        for name in MEANS
    }
    even = {name: [1 / len(bins)] * len(bins) for name, bins in empty.bins.items()}
    return replace(
        empty, decisions=int(turns), turns=turns, effective=turns, means=told, distributions=even
    )


@pytest.fixture
def limits() -> Thresholds:
    """Thresholds of this test."""
    return Thresholds(
        500,
        {"opt_out": 0.2},
        {"second_reading": 0.05},
        {"traffic": {"label": 0.1}, "training": {}},
        {"traffic": {"clarify": 2.0}, "training": {}},
    )


def test_the_same_is_no_drift(limits: Thresholds) -> None:
    """Every index is 0 and there is no alert."""
    drift = compare(profile(), profile(), limits)
    assert drift.enough
    assert [shift.index for shift in drift.shifts] == pytest.approx([0.0] * len(MEASURES))
    assert drift.alerts == []


def test_index_is_that_of_the_formula(limits: Thresholds) -> None:
    """Three bins, half a turn added to each."""
    moved = replace(profile(), distributions=profile().distributions | {"label": [0.5, 0.5, 0.0]})
    (shift,) = (s for s in compare(moved, profile(), limits).shifts if s.measure == "label")
    here = [500.5 / 1_001.5, 500.5 / 1_001.5, 0.5 / 1_001.5]
    there = [1 / 3] * 3
    index = sum((p - q) * math.log(p / q) for p, q in zip(here, there, strict=True))
    assert shift.index == pytest.approx(index)
    assert shift.alert


def test_bounds_hold_beyond_chance_only(limits: Thresholds) -> None:
    """A fixed bound is passed when the whole interval lies beyond it, whatever the reference."""
    for measure, value, turns, alert in (
        ("opt_out", 0.21, 1_000, False),
        ("opt_out", 0.21, 100_000, True),
        ("opt_out", 0.25, 100, False),
        ("second_reading", 0.04, 1_000, False),
        ("second_reading", 0.04, 100_000, True),
    ):
        drift = compare(
            profile(turns, means={measure: value}), profile(means={measure: value}), limits
        )
        assert bool(drift.alerts) == alert, (measure, value, turns)
        assert all(said.startswith(f"{measure}: ") for said in drift.alerts)


def test_changes_beyond_chance_and_factor_only(limits: Thresholds) -> None:
    """A mean may double; three times is an alert, up or down, unless it may be chance."""
    for now, before, turns, alert in (
        (0.03, 0.01, 5_000, True),
        (0.01, 0.03, 5_000, True),
        (0.019, 0.01, 50_000, False),
        (0.006, 0.002, 500, False),
        (0.05, 0.0, 5_000, True),
    ):
        drift = compare(
            profile(turns, means={"clarify": now}),
            profile(turns, means={"clarify": before}),
            limits,
        )
        assert bool(drift.alerts) == alert, (now, before, turns)


def test_few_turns_are_not_judged(limits: Thresholds) -> None:
    """Below the least number, on either side, nothing is an alert, and the report says so."""
    moved = profile(400, means={"clarify": 0.9, "opt_out": 0.9})
    moved = replace(moved, distributions=moved.distributions | {"label": [1.0, 0.0, 0.0]})
    for drift in (compare(moved, profile(), limits), compare(profile(), moved, limits)):
        assert not drift.enough
        assert drift.alerts == []


def test_hard_turns_are_judged_by_their_own_thresholds(limits: Thresholds) -> None:
    """What is an alert beside earlier traffic is none beside the frozen test."""
    moved = replace(profile(), distributions=profile().distributions | {"label": [1.0, 0.0, 0.0]})
    assert compare(moved, profile(), limits).alerts
    assert compare(moved, profile(kind="training"), limits).alerts == []


def test_thresholds_that_come_along_can_be_read() -> None:
    """Everything measured has some threshold beside an earlier period."""
    limits = read_thresholds(DEFAULT_THRESHOLDS)
    assert set(limits.shift["traffic"]) == set(MEASURES)
    assert set(limits.times["traffic"]) == set(MEANS)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """A function that writes a file of thresholds."""

    def write(text: str) -> Path:
        path = tmp_path / "t.toml"
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("least_turns = [", "is not TOML"),
        ("", "least_turns must be"),
        ("least_turns = 0", "least_turns must be"),
        ("least_turns = 9\n[most]\nanger = 1", r"most\.anger: is not measured"),
        ("least_turns = 9\n[most]\nlength = -1", r"most\.length: must be a number"),
        ("least_turns = 9\n[most]\nlength = true", r"most\.length: must be a number"),
        ("least_turns = 9\n[traffic.psi]\nlength = 1", r"traffic\.psi: is no table"),
        ("least_turns = 9\nmost = 3", "most: is no table"),
        ("least_turns = 9\n[training]\nshift = 3", r"training\.shift: must be a table"),
    ],
)
def test_wrong_thresholds_are_named(write: Callable[[str], Path], text: str, problem: str) -> None:
    """File, table and key are named, and what is allowed."""
    with pytest.raises(MonitorError, match=rf"t\.toml: .*{problem}"):
        read_thresholds(write(text))
