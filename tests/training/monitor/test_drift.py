"""When a difference is an alert."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.errors import MonitorError
from training.monitor.drift import compare
from training.monitor.profile import MEANS, MEASURES, Mean, Profile, build_profile
from training.monitor.thresholds import DEFAULT_THRESHOLDS, DriftThresholds, read_thresholds

NOTHING: Mapping[str, float] = {}


def profile(
    turns: float = 1_000, kind: str = "traffic", means: Mapping[str, float] = NOTHING
) -> Profile:
    """Return numbers of so many turns, evenly drawn, with errors of shares."""
    empty = build_profile([], lambda _turn: 0.0, kind, "here")
    told = {
        name: Mean(
            value := means.get(name, 0.1), math.sqrt(value * (1 - value) / turns) or 1 / turns
        )
        for name in MEANS
    }
    even = {name: [1 / len(bins)] * len(bins) for name, bins in empty.bins.items()}
    return replace(
        empty, decisions=int(turns), turns=turns, effective=turns, means=told, distributions=even
    )


@pytest.fixture
def limits() -> DriftThresholds:
    """Thresholds of this test."""
    return DriftThresholds(
        500,
        {"opt_out": 0.2},
        {"second_reading": 0.05},
        {"traffic": {"label": 0.1}, "frozen_test": {}},
        {"traffic": {"clarify": 2.0}, "frozen_test": {}},
    )


def test_the_same_is_no_drift(limits: DriftThresholds) -> None:
    """Every index is 0 and there is no alert."""
    drift = compare(profile(), profile(), limits)
    assert drift.enough
    assert [shift.index for shift in drift.shifts] == pytest.approx([0.0] * len(MEASURES))
    assert drift.alerts == []


def test_index_is_that_of_the_formula(limits: DriftThresholds) -> None:
    """Three bins, half a turn added to each."""
    moved = replace(profile(), distributions=profile().distributions | {"label": [0.5, 0.5, 0.0]})
    (shift,) = (s for s in compare(moved, profile(), limits).shifts if s.measure == "label")
    here = [500.5 / 1_001.5, 500.5 / 1_001.5, 0.5 / 1_001.5]
    there = [1 / 3] * 3
    index = sum((p - q) * math.log(p / q) for p, q in zip(here, there, strict=True))
    assert shift.index == pytest.approx(index)
    assert shift.alert


def test_bounds_hold_beyond_chance_only(limits: DriftThresholds) -> None:
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


def test_changes_beyond_chance_and_factor_only(limits: DriftThresholds) -> None:
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


def test_a_reference_out_of_bounds_is_no_measure(limits: DriftThresholds) -> None:
    """A mean of it that is out of the bounds for any traffic is not compared with."""
    wild = profile(means={"clarify": 0.5})
    bounded = replace(limits, most={"clarify": 0.2})
    for value, passed in ((0.1, ""), (0.5, "most")):
        drift = compare(profile(means={"clarify": value}), wild, bounded)
        (level,) = (level for level in drift.levels if level.measure == "clarify")
        assert (level.least, level.most, level.passed) == (None, 0.2, passed)
        assert level.reference_out


def test_few_turns_are_not_judged(limits: DriftThresholds) -> None:
    """Below the least number, on either side, nothing is an alert, and the report says so."""
    moved = profile(400, means={"clarify": 0.9, "opt_out": 0.9})
    moved = replace(moved, distributions=moved.distributions | {"label": [1.0, 0.0, 0.0]})
    for drift in (compare(moved, profile(), limits), compare(profile(), moved, limits)):
        assert not drift.enough
        assert drift.alerts == []
    drift = compare(profile(means={"opt_out": 0.9, "clarify": 0.9}), moved, limits)
    assert [said.partition(":")[0] for said in drift.alerts] == ["opt_out"]  # a bound of its own


def test_hard_turns_are_judged_by_their_own_thresholds(limits: DriftThresholds) -> None:
    """What is an alert beside earlier traffic is none beside the frozen test."""
    moved = replace(profile(), distributions=profile().distributions | {"label": [1.0, 0.0, 0.0]})
    assert compare(moved, profile(), limits).alerts
    assert compare(moved, profile(kind="frozen_test"), limits).alerts == []


@pytest.mark.parametrize(
    ("turns", "heard", "alerts"),
    [
        (2_768, 0.0, ["opt_out", "complaint", "clarify"]),
        (1_300, 0.0, ["complaint"]),
        (100_000, 0.001, ["opt_out", "complaint", "clarify"]),
        (1_000, 0.0, []),
        (500, 0.0, []),
        (100_000, 0.004, []),
    ],
)
def test_a_model_that_hears_nothing_is_no_green(
    turns: float, heard: float, alerts: list[str]
) -> None:
    """Beside the frozen test too, whose shares say nothing: a least share holds for any traffic."""
    shares = dict.fromkeys(("opt_out", "complaint", "clarify"), heard)
    limits = read_thresholds(DEFAULT_THRESHOLDS)
    drift = compare(profile(turns, means=shares), profile(5_000, kind="frozen_test"), limits)
    assert [said.partition(":")[0] for said in drift.alerts] == alerts
    assert all("allowed at least" in said and said.endswith("[least]") for said in drift.alerts)
    assert {"label", "opt_out_score", "rule_floor"} <= set(drift.not_compared)


def test_ordinary_talk_passes_no_bound() -> None:
    """Real talk that is no call of anyone's, by the shares that docs/decisions.md tells of."""
    shares = {"complaint": 0.015, "clarify": 0.012, "opt_out": 0.0016, "second_reading": 0.13}
    shares |= {"rule_floor": 0.0, "unknown_words": 0.075}
    limits = read_thresholds(DEFAULT_THRESHOLDS)
    for turns in (1_000, 10_000, 100_000):
        now = profile(turns, means=shares)
        assert compare(now, replace(now, kind="frozen_test"), limits).alerts == []


