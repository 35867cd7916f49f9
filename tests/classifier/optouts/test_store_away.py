"""A PostgreSQL server that goes away and comes back under an open registry."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest

from classifier.errors import StoreError
from classifier.optouts.open_registry import create_registry, open_registry
from classifier.optouts.postgres.database import PostgresDatabase
from classifier.optouts.records import Contact, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import KeyRing
from tests.classifier.optouts.conftest import phone
from tests.postgres_server import PostgresServer, stoppable_postgres

_CONNECTIONS = 4
_THREADS = 24  # more than there are connections


@pytest.fixture
def postgres_of_ours() -> Iterator[PostgresServer]:
    """A PostgreSQL server that the test may stop."""
    with stoppable_postgres() as server:
        yield server


def answers(registry: Registry) -> bool:
    """Return whether a check is answered."""
    try:
        registry.check(Contact("acme"), [phone(1)])
    except StoreError:
        return False
    return True


def answers_within(registry: Registry, seconds: float) -> bool:
    """Return whether a check is answered in time, asking again and again."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answers(registry):
            return time.monotonic() < until
        time.sleep(0.05)
    return False


def test_who_asks_an_absent_server_is_told_at_once(
    postgres_of_ours: PostgresServer, ring: KeyRing, ask: Callable[..., OptOutRequest]
) -> None:
    """Nobody waits for connections one after the other; writers and checks go on by themselves."""
    create_registry(postgres_of_ours.url, ring)
    registry = open_registry(postgres_of_ours.url, ring)
    with ThreadPoolExecutor(_THREADS) as threads:
        requests = [ask(n) for n in range(_THREADS)]
        assert len(list(threads.map(registry.record, requests))) == _THREADS
        postgres_of_ours.stop()
        # Were each to wait half a second for a connection, it would take 20 s.
        asked = threads.map(lambda _: answers(registry), range(_THREADS * 40), timeout=10)
        assert not any(asked)
        postgres_of_ours.start()
        assert answers_within(registry, 20)
        for request in requests:
            assert registry.record(request).record_id
    assert not registry.store.verify().findings
    registry.close()


def test_the_server_is_found_again_however_long_it_was_away(
    postgres_of_ours: PostgresServer, ring: KeyRing
) -> None:
    """No wait grows with the outage: the next attempt still comes within some two seconds."""
    create_registry(postgres_of_ours.url, ring)
    registry = open_registry(postgres_of_ours.url, ring)
    postgres_of_ours.stop()
    assert not answers_within(registry, 8.5)  # a wait that doubles would now be 8 seconds
    postgres_of_ours.start()
    assert answers_within(registry, 4)
    registry.close()


def test_the_first_who_asks_after_a_restart_is_answered(postgres_of_ours: PostgresServer) -> None:
    """However many connections broke meanwhile, nobody is told that it is away."""
    database = PostgresDatabase(postgres_of_ours.url)
    for _ in range(2):
        with ExitStack() as connections:
            for _ in range(_CONNECTIONS):
                connections.enter_context(database.reading())
        postgres_of_ours.stop()
        postgres_of_ours.start()
        assert database.ask("SELECT 1") == [(1,)]
    database.close()


def test_a_full_server_costs_nobody_the_connections_that_are_open(
    postgres_of_ours: PostgresServer, ring: KeyRing
) -> None:
    """Where no further connection is let in, those at hand answer."""
    with psycopg.connect(postgres_of_ours.url, autocommit=True) as owner:
        owner.execute("CREATE ROLE little LOGIN CONNECTION LIMIT 2")  # binds no superuser
        owner.execute("GRANT CREATE ON SCHEMA public TO little")
    place = postgres_of_ours.url.replace("wurao@", "little@")
    create_registry(place, ring)
    registry = open_registry(place, ring)
    with ThreadPoolExecutor(_THREADS) as threads:
        assert all(threads.map(lambda _: answers(registry), range(_THREADS * 20)))
    registry.close()
