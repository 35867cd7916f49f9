"""A registry stands only in a PostgreSQL database that keeps what is written, or says so."""

import logging
from collections.abc import Callable, Iterator

import psycopg
import pytest

from classifier.errors import StoreError
from classifier.optouts.open_registry import create_registry, holds_registry, open_registry
from classifier.optouts.postgres.database import PostgresDatabase
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import Contact, OptOutRequest, Reach, Scope
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import KeyRing
from tests.classifier.optouts.conftest import phone
from tests.conftest import ROOT
from tests.postgres_server import schema, setting

_NO_UTF8 = "does not hold texts as UTF8; `createdb --encoding=UTF8 "


@pytest.fixture(params=["LATIN1", "SQL_ASCII"])
def other_encoding(request: pytest.FixtureRequest, postgres: str) -> Iterator[str]:
    """A database that does not hold texts as UTF8."""
    made = f"CREATE DATABASE other ENCODING '{request.param}' TEMPLATE template0"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"{made} LC_COLLATE 'C' LC_CTYPE 'C'".encode())
        yield postgres.replace("/postgres?", "/other?")
        connection.execute("DROP DATABASE other WITH (FORCE)")


def test_texts_of_another_encoding_are_refused(
    other_encoding: str, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chinese names could not be kept there: none is made, and one that was made is not opened."""
    with pytest.raises(StoreError, match=_NO_UTF8):
        create_registry(other_encoding, ring)
    assert not holds_registry(other_encoding)
    with monkeypatch.context() as patch:
        patch.setattr(PostgresDatabase, "flaw", lambda *_: None)  # as if nobody had looked
        create_registry(other_encoding, ring)
    with pytest.raises(StoreError, match=_NO_UTF8):
        open_registry(other_encoding, ring)


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_the_address_chooses_no_encoding(
    place: str, ring: KeyRing, ask: Callable[..., OptOutRequest]
) -> None:
    """Texts go to the server as UTF8, whatever it or its address prefers."""
    place += "&client_encoding=LATIN1"
    create_registry(place, ring)
    registry = open_registry(place, ring)
    registry.record(ask(1, scope=Scope(Reach.CAMPAIGN, "春季")))
    assert not registry.check(Contact("acme", campaign="春季"), [phone(1)]).allowed
    registry.close()


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
@pytest.mark.parametrize("table", ["opt_outs", "subjects", "schema_versions"])
def test_a_table_that_a_crash_would_empty_is_refused(
    registry: Registry,
    place: str,
    ring: KeyRing,
    ask: Callable[..., OptOutRequest],
    table: str,
) -> None:
    """Everybody might be contacted after it; the refusal says how to make it last."""
    registry.record(ask(1))
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE {table} SET UNLOGGED".encode())
        with pytest.raises(StoreError, match=f"{table} is unlogged.* `ALTER TABLE {table} SET LO"):
            open_registry(place, ring)
        connection.execute(f"ALTER TABLE {table} SET LOGGED".encode())
    again = open_registry(place, ring)
    assert not again.check(Contact("acme"), [phone(1)]).allowed
    assert again.store.verify().findings == ()
    again.close()


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_a_server_that_may_lose_commits_is_told(
    registry: Registry, place: str, ring: KeyRing, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Opening says so once, and what to do; it goes on, for a test may run so on purpose."""
    registry.close()
    with setting(place, name, "off"):
        open_registry(place, ring).close()
    (line,) = (one for one in caplog.records if one.levelno == logging.WARNING)
    assert f"{name} is off, so a crash may lose what was acknowledged; " in line.getMessage()
    caplog.clear()
    open_registry(place, ring).close()
    assert not [one for one in caplog.records if one.levelno == logging.WARNING]


def test_each_connection_waits_for_the_disk(postgres: str, ring: KeyRing) -> None:
    """A server that does not wait by itself changes nothing: a registry's connections do."""
    with setting(postgres, "synchronous_commit", "off"), schema(postgres, "waits") as place:
        create_registry(place, ring)
        database = PostgresDatabase(place)
        with database.reading() as connection:
            assert database.risks(connection) == {}
        database.close()


def test_the_rights_of_the_guide_are_enough(
    postgres: str, ring: KeyRing, ask: Callable[..., OptOutRequest]
) -> None:
    """A role with these alone records, ends, verifies and rebuilds; it alters no table."""
    guide = (ROOT / "docs/registry.md").read_text("utf-8")
    (grants,) = (part.split("```")[0] for part in guide.split("```sql\n")[1:])
    with schema(postgres, "theirs") as place, psycopg.connect(place, autocommit=True) as owner:
        create_registry(place, ring)
        owner.execute("CREATE ROLE clerk LOGIN")
        owner.execute(grants.replace("public", "theirs").replace("TO wurao", "TO clerk").encode())
        registry = open_registry(place.replace("wurao@", "clerk@"), ring)
        for n in (1, 2):
            registry.record(ask(n))
        registry.revoke(
            Revocation("acme", "r", "lin", "opted_in", subject=phone(2), note="客户来电")
        )
        owner.execute("DELETE FROM opt_outs")
        assert registry.store.rebuild() == 2
        assert registry.store.verify().findings == ()
        assert not registry.check(Contact("acme"), [phone(1)]).allowed
        owner.execute("DROP INDEX opt_outs_subject")
        with pytest.raises(StoreError, match="must be owner of table opt_outs; grant what"):
            registry.store.rebuild()
        registry.close()
        owner.execute("DROP OWNED BY clerk")
        owner.execute("DROP ROLE clerk")
