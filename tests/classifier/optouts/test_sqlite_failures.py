"""A full disk and a folder that nobody may write are called so, with a remedy."""

import os
import resource
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from classifier.errors import StoreError
from classifier.optouts.open_registry import back_up_registry, create_registry, open_registry
from classifier.optouts.records import OptOutRequest
from classifier.optouts.subjects.keys import KeyRing

_NOBODY = 65534


@contextmanager
def _no_file_beyond(size: int) -> Generator[None]:
    """Let every write beyond so many bytes of a file fail, as on a disk without room for it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _as_no_superuser() -> Generator[None]:
    """Be a user whom rights hold back."""
    user = os.getuid()
    if user == 0:
        os.setresuid(_NOBODY, _NOBODY, 0)
    try:
        yield
    finally:
        if user == 0:
            os.setresuid(0, 0, 0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="wurao-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("free", [0, 1 << 40])
def test_a_backup_without_room_leaves_nothing(
    ring: KeyRing,
    ask: Callable[..., OptOutRequest],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
) -> None:
    """Neither half a copy nor its journal; the disk is called full only where it is."""
    place = str(tmp_path / "registry.db")
    create_registry(place, ring)
    registry = open_registry(place, ring)
    registry.record_many([ask(n) for n in range(5_000)])  # more than SQLite keeps back
    registry.close()
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    words = "copy.db: its disk is full: free some space" if not free else "copy.db: disk I/O error"
    with pytest.raises(StoreError, match=words), _no_file_beyond(64 << 10):
        back_up_registry(place, ring, tmp_path / "copy.db")
    assert list(tmp_path.glob("copy.db*")) == []


def test_a_folder_that_cannot_be_written_is_named(ring: KeyRing, folder: Path) -> None:
    """SQLite must write beside the file even to read it."""
    place = folder / "registry.db"
    create_registry(str(place), ring)
    place.chmod(0o644)
    folder.chmod(0o555)
    with pytest.raises(StoreError, match="folder must be writable, also to"), _as_no_superuser():
        open_registry(str(place), ring)
    folder.chmod(0o755)
