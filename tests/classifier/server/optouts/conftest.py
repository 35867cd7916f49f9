"""Two server processes over one registry, on each kind of store."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grpc
import pytest
from wurao.v1 import classifier_pb2_grpc, optouts_pb2_grpc, subjects_pb2

from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Action, ContextTurn, Speaker, Turn
from tests.new_registry import new_registry
from tests.postgres_server import postgres_server
from tests.server_process import start_server
from training.dataset import LabelledTurn

Stub = optouts_pb2_grpc.OptOutServiceStub
BEFORE = (ContextTurn(Speaker.USER, "喂"), ContextTurn(Speaker.BOT, "您好"))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two servers that share one registry.

    Attributes:
        settings: Variables of the registry.
        channels: One to each server.
    """

    settings: dict[str, str]
    channels: tuple[grpc.Channel, grpc.Channel]


@pytest.fixture(scope="session")
def pair_of(
    bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Pair]]:
    """Starts, once for each kind of store, two servers over a registry that is still empty."""
    with ExitStack() as stack:

        @cache
        def start(kind: str) -> Pair:
            folder = tmp_path_factory.mktemp("registry")
            place = "" if kind == "sqlite" else stack.enter_context(postgres_server())
            settings = new_registry(folder, place) | {"WURAO_SECOND_READER": "false"}
            servers = [stack.enter_context(start_server(bundle_folder, **settings)) for _ in "ab"]
            first, second = (
                stack.enter_context(grpc.insecure_channel(server.address)) for server in servers
            )
            return Pair(settings, (first, second))

        yield start


# Were the parameter the session's, servers would end with each file of tests.
@pytest.fixture(params=["sqlite", "postgres"])
def pair(request: pytest.FixtureRequest, pair_of: Callable[[str], Pair]) -> Pair:
    """Two servers that share one registry, on each kind of store."""
    return pair_of(request.param)


@pytest.fixture
def registry_settings(pair: Pair) -> dict[str, str]:
    """Variables of the registry that two servers share."""
    return pair.settings


@pytest.fixture
def channels(pair: Pair) -> tuple[grpc.Channel, grpc.Channel]:
    """A channel to each of two servers that share one registry."""
    return pair.channels


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
    """A turn of the frozen test that the linear model of these servers is in doubt about.

    Also behind `BEFORE`.
    """
    classifier = TurnClassifier(load_bundle(bundle_folder, second_reader=False))

    def is_in_doubt(text: str) -> bool:
        turns = Turn(text), Turn(text, context=BEFORE)
        return all(classifier.classify(turn).action is Action.CLARIFY for turn in turns)

    return next(one.turn.text for one in test_turns if is_in_doubt(one.turn.text))


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
