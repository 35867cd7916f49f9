"""The folder of parts stands where there is something to go on from."""

from pathlib import Path

import pytest

from classifier.archive.parts import ABOUT, Parts
from classifier.errors import ArchiveError


def break_off(parts: Parts, done: bytes) -> None:
    """Hold the folder and fail, with one part done or none."""
    with parts.held({"source": "a"}):
        assert (parts.folder / ABOUT).is_file()
        if done:
            parts.part(0).write_bytes(done)
        raise ArchiveError("refused")


def test_what_broke_off_before_a_part_leaves_no_folder(tmp_path: Path) -> None:
    """One with a part stays, for the run that goes on."""
    parts = Parts(tmp_path / "out.csv")
    with pytest.raises(ArchiveError, match="refused"):
        break_off(parts, b"")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ArchiveError, match="refused"):
        break_off(parts, b"a part")
    assert parts.part(0).is_file()
