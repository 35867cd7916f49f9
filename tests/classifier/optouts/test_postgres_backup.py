"""A registry comes back from PostgreSQL's own tools as it was."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from classifier.optouts.open_registry import open_registry
from classifier.optouts.records import Contact, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import KeyRing
from tests.classifier.optouts.conftest import phone
from tests.postgres_server import postgres_programs


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_a_dump_is_restored_as_it_was(
    registry: Registry,
    ask: Callable[..., OptOutRequest],
    place: str,
    postgres: str,
    ring: KeyRing,
    tmp_path: Path,
) -> None:
    """The restored registry refuses whom it refused, and an audit finds nothing."""
    registry.record(ask(1))
    anchor = registry.store.verify().anchor
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
    dump = tmp_path / "registry.dump"
    restored = postgres.replace("/postgres?", "/restored?")
    schema = place.rpartition("search_path%3D")[2]
    programs = postgres_programs()
    for program, *arguments in (
        ("pg_dump", "--format=custom", f"--schema={schema}", f"--file={dump}", postgres),
        ("pg_restore", "--exit-on-error", f"--dbname={restored}", str(dump)),
    ):
        subprocess.run([programs / program, *arguments], check=True)
    again = open_registry(place.replace("/postgres?", "/restored?"), ring)
    assert again.store.verify(anchor).findings == ()
    assert not again.check(Contact("acme"), [phone(1)]).allowed
    again.close()
