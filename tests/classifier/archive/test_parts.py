"""The folder of parts stands where there is something to go on from, and is of parts only."""

import os
from pathlib import Path

import pytest

from classifier.archive.files import Kind, Shape
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


def test_a_folder_that_no_run_made_is_left_alone(tmp_path: Path) -> None:
    """It is refused with all that is in it, and so is a link; an empty one is taken."""
    parts = Parts(tmp_path / "out.csv")
    notes = parts.folder / "notes.txt"
    parts.folder.mkdir()
    notes.write_text("mine", "utf-8")
    with pytest.raises(ArchiveError, match="is no folder of parts"):
        break_off(parts, b"")
    assert [path.name for path in parts.folder.iterdir()] == ["notes.txt"]
    parts.folder.rename(tmp_path / "elsewhere")
    parts.folder.symlink_to("elsewhere")
    with pytest.raises(ArchiveError, match="is a link"):
        break_off(parts, b"")
    parts.folder.unlink()
    parts.folder.mkdir()
    with pytest.raises(ArchiveError, match="refused"):
        break_off(parts, b"")
    assert not parts.folder.exists()


def test_what_others_put_among_the_parts_stays(tmp_path: Path) -> None:
    """Only what a run wrote goes when the output is there."""
    parts = Parts(tmp_path / "out.csv")
    with parts.held({"source": "a"}):
        parts.part(0).write_bytes(b"text\n")
        (parts.folder / "2026.json").write_text("mine", "utf-8")
        parts.join([0], None, Kind(Shape.LINES))
        parts.remove()
    assert (tmp_path / "out.csv").read_bytes() == b"text\n"
    assert [path.name for path in parts.folder.iterdir()] == ["2026.json"]


def test_nothing_beside_the_output_is_written_over(tmp_path: Path) -> None:
    """A file named like an output with `.part` may be anybody's, even the source."""
    beside = tmp_path / "out.csv.part"
    beside.write_text("mine", "utf-8")
    parts = Parts(tmp_path / "out.csv")
    with parts.held({"source": "a"}):
        parts.part(0).write_bytes(b"text\n")
        parts.join([0], None, Kind(Shape.LINES))
        parts.remove()
    assert beside.read_text("utf-8") == "mine"
    assert not parts.folder.exists()


def test_nobody_else_may_read_than_could_before(tmp_path: Path) -> None:
    """Neither the output nor, meanwhile, its parts."""
    output = tmp_path / "out.csv"
    output.write_text("older", "utf-8")
    output.chmod(0o600)
    parts = Parts(output)
    with parts.held({"source": "a"}):
        assert parts.folder.stat().st_mode & 0o777 == 0o700
        parts.part(0).write_bytes(b"text\n")
        parts.join([0], None, Kind(Shape.LINES))
        parts.remove()
    assert output.read_bytes() == b"text\n"
    assert output.stat().st_mode & 0o777 == 0o600


def test_the_output_stays_its_owner_s_or_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root answers into a file of somebody else; who may not give it away learns so before."""
    if os.getuid() != 0:
        pytest.skip("not root: that an owner is kept is NOT CHECKED")
    output = tmp_path / "out.csv"
    output.write_text("older", "utf-8")
    output.chmod(0o600)
    os.chown(output, 65534, 65533)
    parts = Parts(output)
    with parts.held({"source": "a"}):
        parts.part(0).write_bytes(b"text\n")
        parts.join([0], None, Kind(Shape.LINES))
        parts.remove()
    state = output.stat()
    assert (state.st_uid, state.st_gid, state.st_mode & 0o777) == (65534, 65533, 0o600)

    def refuse(descriptor: int, user: int, group: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.fchown", refuse)
    with (
        pytest.raises(PermissionError, match="its owner and group cannot be kept"),
        parts.held({"source": "a"}),
    ):
        pytest.fail("hours would be spent")
    assert list(tmp_path.iterdir()) == [output]
