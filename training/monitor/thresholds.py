"""Reads thresholds.toml: when drift is an alert."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from classifier.errors import DataError, MonitorError
from training.files import read_toml
from training.monitor.profile import KINDS, MEANS, MEASURES

DEFAULT_THRESHOLDS = Path(__file__).parent / "thresholds.toml"

_TABLES = {
    "most": MEANS,
    "least": MEANS,
    **{f"{kind}.shift": MEASURES for kind in KINDS},
    **{f"{kind}.times": MEANS for kind in KINDS},
}
"""Table of the file -> what it may name."""

_MOST_TIMES = 1e12


@dataclass(frozen=True, slots=True)
class DriftThresholds:
    """When something is an alert; what is not named is shown and never one.

    Attributes:
        least_turns: With fewer effective turns nothing is an alert; with fewer in the reference
            nothing beside it is.
        most: Mean -> most that it may be, whatever the reference.
        least: Mean -> least that it may be.
        shift: Kind of reference -> distribution -> largest population stability index allowed.
        times: Kind of reference -> mean -> how many times larger or smaller it may be.
    """

    least_turns: int
    most: Mapping[str, float]
    least: Mapping[str, float]
    shift: Mapping[str, Mapping[str, float]]
    times: Mapping[str, Mapping[str, float]]


def read_thresholds(path: Path) -> DriftThresholds:
    """Read a file of thresholds.

    Args:
        path: A TOML file; training/monitor/thresholds.toml explains each table.

    Raises:
        MonitorError: It cannot be read, or names something that is not measured.
    """
    try:
        content = read_toml(path)
    except DataError as error:
        raise MonitorError(str(error)) from None
    least_turns = content.pop("least_turns", None)
    if isinstance(least_turns, bool) or not isinstance(least_turns, int) or least_turns < 1:
        raise MonitorError(f"{path}: least_turns must be a whole number, 1 or more")
    flat = _flatten(path, content)
    tables = {name: _numbers(path, name, flat.pop(name, {})) for name in _TABLES}
    if flat:
        raise MonitorError(f"{path}: {min(flat)}: is no table; there are {', '.join(_TABLES)}")
    return DriftThresholds(
        least_turns,
        tables["most"],
        tables["least"],
        {kind: tables[f"{kind}.shift"] for kind in KINDS},
        {kind: tables[f"{kind}.times"] for kind in KINDS},
    )


def _flatten(path: Path, content: Mapping[str, object]) -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, table in content.items():
        if not isinstance(table, dict):
            raise MonitorError(f"{path}: {name}: is no table; there are {', '.join(_TABLES)}")
        if name in KINDS:
            flat |= {f"{name}.{inner}": of for inner, of in table.items()}
        else:
            flat[name] = table
    return flat


def _numbers(path: Path, name: str, table: object) -> dict[str, float]:
    if not isinstance(table, dict):
        raise MonitorError(f"{path}: {name}: must be a table")
    # Below 1 time the reference itself would be out of bounds; a product must stay a number.
    least, most = (1, _MOST_TIMES) if name.endswith(".times") else (0, sys.float_info.max)
    for measure, limit in table.items():
        if measure not in _TABLES[name]:
            message = f"{path}: {name}.{measure}: is not measured; {', '.join(_TABLES[name])} are"
            raise MonitorError(message)
        is_number = isinstance(limit, int | float) and not isinstance(limit, bool)
        if not is_number or not least <= limit <= most:  # NaN, which is none, would switch it off
            raise MonitorError(f"{path}: {name}.{measure}: must be a number, {least} or more")
    return {measure: float(limit) for measure, limit in table.items()}
