"""What the registry's tests share: keys, and a registry on each kind of store."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from classifier.key_file import add_key
from classifier.optouts.events.event import Event
from classifier.optouts.listing import Filter, list_events, list_opt_outs
from classifier.optouts.open_registry import create_registry, open_registry
from classifier.optouts.records import Intake, OptOut, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import KeyRing, keys_from_file
from classifier.optouts.subjects.subject import Subject, SubjectKind
from tests.postgres_server import postgres_server, schema

_NAMES = count(1)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A key file with one key."""
    path = tmp_path / "keys"
    add_key(path)
    return path


@pytest.fixture
def ring(key_file: Path) -> KeyRing:
    """Its keys."""
    return keys_from_file(key_file)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own; where none can be started, its tests fail."""
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an empty store may be made, on each kind of database."""
    if request.param == "sqlite":
        yield str(tmp_path / "registry.sqlite")
        return
    with schema(request.getfixturevalue("postgres"), f"t{next(_NAMES)}") as url:
        yield url


@pytest.fixture
def registry(place: str, ring: KeyRing) -> Iterator[Registry]:
    """An empty registry."""
    create_registry(place, ring)
    registry = open_registry(place, ring)
    yield registry
    registry.close()


@pytest.fixture
def ask() -> Callable[..., OptOutRequest]:
    """Makes a request about the nth number, with a request id of its own."""
    numbers = count(1)

    def request(n: int = 1, **more: object) -> OptOutRequest:
        fields = {
            "tenant": "acme",
            "request_id": f"r{next(numbers)}",
            "subject": phone(n),
            "intake": Intake.VOICE,
            "actor": "bot-7",
            "text": "别再打了",
        }
        return OptOutRequest(**(fields | more))  # type: ignore[arg-type]

    return request


@contextmanager
def clock_ahead(by_us: int) -> Generator[None]:
    """Let the registry's clock be so many microseconds ahead for a while."""
    now_ns = time.time_ns
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time_ns", lambda: now_ns() + by_us * 1_000)
        yield


def phone(n: int) -> Subject:
    """Return the nth number."""
    return Subject(SubjectKind.PHONE, f"+86138{n:08d}")


def listed_opt_outs(registry: Registry, wanted: Filter) -> list[OptOut]:
    """Return a page of opt-outs without what was recorded about them."""
    return [listed.opt_out for listed in list_opt_outs(registry, wanted)]


def listed_events(registry: Registry, wanted: Filter) -> list[Event]:
    """Return a page of events without their chain hashes."""
    return [event for event, _hash in list_events(registry, wanted)]
