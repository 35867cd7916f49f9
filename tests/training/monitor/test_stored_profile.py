"""A profile that came from a file is whole, or the field that is not is named."""

import json
import math
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from classifier.errors import MonitorError
from tests.training.monitor.test_profile import NORMAL, OPT_OUT, decision
from training.monitor.profile import build_profile
from training.monitor.reference import read_reference

Spoil = Callable[[dict[str, Any]], object]
WRONG: list[object] = [None, True, -1, 1e999, "x", [], {}, [[]], {"a": {}}]
FINE: list[tuple[tuple[str, ...], object]] = [
    (("source",), "x"), (("first",), "x"), (("last",), "x"), (("models",), {}), (("days",), {}),
]  # fmt: skip


def stored() -> dict[str, Any]:
    """Return what `wurao monitor --json` prints of a profile, read back."""
    heard = [decision(NORMAL, 0.1), decision(OPT_OUT)]
    profile = build_profile(heard, lambda _turn: 0.25, "traffic", "log")
    content: dict[str, Any] = json.loads(json.dumps({"profile": profile.to_dict()}))
    return content


SPOILS: list[tuple[Spoil, str]] = [
    (lambda p: p.pop("means"), "means: is missing"),
    (lambda p: p["means"].pop("clarify"), "means.clarify: is missing"),
    (lambda p: p.update(means=[]), "means: must be an object"),
    (lambda p: p["means"].update(mood=1), "means.mood: is not known; opt_out, "),
    (lambda p: p["means"].update(length=3.0), "means.length: must be an object"),
    (lambda p: p["means"]["length"].pop("error"), "means.length.error: is missing"),
    (lambda p: p["means"]["length"].update(value="4"), "means.length.value: must be a number, 0 "),
    (
        lambda p: p["means"]["opt_out"].update(value=1.5),
        "means.opt_out.value: must be a number, from",
    ),
    (
        lambda p: p["means"]["opt_out"].update(error=math.nan),
        "means.opt_out.error: must be a number",
    ),
    (lambda p: p["means"]["opt_out"].update(value=True), "means.opt_out.value: must be a number"),
    (lambda p: p["means"]["length"].update(value=10**400), "means.length.value: must be a nu"),
    (lambda p: p["distributions"].pop("label"), "distributions.label: is missing"),
    (
        lambda p: p["distributions"]["label"].pop(),
        "distributions.label: must be a list of 3 shares",
    ),
    (lambda p: p["distributions"].update(label={}), "distributions.label: must be a list of 3"),
    (lambda p: p["distributions"].update(label=[1, 0, None]), r"distributions.label\[2\]: must be"),
    (lambda p: p["distributions"].update(label=[1, 0, 1]), "distributions.label: must add up to 1"),
    (lambda p: p["bins"]["label"].pop(), "bins: are not those of this version"),
    (lambda p: p.update(kind="guess"), "kind: must be one of traffic, frozen_test"),
    (lambda p: p.update(kind=["traffic"]), "kind: must be a text"),
    (lambda p: p.update(source=None), "source: must be a text"),
    (lambda p: p.update(decisions=1.5), "decisions: must be a whole number"),
    (lambda p: p.update(effective=-1), "effective: must be a number, 0 or more"),
    (lambda p: p.update(models=["a"]), "models: must be an object"),
    (lambda p: p["models"].update(a="all"), "models.a: must be a number"),
    (lambda p: p.update(days=None), "days: must be an object"),
    (lambda p: p["days"]["2027-01-15"].pop("turns"), "days.2027-01-15.turns: is missing"),
    (lambda p: p["days"]["2027-01-15"].update(clarify=[]), "days.2027-01-15.clarify: must be a nu"),
    (lambda p: p.update(mood="good"), "mood: is not known"),
]


@pytest.mark.parametrize(("spoil", "problem"), SPOILS, ids=[problem for _, problem in SPOILS])
def test_a_wrong_field_is_named(tmp_path: Path, spoil: Spoil, problem: str) -> None:
    """A file made by hand gives one line with file and field, never a traceback later."""
    content = stored()
    spoil(content["profile"])
    path = tmp_path / "week.json"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(MonitorError, match=rf"week\.json: profile\.{problem}"):
        read_reference(path)


def test_no_value_of_another_kind_gets_through(tmp_path: Path) -> None:
    """Whatever stands in place of any part of a profile, it is read or refused by name."""
    path = tmp_path / "week.json"
    whole = stored()
    for place in _places(whole["profile"]):
        for wrong in WRONG:
            content = deepcopy(whole)
            _put(content["profile"], place, wrong)
            path.write_text(json.dumps(content), "utf-8")
            if (place, wrong) in FINE:
                assert read_reference(path)
            else:
                with pytest.raises(MonitorError, match=r"week\.json: profile\.\w+"):
                    read_reference(path)


def _places(content: Any, *above: str | int) -> list[tuple[str | int, ...]]:
    inner = content.items() if isinstance(content, dict) else enumerate(content)
    found: list[tuple[str | int, ...]] = []
    for key, value in inner:
        found.append((*above, key))
        if isinstance(value, dict | list):
            found += _places(value, *above, key)
    return found


def _put(content: Any, place: tuple[str | int, ...], value: object) -> None:
    for key in place[:-1]:
        content = content[key]
    content[place[-1]] = value


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    """JSON can write it, and nothing could show it."""
    path = tmp_path / "week.json"
    path.write_text(json.dumps(stored()).replace('"log"', '"\\ud800"'), "utf-8")
    with pytest.raises(MonitorError, match=r"week\.json: is no reference"):
        read_reference(path)


def test_a_file_that_was_cut_off_is_told_of(tmp_path: Path) -> None:
    """At whatever byte a full disk ended it."""
    path = tmp_path / "week.json"
    text = json.dumps(stored())
    for end in range(0, len(text), 97):
        path.write_text(text[:end], "utf-8")
        with pytest.raises(MonitorError, match=r"week\.json: is no reference"):
            read_reference(path)
