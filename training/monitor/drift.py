"""How far traffic is from its reference, and whether that is an alert.

Distributions are compared by the population stability index.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

from training.intervals import wilson_interval
from training.monitor.profile import COUNTED, MEANS, MEASURES, Mean, Profile
from training.monitor.thresholds import DriftThresholds
from training.stability_index import stability_index

_INTERVAL = 1.96
_SURE = 3.0  # standard errors of a difference; some ten means are looked at each time


@dataclass(frozen=True, slots=True)
class Shift:
    """One distribution beside that of the reference.

    Attributes:
        measure: One of `MEASURES`.
        index: Population stability index, 0 or more.
        limit: Most that is allowed; None where it is no alert whatever it is.
        alert: Whether it is one.
        passed: Table of the thresholds whose limit was passed; else empty.
    """

    measure: str
    index: float
    limit: float | None
    alert: bool
    passed: str


@dataclass(frozen=True, slots=True)
class Level:
    """One mean beside that of the reference.

    Attributes:
        measure: One of `MEANS`.
        value: The mean.
        low: Lower end of its 95 % interval; of a share Wilson's, which stays from 0 to 1.
        high: Upper end.
        reference: Of the reference.
        reference_out: Whether that would be compared with, and is itself out of the bounds for any
            traffic, which hold alone then: what is out of bounds is no measure.
        least: Least that is allowed; None for no bound.
        most: Most that is allowed.
        alert: Whether it is one.
        passed: Table of the thresholds whose bound was passed, such as ``least``; else empty.
    """

    measure: str
    value: float
    low: float
    high: float
    reference: float
    reference_out: bool
    least: float | None
    most: float | None
    alert: bool
    passed: str


@dataclass(frozen=True, slots=True)
class Drift:
    """What came of a comparison.

    Attributes:
        enough: Whether there are turns enough on both sides; else the reference raises no alert,
            and where they lack in the traffic nothing does.
        shifts: Of every distribution.
        levels: Of every mean.
        not_compared: Measures without a threshold beside this kind of reference.
    """

    enough: bool
    shifts: tuple[Shift, ...]
    levels: tuple[Level, ...]
    not_compared: tuple[str, ...]

    @property
    def alerts(self) -> list[str]:
        """The measures that are out of bounds, each with what is wrong."""
        shifted = [
            f"{s.measure}: distribution moved, {s.index:.3f} above {s.limit:g} of [{s.passed}]"
            for s in self.shifts
            if s.alert
        ]
        return shifted + [_said(level) for level in self.levels if level.alert]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self) | {"alerts": self.alerts}


def compare(traffic: Profile, reference: Profile, thresholds: DriftThresholds) -> Drift:
    """Hold traffic against a reference.

    Args:
        traffic: What is looked at.
        reference: What it is held against.
        thresholds: When something is an alert.
    """
    enough = min(traffic.effective, reference.effective) >= thresholds.least_turns
    shifts = []
    for measure in MEASURES:
        index = _index(traffic, reference, measure)
        limit = thresholds.shift[reference.kind].get(measure)
        beyond = enough and limit is not None and index > limit
        passed = f"{reference.kind}.shift" if beyond else ""
        shifts.append(Shift(measure, index, limit, beyond, passed))
    levels = tuple(_level(m, traffic, reference, thresholds, enough) for m in MEANS)
    compared = thresholds.shift[reference.kind].keys() | thresholds.times[reference.kind].keys()
    named = dict.fromkeys((*MEASURES, *MEANS))
    not_compared = tuple(name for name in named if name not in compared)
    return Drift(enough, tuple(shifts), levels, not_compared)


def _index(traffic: Profile, reference: Profile, measure: str) -> float:
    here, there = (
        [share * profile.effective for share in profile.distributions[measure]]
        for profile in (traffic, reference)
    )
    return stability_index(there, here)


def _level(
    measure: str, traffic: Profile, reference: Profile, thresholds: DriftThresholds, enough: bool
) -> Level:
    mean, other = traffic.means[measure], reference.means[measure]
    bounded = traffic.effective >= thresholds.least_turns
    low, high = _interval(mean, measure)
    least, most = thresholds.least.get(measure), thresholds.most.get(measure)
    times = thresholds.times[reference.kind].get(measure)
    reference_out = times is not None and _is_out(other.value, least, most)
    if reference_out:
        times = None
    passed = ""
    if bounded and least is not None and high < least:
        passed = "least"
    elif bounded and most is not None and low > most:
        passed = "most"
    elif enough and times is not None and _surely_apart(mean, other, times):
        passed = f"{reference.kind}.times"
    if times is not None:
        floor, ceiling = other.value / times, other.value * times
        least = floor if least is None else max(least, floor)
        most = ceiling if most is None else min(most, ceiling)
    return Level(
        measure=measure,
        value=mean.value,
        low=low,
        high=high,
        reference=other.value,
        reference_out=reference_out,
        least=least,
        most=most,
        alert=bool(passed),
        passed=passed,
    )


def _is_out(value: float, least: float | None, most: float | None) -> bool:
    return (least is not None and value < least) or (most is not None and value > most)


def _interval(mean: Mean, measure: str) -> tuple[float, float]:
    value, error = mean.value, mean.error
    if measure == COUNTED:
        return max(0.0, value - _INTERVAL * error), value + _INTERVAL * error
    if not error:
        return value, value
    # As many turns, drawn evenly, have the same error; `Mean` says what it is at 0 and 1.
    turns = value * (1 - value) / error**2 or 1 / error
    return wilson_interval(value * turns, turns)


def _surely_apart(mean: Mean, other: Mean, times: float) -> bool:
    apart = abs(mean.value - other.value) > _SURE * math.hypot(mean.error, other.error)
    return apart and not other.value / times <= mean.value <= other.value * times


def _said(level: Level) -> str:
    bounds = [
        *([f"at least {level.least:.3g}"] if level.least is not None else []),
        *([f"at most {level.most:.3g}"] if level.most is not None else []),
    ]
    interval = f"{level.low:.3g} to {level.high:.3g}"
    allowed = f"allowed {' and '.join(bounds)}; passed is a bound of [{level.passed}]"
    return f"{level.measure}: {level.value:.3g} ({interval}), {allowed}"
