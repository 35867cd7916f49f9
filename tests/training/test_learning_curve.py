"""The learning curve that a bundle brings along, and the report that shows it."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from msgspec import structs

from classifier.errors import BundleError
from classifier.turns import Label
from cli.main import wurao
from training.beside_bundle import CURVE, REPORT_PAGE
from training.checks import read_checked
from training.dictionary import build_dictionary
from training.division import part_of
from training.fit import fit_model, fit_rows
from training.learning_curve import learning_curve, read_learning_curve
from training.progress import silent
from training.recipe import DEFAULT_RECIPE, read_recipe
from training.report.write import JSON, JUNIT

_RECIPE = read_recipe(DEFAULT_RECIPE)


def test_each_point_learns_from_twice_the_scenes(tiny_data: Path, tiny_bundle: Path) -> None:
    """The first from a sixteenth, the last is the model; the gain is that of the last doubling."""
    curve = read_learning_curve(tiny_bundle)
    assert curve is not None
    turns = np.array([point.turns for point in curve.points])
    assert len(turns) == 5
    assert turns[-1] == len(read_checked(tiny_data)["train"])
    assert np.all(turns[1:] / turns[:-1] > 1.5)
    values = [point.figures["macro_f1"].value for point in curve.points]
    assert values[-1] > values[0]
    gain = curve.last_doubling
    assert gain is not None
    assert gain.low <= gain.value <= gain.high
    assert gain.value == pytest.approx(values[-1] - values[-2])


def test_a_share_without_a_label_is_left_out(tiny_data: Path) -> None:
    """A data set whose scenes with complaints are few is no reason to fail a training run."""
    splits = read_checked(tiny_data)
    late = [f"late {i}" for i in range(20) if part_of(f"late {i}", "learning curve", 16)]
    turns = [
        structs.replace(turn, group=late[i % len(late)]) if turn.label is Label.COMPLAINT else turn
        for i, turn in enumerate(splits["train"])
    ]
    words = build_dictionary(_RECIPE.dictionary_min_count, _RECIPE.dictionary_max_characters)
    rows = fit_rows(turns, words, _RECIPE, silent)
    model = fit_model(turns, rows, _RECIPE, silent)
    curve = learning_curve(model, rows, turns, splits["test"], _RECIPE)
    assert 1 < len(curve.points) < 5
    assert curve.points[-1].turns == len(turns)


def test_the_report_shows_it(tiny_data: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    """`wurao report` writes page, JSON and JUnit; the page and the JSON have the curve."""
    arguments = ["report", "--data", str(tiny_data), "--bundle", str(tiny_bundle)]
    result = CliRunner().invoke(wurao, [*arguments, "-o", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "missed opt-outs per 1,000" in result.output
    assert "gates that compare with another model were left out" in result.output
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".md"} == {
        REPORT_PAGE,
        JSON,
        JUNIT,
    }
    assert 'id="learning-table"' in (tmp_path / REPORT_PAGE).read_text("utf-8")
    shown = json.loads((tmp_path / JSON).read_text("utf-8"))["learning_curve"]
    assert shown == json.loads((tiny_bundle / CURVE).read_text("utf-8"))


def test_a_bundle_without_one(
    tiny_data: Path, make_variant: Callable[..., Path], tmp_path: Path
) -> None:
    """An older bundle's report says that it has none; a broken one is named with its remedy."""
    bundle = make_variant(tmp_path / "older")
    (bundle / CURVE).unlink()
    assert read_learning_curve(bundle) is None
    arguments = ["report", "--data", str(tiny_data), "--bundle", str(bundle)]
    assert CliRunner().invoke(wurao, arguments).exit_code == 0
    assert "brings no learning curve along" in (bundle / "report" / REPORT_PAGE).read_text("utf-8")
    for broken in ("{", "[]", '{"points": [{"turns": 1}], "last_doubling": null}'):
        (bundle / CURVE).write_text(broken, "utf-8")
        with pytest.raises(BundleError, match=r"learning_curve\.json: is no learning curve"):
            read_learning_curve(bundle)
