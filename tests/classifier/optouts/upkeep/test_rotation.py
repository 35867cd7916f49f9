"""Keys rotate while the registry is in use."""

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from classifier.errors import KeysError
from classifier.key_file import add_key
from classifier.optouts.events.event import Draft
from classifier.optouts.events.tables import SUBJECTS
from classifier.optouts.open_registry import open_registry
from classifier.optouts.recording.changes import record_opt_out
from classifier.optouts.recording.rulings import KeepForGood
from classifier.optouts.recording.subject_index import subject_row
from classifier.optouts.records import Contact, OptOut, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.rights.correction import Correction
from classifier.optouts.rights.subject_rights import SubjectRights
from classifier.optouts.sql_store import SqlStore
from classifier.optouts.store import Ahead, Lookup, Transaction
from classifier.optouts.subjects.keys import KeyRing, keys_from_file
from classifier.optouts.subjects.subject import Subject, SubjectKind
from classifier.optouts.upkeep.rotation import is_under_way, rotate_keys

Ask = Callable[..., OptOutRequest]
ACME = Contact("acme")


def number(n: int) -> Subject:
    """Return the nth number."""
    return Subject(SubjectKind.PHONE, f"+86138{n:08d}")


def keep_only(key_file: Path, version: int) -> None:
    """Take all other keys out of a key file."""
    lines = key_file.read_text().splitlines()
    key_file.write_text("\n".join(line for line in lines if line.startswith(f"{version} ")))


def test_all_is_made_anew(registry: Registry, ask: Ask, key_file: Path, place: str) -> None:
    """After a rotation nothing needs the old key: it can be taken away, and all is still there."""
    for n in range(450):
        registry.record(ask(n))
    correction = Correction("acme", "c", "clerk", number(3), number(450), "听错了")
    SubjectRights(registry).correct(correction)
    add_key(key_file)
    rotation = rotate_keys(registry, "admin")
    assert (rotation.version, rotation.hashed, rotation.left) == (2, 451, 0)
    assert rotation.retired == (1,)
    keep_only(key_file, 2)
    again = open_registry(place, keys_from_file(key_file))
    assert not any(
        d.allowed for d in again.check_many(ACME, [number(n) for n in range(451) if n != 3])
    )
    assert SubjectRights(again).show("acme", number(7), "clerk").subject == number(7)
    assert again.store.verify().findings == ()
    again.close()


def test_hashed_anew_and_recorded_in_one_commit(
    registry: Registry, ask: Ask, key_file: Path
) -> None:
    """A subject found under no new hash before the commit is found under it once it has one."""
    registry.record(ask(1))
    add_key(key_file)
    registry.store.renew_keys()
    ring = registry.ring

    def work(transaction: Transaction) -> OptOut:
        transaction.take_key(2)
        transaction.put(SUBJECTS, subject_row(ring, number(1), 1, 2))
        return record_opt_out(transaction, ring, KeepForGood(), ask(1))[0]

    ahead = Ahead(tuple(ring.subject_hashes(number(1))), ())
    assert registry.store.write(work, ahead).subject_id == 1


def test_erased_subjects_keep_the_old_key(
    registry: Registry, ask: Ask, key_file: Path, place: str
) -> None:
    """An erased subject stays under the old key, which is then not retired and still refuses."""
    registry.record(ask(1))
    registry.record(ask(2))
    SubjectRights(registry).erase("acme", "e", "clerk", number(1), "x")
    add_key(key_file)
    rotation = rotate_keys(registry, "admin")
    assert (rotation.hashed, rotation.left, rotation.retired) == (1, 1, ())
    assert not is_under_way(registry)
    assert not registry.check(ACME, [number(1)]).allowed
    assert registry.store.verify().findings == ()
    keep_only(key_file, 2)
    with pytest.raises(KeysError, match="version 1"):
        open_registry(place, keys_from_file(key_file))


def test_another_process_is_never_fooled(
    registry: Registry, ask: Ask, key_file: Path, place: str
) -> None:
    """A registry opened before a rotation reads the new key by itself, and loses no subject."""
    registry.record(ask(1))
    other = open_registry(place, keys_from_file(key_file))
    add_key(key_file)
    rotate_keys(registry, "admin")
    assert not other.check(ACME, [number(1)]).allowed
    assert other.record(ask(1)).subject_id == 1
    other.close()


def test_without_the_new_key_no_answer(
    registry: Registry, ask: Ask, key_file: Path, place: str, tmp_path: Path
) -> None:
    """A process that cannot read the new key refuses to answer rather than say allowed."""
    registry.record(ask(1))
    copy = tmp_path / "copy"
    copy.write_bytes(key_file.read_bytes())
    other = open_registry(place, keys_from_file(copy))
    add_key(key_file)
    rotate_keys(registry, "admin")
    with pytest.raises(KeysError, match="version 2"):
        other.check(ACME, [number(1)])
    with pytest.raises(KeysError, match="version 2"):
        other.record(ask(2))
    other.close()


