"""The training run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from classifier.errors import BundleError, DataError
from classifier.model_bundle import load_bundle
from tests.conftest import ROOT
from training.checks import freeze, read_digested
from training.dataset import SPLITS
from training.recipe import DEFAULT_RECIPE
from training.train import STEPS, train


def _by_name(path: Path) -> tuple[bool, str]:
    return (path.name != "short_answers.jsonl", path.name)


@pytest.fixture
def few_turns(data_folder: Path, tmp_path: Path) -> Path:
    """A little of the data, whole files, so that training takes a moment."""
    folder = tmp_path / "data"
    for split in SPLITS:
        (folder / split).mkdir(parents=True)
        source = min((data_folder / split).glob("*.jsonl"), key=_by_name)
        (folder / split / "short_answers.jsonl").write_bytes(source.read_bytes())
    freeze(folder)
    return folder


def test_repeated_training_gives_the_same_bytes(tiny_data: Path, tmp_path: Path) -> None:
    """Same data and recipe, other process, other hash seed: the same bundle but for nothing."""
    versions = []
    for seed in ("1", "2"):
        output = tmp_path / f"bundle{seed}"
        verb = ("train", "--data", tiny_data, "-o", output, "--no-report")
        subprocess.run(
            (sys.executable, "-m", "cli.main", *verb),
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        versions.append(load_bundle(output).manifest.version)
        assert (output / "weights.npy").read_bytes() == (
            tmp_path / "bundle1/weights.npy"
        ).read_bytes()
    assert versions[0] == versions[1]


def test_each_step_is_reported(few_turns: Path, tmp_path: Path) -> None:
    """The progress display knows how many steps there are; of data that change, what was learnt."""
    steps: list[str] = []
    _splits, digests = read_digested(few_turns)

    def late(step: str) -> None:
        steps.append(step)
        if len(steps) > 1:  # the data are read
            for split in ("train", "test"):
                (few_turns / split / "late.jsonl").write_text("{}", "utf-8")

    result = train(few_turns, DEFAULT_RECIPE, tmp_path / "bundle", late)
    assert len(steps) == STEPS
    assert (result.manifest.data_digest, result.manifest.test_digest) == (
        digests.train,
        digests.test,
    )
    assert result.features > 1_000
    assert result.scores.turns == sum(s.support for s in result.scores.labels.values())
    written = json.loads((tmp_path / "bundle" / "manifest.json").read_text("utf-8"))
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
