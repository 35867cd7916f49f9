"""Reads a profile back from JSON, which a person may have written or a full disk cut off."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from classifier.errors import MonitorError
from training.monitor.profile import BINS, COUNTED, DAILY, KINDS, MEANS, Mean, Profile

_TEXTS = ("kind", "source", "first", "last")
_NUMBERS = ("decisions", "turns", "effective")
_FIELDS = (*_TEXTS, *_NUMBERS, "models", "bins", "distributions", "means", "days")
_ROUNDING = 0.01


def profile_from_dict(content: object, name: str) -> Profile:
    """Return the profile that was written as JSON.

    Args:
        content: From `Profile.to_dict`.
        name: What the errors call it.

    Raises:
        MonitorError: A field is missing, unknown, of another kind or out of range; names it.
    """
    fields = _object(content, name, _FIELDS)
    for field in _TEXTS:
        if not isinstance(fields[field], str):
            raise MonitorError(f"{name}.{field}: must be a text")
    if fields["kind"] not in KINDS:
        raise MonitorError(f"{name}.kind: must be one of {', '.join(KINDS)}")
    numbers = {field: _number(fields[field], f"{name}.{field}") for field in _NUMBERS}
    if not numbers["decisions"].is_integer():
        raise MonitorError(f"{name}.decisions: must be a whole number")
    if fields["bins"] != BINS:
        message = "are not those of this version; make the reference anew with `wurao monitor`"
        raise MonitorError(f"{name}.bins: {message}")
    days = _object(fields["days"], f"{name}.days")
    return Profile(
        kind=fields["kind"],
        source=fields["source"],
        decisions=int(numbers["decisions"]),
        turns=numbers["turns"],
        effective=numbers["effective"],
        first=fields["first"],
        last=fields["last"],
        models=_numbers(_object(fields["models"], f"{name}.models"), f"{name}.models"),
        bins=BINS,
        distributions=_distributions(fields["distributions"], f"{name}.distributions"),
        means=_means(fields["means"], f"{name}.means"),
        days={
            day: _numbers(
                _object(of, f"{name}.days.{day}", ("turns", *DAILY)), f"{name}.days.{day}"
            )
            for day, of in days.items()
        },
    )


def _distributions(content: object, name: str) -> dict[str, list[float]]:
    found = {}
    for measure, shares in _object(content, name, tuple(BINS)).items():
        at, count = f"{name}.{measure}", len(BINS[measure])
        if not isinstance(shares, list) or len(shares) != count:
            raise MonitorError(f"{at}: must be a list of {count} shares, one a bin")
        found[measure] = [_number(s, f"{at}[{place}]", 1) for place, s in enumerate(shares)]
        if sum(shares) and abs(sum(shares) - 1) > _ROUNDING:
            raise MonitorError(f"{at}: must add up to 1")
    return found


def _means(content: object, name: str) -> dict[str, Mean]:
    found = {}
    for measure, mean in _object(content, name, MEANS).items():
        at = f"{name}.{measure}"
        fields = _object(mean, at, ("value", "error"))
        bound = {} if measure == COUNTED else {"most": 1.0}
        value = _number(fields["value"], f"{at}.value", **bound)
        found[measure] = Mean(value, _number(fields["error"], f"{at}.error"))
    return found


def _numbers(content: Mapping[str, object], name: str) -> dict[str, float]:
    return {field: _number(value, f"{name}.{field}") for field, value in content.items()}


def _object(content: object, name: str, wanted: Sequence[str] = ()) -> Mapping[str, Any]:
    if not isinstance(content, dict):
        raise MonitorError(f"{name}: must be an object")
    if wanted:
        for field in wanted:
            if field not in content:
                raise MonitorError(f"{name}.{field}: is missing")
        for field in content:
            if field not in wanted:
                raise MonitorError(f"{name}.{field}: is not known; {', '.join(wanted)} are")
    return content


def _number(value: object, name: str, most: float = sys.float_info.max) -> float:
    # Python's JSON may hold NaN and Infinity, beside which nothing is ever an alert.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        bounds = "from 0 to 1" if most == 1 else "0 or more"
        raise MonitorError(f"{name}: must be a number, {bounds}")
    return float(value)