@pytest.mark.parametrize("known_at_start", [False, True])
def test_another_new_key_gives_no_answer(
    registry: Registry, ask: Ask, key_file: Path, place: str, tmp_path: Path, known_at_start: bool
) -> None:
    """A process whose new key was made apart refuses to answer and to write."""
    registry.record(ask(1))
    copy = tmp_path / "copy"
    copy.write_bytes(key_file.read_bytes())
    if known_at_start:
        add_key(copy)
    other = open_registry(place, keys_from_file(copy))
    if not known_at_start:
        add_key(copy)
    add_key(key_file)
    rotate_keys(registry, "admin")
    for _ in range(2):
        with pytest.raises(KeysError, match="version 2 is not the one"):
            other.check(ACME, [number(1)])
        with pytest.raises(KeysError, match="version 2 is not the one"):
            other.record(ask(2))
    copy.write_bytes(key_file.read_bytes())
    assert not other.check(ACME, [number(1)]).allowed
    other.close()
    assert registry.store.verify().findings == ()


def test_a_file_without_an_old_key_gives_no_answer(
    registry: Registry, ask: Ask, key_file: Path, place: str, tmp_path: Path
) -> None:
    """A process that reads the new key alone would overlook a subject that stays under the old."""
    registry.record(ask(1))
    SubjectRights(registry).erase("acme", "e", "clerk", number(1), "x")
    copy = tmp_path / "copy"
    copy.write_bytes(key_file.read_bytes())
    other = open_registry(place, keys_from_file(copy))
    add_key(key_file)
    rotate_keys(registry, "admin")
    copy.write_bytes(key_file.read_bytes())
    keep_only(copy, 2)
    with pytest.raises(KeysError, match="version 1"):
        other.check(ACME, [number(1)])
    with pytest.raises(KeysError, match="version 1"):
        other.record(ask(2))
    other.close()


def test_keys_renewed_between_hashes_and_lookup(
    registry: Registry, ask: Ask, key_file: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check hashed under the old key is not answered by what another thread read meanwhile."""
    registry.record(ask(1))
    other = open_registry(place, keys_from_file(key_file))
    add_key(key_file)
    rotate_keys(registry, "admin")
    look_up = SqlStore.lookup

    def late(store: SqlStore, *asked: Any) -> Lookup:
        monkeypatch.undo()
        store.renew_keys()
        return look_up(store, *asked)

    monkeypatch.setattr(SqlStore, "lookup", late)
    assert not other.check(ACME, [number(1)]).allowed
    other.close()


def test_no_moment_without_an_answer(registry: Registry, ask: Ask, key_file: Path) -> None:
    """While keys rotate under writes, no recorded number is ever allowed."""
    for n in range(300):
        registry.record(ask(n))
    add_key(key_file)
    wrong: list[int] = []
    stop = threading.Event()

    def hammer() -> None:
        while not stop.is_set():
            decisions = registry.check_many(ACME, [number(n) for n in range(0, 300, 7)])
            wrong.extend(n for n, decision in enumerate(decisions) if decision.allowed)

    threads = [threading.Thread(target=hammer) for _ in range(3)]
    for thread in threads:
        thread.start()
    rotate_keys(registry, "admin")
    for n in range(300, 320):
        registry.record(ask(n))
        assert not registry.check(ACME, [number(n)]).allowed
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(("named", "tells"), [(False, 1), (True, 3), (True, 4)])
def test_wherever_a_rotation_broke_off_it_is_under_way(
    registry: Registry, ask: Ask, key_file: Path, named: bool, tells: int
) -> None:
    """Among the encrypted parts, among the subjects, and before the old key is retired."""

    def open_cases(transaction: Transaction) -> None:
        payload = {"kind": "opinion", "record": 0, "intake": "web", "caller": "", "campaign": ""}
        draft = Draft("case_opened", "acme", "clerk", payload=payload, decided={"due_us": 1})
        for _ in range(201):
            transaction.append(replace(draft, secret={"text": "太吵"}))

    if named:
        registry.record_many([ask(n) for n in range(201)])
    else:
        registry.store.write(open_cases)
    add_key(key_file)
    told = count(1)

    def stop(_rows: int) -> None:
        if next(told) == tells:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate_keys(registry, "admin", stop)
    assert is_under_way(registry)
    assert rotate_keys(registry, "admin").retired == (1,)
    assert not is_under_way(registry)


def test_broken_off_rotation_goes_on(
    registry: Registry, ask: Ask, key_file: Path, ring: KeyRing
) -> None:
    """A rotation that was broken off is finished by the next run, and a repeat changes nothing."""
    for n in range(450):
        registry.record(ask(n))
    assert not is_under_way(registry)
    add_key(key_file)

    def stop(_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate_keys(registry, "admin", stop)
    assert not any(d.allowed for d in registry.check_many(ACME, [number(n) for n in range(450)]))
    assert is_under_way(registry)
    assert rotate_keys(registry, "admin").retired == (1,)
    assert not is_under_way(registry)
    again = rotate_keys(registry, "admin")
    assert (again.encrypted, again.hashed, again.left, again.retired) == (0, 0, 0, ())
    assert registry.store.verify().findings == ()
