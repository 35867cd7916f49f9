"""A registry is opened where it was made, and made only where that was asked for."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.errors import SchemaError, StoreError, StoreMissingError
from classifier.optouts.listing import Filter
from classifier.optouts.open_registry import create_registry, holds_registry, open_registry
from classifier.optouts.records import Contact, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import KeyRing
from tests.classifier.optouts.conftest import listed_events, phone


def test_a_place_without_a_registry_is_refused(place: str, ring: KeyRing, tmp_path: Path) -> None:
    """Whoever asked it would be told that everybody may be contacted. Nothing is made by asking."""
    before = sorted(tmp_path.iterdir())
    with pytest.raises(StoreMissingError, match="no registry is there"):
        open_registry(place, ring)
    assert not holds_registry(place)
    assert sorted(tmp_path.iterdir()) == before


def test_one_that_is_there_is_never_made_anew(
    registry: Registry, place: str, ring: KeyRing, ask: Callable[..., OptOutRequest]
) -> None:
    """It is refused and holds what it held."""
    registry.record(ask(1))
    assert holds_registry(place)
    with pytest.raises(StoreError, match="holds a registry already"):
        create_registry(place, ring)
    assert not registry.check(Contact("acme"), [phone(1)]).allowed


def test_a_file_that_went_away_is_not_made_anew(ring: KeyRing, tmp_path: Path) -> None:
    """A connection opened after the disk was taken away fails instead of finding nobody."""
    path = tmp_path / "registry.sqlite"
    create_registry(str(path), ring)
    registry = open_registry(str(path), ring)
    for file in tmp_path.glob("registry.sqlite*"):
        file.unlink()
    caught: list[StoreError] = []

    def check() -> None:
        with pytest.raises(StoreError) as error:
            registry.check(Contact("acme"), [phone(1)])
        caught.append(error.value)

    thread = threading.Thread(target=check)
    thread.start()
    thread.join()
    registry.close()
    assert caught
    assert not path.exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("DELETE FROM key_checks", "rows of the table key_checks were removed"),
        ("UPDATE chain_head SET key_version = 2", "rows of the table key_checks were removed"),
        ("DROP TABLE key_checks", "the table key_checks is gone"),
        ("DROP TABLE secrets", "the table secrets is gone"),
        ("DROP TABLE subjects", "the table subjects is gone"),
    ],
)
def test_what_cannot_be_derived_is_named_when_it_is_gone(
    registry: Registry, place: str, ring: KeyRing, change: str, message: str
) -> None:
    """A store that lacks it does not open, and a backup is the remedy."""
    with registry.store._database.writing() as connection:
        connection.send(change)
    with pytest.raises(SchemaError, match=f"{message}.*restore a backup"):
        open_registry(place, ring)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_was_taken_away_under_a_server_takes_nothing_more(
    ring: KeyRing, tmp_path: Path, ask: Callable[..., OptOutRequest], replaced: bool
) -> None:
    """Nobody is told "recorded" of what nobody else would see; put back, it goes on."""
    path, away = tmp_path / "registry.sqlite", tmp_path / "away"
    create_registry(str(path), ring)
    registry = open_registry(str(path), ring)
    registry.record(ask(1))
    path.rename(away)
    if replaced:
        create_registry(str(tmp_path / "other"), ring)
        (tmp_path / "other").rename(path)
    with pytest.raises(StoreError, match="was removed or replaced while in use"):
        registry.record(ask(2))
    with pytest.raises(StoreError, match="was removed or replaced while in use"):
        registry.check(Contact("acme"), [phone(1)])
    away.rename(path)
    assert not registry.check(Contact("acme"), [phone(1)]).allowed
    registry.record(ask(2))
    assert len(listed_events(registry, Filter("acme"))) == 2
    registry.close()
