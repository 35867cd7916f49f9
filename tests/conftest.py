"""What several tests share: the repository's data and one model trained on all of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from training.dataset import LabelledTurn, read_split
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
