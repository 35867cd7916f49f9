"""The training run."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from classifier.errors import BundleError, DataError
from classifier.model_bundle import load_bundle
from tests.conftest import ROOT
from training.checks import freeze, read_digested
from training.dataset import SPLITS
from training.recipe import DEFAULT_RECIPE
from training.train import STEPS, TrainingResult, train


def _by_name(path: Path) -> tuple[bool, str]:
    return (path.name != "short_answers.jsonl", path.name)


def copy_a_little(data_folder: Path, folder: Path) -> Path:
    """Write a little of the data, whole files, so that training takes a moment."""
    for split in SPLITS:
        (folder / split).mkdir(parents=True)
        source = min((data_folder / split).glob("*.jsonl"), key=_by_name)
        (folder / split / "short_answers.jsonl").write_bytes(source.read_bytes())
    freeze(folder)
    return folder


@pytest.fixture
def few_turns(data_folder: Path, tmp_path: Path) -> Path:
    """A little of the data."""
    return copy_a_little(data_folder, tmp_path / "data")


@dataclass(frozen=True, slots=True)
class Run:
    """A training run on a little of the data, to which files came while it was under way."""

    data: Path
    bundle: Path
    steps: list[str]
    result: TrainingResult


@pytest.fixture(scope="module")
def run(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A training run in this process; the data are again as it read them."""
    folder = tmp_path_factory.mktemp("run")
    data, steps = copy_a_little(data_folder, folder / "data"), list[str]()
    late = [data / split / "late.jsonl" for split in ("train", "test")]

    def note(step: str) -> None:
        steps.append(step)
        if len(steps) > 1:  # the data are read
            for file in late:
                file.write_text("{}", "utf-8")

    result = train(data, DEFAULT_RECIPE, folder / "bundle", note)
    for file in late:
        file.unlink()
    return Run(data, folder / "bundle", steps, result)


def test_repeated_training_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    """Same data and recipe, other process, other hash seed: the same bundle but for nothing."""
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    verb = ("train", "--data", run.data, "-o", tmp_path / "bundle", "--no-report")
    subprocess.run(
        (sys.executable, "-m", "cli.main", *verb),
        env=os.environ | {"PYTHONHASHSEED": seed},
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in ("weights.npy", "pipeline.joblib"):
        assert (tmp_path / "bundle" / name).read_bytes() == (run.bundle / name).read_bytes()
    assert load_bundle(tmp_path / "bundle").manifest.version == run.result.manifest.version


def test_each_step_is_reported(run: Run) -> None:
    """The progress display knows how many steps there are; of data that change, what was learnt."""
    _splits, digests = read_digested(run.data)
    result = run.result
    assert len(run.steps) == STEPS
    assert (result.manifest.data_digest, result.manifest.test_digest) == (
        digests.train,
        digests.test,
    )
    assert result.features > 500
    assert result.scores.turns == sum(s.support for s in result.scores.labels.values())
    written = json.loads((run.bundle / "manifest.json").read_text("utf-8"))
    assert written["test_scores"]["macro_f1"]["value"] == result.scores.macro_f1.value


def test_bad_data_writes_nothing(few_turns: Path, tmp_path: Path) -> None:
    """An older bundle survives a failed run."""
    with (few_turns / "train" / "short_answers.jsonl").open("a") as file:
        file.write("nonsense\n")
    older = tmp_path / "bundle"
    older.mkdir()
    (older / "manifest.json").write_text("older", "utf-8")
    with pytest.raises(DataError, match=r"short_answers.jsonl:\d+: line: is not JSON"):
        train(few_turns, DEFAULT_RECIPE, tmp_path / "bundle", lambda step: None)
    assert (older / "manifest.json").read_text("utf-8") == "older"


def test_a_folder_that_is_no_bundle_is_left_alone(few_turns: Path) -> None:
    """`wurao train -o data` loses nothing."""
    with pytest.raises(BundleError, match="is there and is no model bundle"):
        train(few_turns, DEFAULT_RECIPE, few_turns, lambda step: None)
    assert (few_turns / "train" / "short_answers.jsonl").is_file()
