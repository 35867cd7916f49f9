"""The learning curve, and that a report never depends on it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from classifier.errors import DataError
from cli.main import wurao
from training.checks import read_checked
from training.recipe import DEFAULT_RECIPE, read_recipe
from training.report.learning_curve import STEPS, learning_curve
from training.report.write import JSON, JUNIT, PAGE, add_learning_curve, write_report


def test_learning_curve_grows(tiny_data: Path) -> None:
    """Each point learns from about twice the turns of the one before, the last from all."""
    splits = read_checked(tiny_data)
    steps: list[str] = []
    curves = list(
        learning_curve(splits["train"], splits["test"], read_recipe(DEFAULT_RECIPE), steps.append)
    )
    assert len(steps) == STEPS
    assert [len(curve.points) for curve in curves] == list(range(1, STEPS))
    assert curves[0].last_doubling is None
    curve = curves[-1]
    turns = np.array([point.turns for point in curve.points])
    assert turns[-1] == len(splits["train"])
    assert np.all(turns[1:] / turns[:-1] > 1.5)
    assert curve.points[-1].figures["macro_f1"].value > curve.points[0].figures["macro_f1"].value
    gain = curve.last_doubling
    assert gain is not None
    assert gain.low <= gain.value <= gain.high


def test_verb_writes_three_files_and_keeps_the_curve(
    tiny_data: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    """`wurao report` writes page, JSON and JUnit; a curve measured before stays in the next one."""
    arguments = ["report", "--data", str(tiny_data), "--bundle", str(tiny_bundle)]
    arguments += ["-o", str(tmp_path)]
    first = CliRunner().invoke(wurao, [*arguments, "--learning-curve"])
    assert first.exit_code == 0, first.output
    assert "missed opt-outs per 1,000" in first.output
    assert "gates that compare with another model were left out" in first.output
    second = CliRunner().invoke(wurao, [*arguments, "--json"])
    assert json.loads(second.stdout)["learning_curve"]["points"]
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".md"} == {PAGE, JSON, JUNIT}
    assert 'id="learning-table"' in (tmp_path / PAGE).read_text("utf-8")


def test_a_curve_cut_short_costs_no_report(
    content: dict[str, Any], tiny_data: Path, tmp_path: Path
) -> None:
    """The report is there before its curve, and keeps the points that were finished."""

    def stop_at_the_third(step: str) -> None:
        steps.append(step)
        if len(steps) == 4:
            raise KeyboardInterrupt

    steps: list[str] = []
    page = write_report(content, tmp_path)[0]
    assert "wurao report --bundle FOLDER --learning-curve" in page.read_text("utf-8")
    with pytest.raises(KeyboardInterrupt):
        add_learning_curve(tiny_data, tmp_path, report=stop_at_the_third)
    assert len(json.loads((tmp_path / JSON).read_text("utf-8"))["learning_curve"]["points"]) == 2
    assert "cut short" in page.read_text("utf-8")
    with pytest.raises(DataError, match="write the report first"):
        add_learning_curve(tiny_data, tmp_path / "nowhere")
