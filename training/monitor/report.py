"""Puts a drift report together: the numbers, what they are held against, what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifier.decision_log.log_reader import Damage, read_decisions
from classifier.errors import OutputError
from classifier.model_bundle import load_bundle
from training.beside_bundle import REFERENCE
from training.files import replace_file
from training.monitor.drift import Drift, compare
from training.monitor.profile import FROZEN_TEST, Profile, unknown_words
from training.monitor.reference import profile_traffic, read_reference
from training.monitor.thresholds import DEFAULT_THRESHOLDS, DriftThresholds, read_thresholds

_WILD = "the reference is itself out of [least] or [most], which hold alone, in: {}"
_WHY_NOT_COMPARED = (
    "the reference is the frozen test, whose turns are hard and no traffic (many more of them are "
    "opt-outs), so these are not held against it: {}; [least] and [most] of the thresholds hold "
    "for any traffic, and --reference takes an earlier period"
)

Period = tuple[datetime | None, datetime | None]
"""First moment, and first moment that is left out, with time zones; None for all."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is to be looked at.

    Attributes:
        log: Folder of a decision log.
        keys: Version -> key.
        bundle: Says which words are known, and brings along a reference.
        period: Of the log.
        reference: A decision log, or JSON of an earlier report; None for the bundle's own.
        reference_period: Of the log that is the reference.
        thresholds: A TOML file.
    """

    log: Path
    keys: Mapping[int, bytes]
    bundle: Path
    period: Period = (None, None)
    reference: Path | None = None
    reference_period: Period = (None, None)
    thresholds: Path = DEFAULT_THRESHOLDS


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What a look at the traffic found.

    Attributes:
        profile: Of the traffic.
        reference: What it was held against.
        drift: What came of it.
        model: Version of the bundle.
        thresholds: Where they come from.
        least_turns: See `training.monitor.thresholds`.
        damaged_lines: Lines of the logs that could not be opened.
    """

    profile: Profile
    reference: Profile
    drift: Drift
    model: str
    thresholds: str
    least_turns: int
    damaged_lines: int

    @property
    def remarks(self) -> list[str]:
        """What one has to know to read the figures, each in a sentence."""
        said = []
        if self.reference.kind == FROZEN_TEST:
            said.append(_WHY_NOT_COMPARED.format(", ".join(self.drift.not_compared)))
        if set(self.profile.models) != {self.model}:
            said.append(f"answered by {', '.join(self.profile.models)}; the bundle is {self.model}")
        if wild := [level.measure for level in self.drift.levels if level.reference_out]:
            said.append(_WILD.format(", ".join(wild)))
        if not self.drift.enough:
            few = min(self.profile.effective, self.reference.effective)
            needed = f"{self.least_turns:,} are needed"
            said.append(f"too few turns to judge: {few:,.0f} counted evenly on one side, {needed}")
        return said

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; its ``profile`` may be the reference of a later report."""
        return {
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "model": self.model,
            "thresholds": self.thresholds,
            "least_turns": self.least_turns,
            "damaged_lines": self.damaged_lines,
            "profile": self.profile.to_dict(),
            "reference": self.reference.to_dict(),
            "drift": self.drift.to_dict(),
            "remarks": self.remarks,
        }


def build_drift_report(watch: Watch) -> DriftReport:
    """Read the log and hold it against the reference.

    Args:
        watch: What is to be looked at.

    Raises:
        DecisionLogError: A log cannot be read.
        MonitorError: There is nothing to compare, or the reference or thresholds are wrong.
        BundleError: The bundle cannot be used.
    """
    thresholds = read_thresholds(watch.thresholds)
    bundle = load_bundle(watch.bundle, second_reader=False)
    if bundle.manifest.second_reading is None:
        thresholds = _for_one_reader(thresholds)
    unknown_share = unknown_words(bundle)
    damaged_lines = 0

    def of_log(folder: Path, period: Period) -> Profile:
        nonlocal damaged_lines
        damage = Damage()
        decisions = read_decisions(folder, watch.keys, *period, damage)
        profile = profile_traffic(decisions, unknown_share, str(folder), damage)
        damaged_lines += damage.lines
        return profile

    profile = of_log(watch.log, watch.period)
    if watch.reference is not None and watch.reference.is_dir():
        reference = of_log(watch.reference, watch.reference_period)
    else:
        reference = read_reference(watch.reference or watch.bundle / REFERENCE)
    drift = compare(profile, reference, thresholds)
    version = bundle.manifest.version
    named = str(watch.thresholds)
    return DriftReport(
        profile, reference, drift, version, named, thresholds.least_turns, damaged_lines
    )


def _for_one_reader(thresholds: DriftThresholds) -> DriftThresholds:
    """Return thresholds that ask for no second readings, which such a bundle never has."""
    least = {name: bound for name, bound in thresholds.least.items() if name != "second_reading"}
    return replace(thresholds, least=least)


def write_page(report: DriftReport, path: Path) -> None:
    """Write the report as a page.

    Args:
        report: From `build_drift_report`.
        path: Where to.

    Raises:
        OutputError: It can't be written there, where what was there stays; or what draws it is
            not installed.
    """
    try:
        from training.monitor.page import render_drift
    except ImportError:  # a server has only what serves, which suffices for the figures
        raise OutputError(f"{path}: a page needs `pip install wurao[train]`") from None
    page = render_drift(report.to_dict())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
    replace_file(path, page.encode())
