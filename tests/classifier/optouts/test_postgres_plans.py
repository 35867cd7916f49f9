"""PostgreSQL reads a few rows for a write or a check, whatever it knows of the tables.

It keeps plans that it made while a table was small, and plans without statistics until it has
looked at a table that grew.
"""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from classifier.optouts.open_registry import create_registry, open_registry
from classifier.optouts.records import Contact, OptOutRequest
from classifier.optouts.subjects.keys import KeyRing
from tests.classifier.optouts.conftest import phone
from tests.postgres_server import schema

CONTACT = Contact("acme", "bot-7", "spring")
GROWN = 2_000
READ_ROWS = (
    "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_user_tables WHERE schemaname = 'plans'"
)


@pytest.fixture
def unseen(postgres: str) -> Iterator[str]:
    """A place whose tables PostgreSQL never looks at by itself."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")
        with schema(postgres, "plans") as url:
            yield url
        connection.execute("ALTER SYSTEM RESET autovacuum")
        connection.execute("SELECT pg_reload_conf()")


def test_little_is_read_of_tables_that_grew(
    unseen: str, ring: KeyRing, ask: Callable[..., OptOutRequest], postgres: str
) -> None:
    """Writes one by one and a check of many, through connections that knew the tables small."""
    create_registry(unseen, ring)
    registry = open_registry(unseen, ring)
    for n in range(20):
        registry.record(ask(n))
        registry.check_many(CONTACT, [phone(n) for n in range(64)])
    registry.record_many([ask(100 + n) for n in range(GROWN)])
    for n in range(20):
        registry.record(ask(20 + n))
    decisions = registry.check_many(CONTACT, [phone(100 + 10 * n) for n in range(64)])
    registry.close()
    assert not any(decision.allowed for decision in decisions)
    with psycopg.connect(postgres, autocommit=True) as connection:
        [(read,)] = connection.execute(READ_ROWS).fetchall()
    assert read < GROWN
