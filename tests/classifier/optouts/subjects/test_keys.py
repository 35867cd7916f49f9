"""Keys, and a start without the right ones."""

import base64
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from classifier.errors import KeysError
from classifier.key_file import add_key
from classifier.optouts.open_registry import open_registry
from classifier.optouts.records import OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import KeyRing, keys_from_file
from classifier.optouts.subjects.subject import Subject, SubjectKind


def test_start_with_another_key_is_refused(registry: Registry, place: str, tmp_path: Path) -> None:
    """A registry does not open with a key of the same version that is not its own."""
    other = tmp_path / "other"
    add_key(other)
    with pytest.raises(KeysError, match="not the one"):
        open_registry(place, keys_from_file(other))


def test_start_without_a_key_is_refused(registry: Registry, place: str, tmp_path: Path) -> None:
    """A registry does not open without the key version that it uses."""
    other = tmp_path / "other"
    other.write_text("2 " + base64.b64encode(bytes(32)).decode(), "utf-8")
    with pytest.raises(KeysError, match="version 1 is in use and not at hand"):
        open_registry(place, keys_from_file(other))


@pytest.mark.parametrize(
    "text", ["", "1", "0 " + "A" * 43 + "=", "1 AAAA", "x " + "A" * 43 + "=", "1 !!"]
)
def test_bad_keys(text: str, tmp_path: Path) -> None:
    """A key that is no version and 32 bytes is refused, without repeating it."""
    path = tmp_path / "keys"
    path.write_text(text, "utf-8")
    with pytest.raises(KeysError, match=f"^{path}: ") as caught:
        keys_from_file(path)
    assert "AAAA" not in str(caught.value).replace(str(path), "")


def test_key_file_is_private(key_file: Path) -> None:
    """A new key file is readable by its owner alone, and a key added stands beside the old."""
    assert key_file.stat().st_mode & 0o077 == 0
    assert add_key(key_file) == 2
    assert keys_from_file(key_file).versions == (1, 2)


def test_missing_key_file(tmp_path: Path) -> None:
    """A missing key file is an error that says how to make one."""
    with pytest.raises(KeysError, match="rotate-keys"):
        keys_from_file(tmp_path / "none")


def test_sealed_opens_only_in_its_place(ring: KeyRing) -> None:
    """What was sealed for one event opens for no other, nor after a change of one bit or a cut."""
    sealed = ring.seal("别打了".encode(), 7, 1)
    assert ring.unseal(sealed, 7, 1).decode() == "别打了"
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for place, changed in ((8, sealed), (7, flipped), (7, b""), (7, sealed[:7]), (7, sealed[:12])):
        with pytest.raises(KeysError):
            ring.unseal(changed, place, 1)


def test_nothing_in_the_files_is_clear(
    registry: Registry, place: str, ask: Callable[..., OptOutRequest], tmp_path: Path
) -> None:
    """Neither number nor text stands in clear in any file of the store, nor does the key."""
    subject = Subject(SubjectKind.PHONE, "+8613912345678")
    registry.record(ask(subject=subject, text="我说过别再打了"))
    everything = dump(place, tmp_path)
    assert b"acme" in everything
    for hidden in (b"13912345678", "别再打了".encode()):
        assert hidden not in everything


def dump(place: str, folder: Path) -> bytes:
    """Return all that a store holds: its files, or its tables as PostgreSQL copies them."""
    if not place.startswith("postgresql:"):
        return b"".join(path.read_bytes() for path in folder.glob("registry.sqlite*"))
    parts: list[bytes] = []
    with psycopg.connect(place) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        ).fetchall()
        for (table,) in tables:
            with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as rows:
                parts.extend(bytes(row) for row in rows)
    return b"".join(parts)
