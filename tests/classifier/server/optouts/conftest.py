"""Two server processes over one registry, on each kind of store."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from wurao.v1 import classifier_pb2_grpc, optouts_pb2_grpc, subjects_pb2

from classifier.key_file import add_key
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Action, Turn
from tests.postgres_server import postgres_server
from tests.server_process import start_server
from training.dataset import LabelledTurn

Stub = optouts_pb2_grpc.OptOutServiceStub


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def registry_settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Variables of a registry that is still empty, with its key, on each kind of store."""
    folder: Path = tmp_path_factory.mktemp("registry")
    add_key(folder / "registry.keys")
    settings = {
        "WURAO_REGISTRY": str(folder / "registry.db"),
        "WURAO_REGISTRY_KEYS": str(folder / "registry.keys"),
        "WURAO_SECOND_READER": "false",
    }
    if request.param == "sqlite":
        yield settings
        return
    with postgres_server() as url:
        yield settings | {"WURAO_REGISTRY": url}


@pytest.fixture(scope="session")
def channels(
    bundle_folder: Path, registry_settings: dict[str, str]
) -> Iterator[tuple[grpc.Channel, grpc.Channel]]:
    """A channel to each of two servers that share one registry."""
    with (
        start_server(bundle_folder, **registry_settings) as one,
        start_server(bundle_folder, **registry_settings) as other,
        grpc.insecure_channel(one.address) as first,
        grpc.insecure_channel(other.address) as second,
    ):
        yield first, second


@pytest.fixture
def stub(channels: tuple[grpc.Channel, grpc.Channel]) -> Stub:
    """The registry's client of the first server."""
    return Stub(channels[0])


@pytest.fixture
def other_stub(channels: tuple[grpc.Channel, grpc.Channel]) -> Stub:
    """The registry's client of the second server."""
    return Stub(channels[1])


@pytest.fixture
def classifier_stub(
    channels: tuple[grpc.Channel, grpc.Channel],
) -> classifier_pb2_grpc.ClassifierServiceStub:
    """The classifier's client of the first server."""
    return classifier_pb2_grpc.ClassifierServiceStub(channels[0])


@pytest.fixture(scope="session")
def doubtful(bundle_folder: Path, test_turns: list[LabelledTurn]) -> str:
    """A turn of the frozen test that the linear model of these servers is in doubt about."""
    classifier = TurnClassifier(load_bundle(bundle_folder, second_reader=False))
    turns = (labelled.turn for labelled in test_turns)
    asked = (t.text for t in turns if classifier.classify(Turn(t.text)).action is Action.CLARIFY)
    return next(asked)


_numbers = itertools.count(13_100_000_000)
_ids = itertools.count()


@pytest.fixture
def number() -> Callable[[], subjects_pb2.Subject]:
    """Gives phone numbers that no test has used yet."""
    return lambda: subjects_pb2.Subject(value=str(next(_numbers)))


@pytest.fixture
def new_id() -> Callable[[], str]:
    """Gives request ids that no test has used yet."""
    return lambda: f"request-{next(_ids)}"