@pytest.mark.parametrize("share", [0.0, 0.0004, 0.5, 0.9988, 1.0])
def test_intervals_of_shares_stay_inside(limits: DriftThresholds, share: float) -> None:
    """No share is below 0 or above 1; a mean number of characters may be."""
    now = profile(means=dict.fromkeys(MEANS, share))
    for level in compare(now, profile(), limits).levels:
        assert 0 <= level.low <= share + 1e-12
        assert share - 1e-12 <= level.high
        assert level.high <= 1 or level.measure == "length"
        assert level.low < level.high


def test_the_bound_that_was_passed_is_named(limits: DriftThresholds) -> None:
    """By its table: a fixed one, or one beside the reference."""
    now = profile(100_000, means={"opt_out": 0.3, "second_reading": 0.01, "clarify": 0.5})
    drift = compare(now, profile(), limits)
    assert {level.measure: level.passed for level in drift.levels if level.alert} == {
        "opt_out": "most",
        "second_reading": "least",
        "clarify": "traffic.times",
    }


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
        ("least_turns = " + "1" * 5_000, "is not TOML: a number has too many digits"),
        ("", "least_turns must be"),
        ("least_turns = 0", "least_turns must be"),
        ("least_turns = true", "least_turns must be"),
        ("least_turns = 9\n[most]\nlength = nan", r"most\.length: must be a number"),
        ("least_turns = 9\n[most]\nlength = inf", r"most\.length: must be a number"),
        ("least_turns = 9\n[most]\nanger = 1", r"most\.anger: is not measured"),
        ("least_turns = 9\n[most]\nlength = -1", r"most\.length: must be a number"),
        ("least_turns = 9\n[most]\nlength = true", r"most\.length: must be a number"),
        ("least_turns = 9\n[traffic.times]\nlength = 0", r"traffic\.times\.length: .*, 1 or more"),
        ("least_turns = 9\n[frozen_test.times]\nlength = 1e-300", r"length: .*, 1 or more"),
        ("least_turns = 9\n[traffic.times]\nlength = 1e308", r"length: must be a number"),
        ("least_turns = 9\n[traffic.psi]\nlength = 1", r"traffic\.psi: is no table"),
        ("least_turns = 9\nmost = 3", "most: is no table"),
        ("least_turns = 9\n[frozen_test]\nshift = 3", r"frozen_test\.shift: must be a table"),
        ("least_turns = 9\n[training]\nshift = 3", r"training: is no table; there are most, "),
    ],
)
def test_wrong_thresholds_are_named(write: Callable[[str], Path], text: str, problem: str) -> None:
    """File, table and key are named, and what is allowed."""
    with pytest.raises(MonitorError, match=rf"t\.toml: .*{problem}"):
        read_thresholds(write(text))
