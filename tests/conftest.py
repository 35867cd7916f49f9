"""What several tests share: the repository's data and one model trained on all of it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from classifier.manifest import MANIFEST, to_json, version_of
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from training.checks import freeze
from training.dataset import SPLITS, LabelledTurn, read_split
from training.recipe import DEFAULT_RECIPE
from training.train import train

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The labelled data of the repository."""
    return ROOT / "data"


@pytest.fixture(scope="session")
def bundle_folder(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle trained on all the data with the default recipe, as `wurao train` does it.

    WURAO_TEST_BUNDLE names one that is there already, to spare the minutes while working on
    something else; CI never sets it.
    """
    if given := os.environ.get("WURAO_TEST_BUNDLE"):
        return Path(given).absolute()
    folder = tmp_path_factory.mktemp("models") / "champion"
    train(data_folder, DEFAULT_RECIPE, folder, lambda step: print(step))
    return folder


@pytest.fixture(scope="session")
def classifier(bundle_folder: Path) -> TurnClassifier:
    """The compiled scorer of that bundle."""
    return TurnClassifier(load_bundle(bundle_folder))


@pytest.fixture(scope="session")
def test_turns(data_folder: Path) -> list[LabelledTurn]:
    """The frozen test."""
    turns, problems = read_split(data_folder, "test")
    assert not problems
    return turns


@pytest.fixture(scope="session")
def server_address(bundle_folder: Path) -> Iterator[str]:
    """A real server in a process of its own, on a free port."""
    from tests.server_process import start_server

    with start_server(bundle_folder) as server:
        yield server.address


@pytest.fixture(scope="session")
def tiny_data(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A twentieth of the data, sound, on which training takes seconds."""
    folder = tmp_path_factory.mktemp("tiny") / "data"
    sources = {"train": ("short_answers", 1_500), "test": ("short_answers", 250)}
    for split in SPLITS:
        (folder / split).mkdir(parents=True)
        name, count = sources.get(split, ("", 150))
        source = min((data_folder / split).glob(f"{name}*.jsonl"))
        lines = source.read_bytes().splitlines(keepends=True)[:count]
        (folder / split / source.name).write_bytes(b"".join(lines))
    ordinary = (data_folder / "test" / "ordinary_voice.jsonl").read_bytes().splitlines(True)
    (folder / "test" / "ordinary_voice.jsonl").write_bytes(b"".join(ordinary[:100]))
    freeze(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_bundle(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle trained on `tiny_data`, without a second reader."""
    folder = tmp_path_factory.mktemp("tiny") / "bundle"
    train(tiny_data, DEFAULT_RECIPE, folder, lambda step: None, None)
    return folder


@pytest.fixture
def variant(tiny_bundle: Path, tmp_path: Path) -> Callable[..., Path]:
    """A function that gives the tiny model with another threshold: a bundle of its own version."""

    def make(name: str, **thresholds: float) -> Path:
        folder = tmp_path / name
        shutil.copytree(tiny_bundle, folder)
        content = json.loads((folder / MANIFEST).read_text("utf-8"))
        content["thresholds"] |= thresholds
        content["version"] = version_of(content)
        (folder / MANIFEST).write_text(to_json(content), "utf-8")
        return folder

    return make
