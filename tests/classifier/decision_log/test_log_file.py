"""One file of the decision log."""

from pathlib import Path

import pytest

from classifier.decision_log.log_file import LogFileWriter, read_log_file
from classifier.errors import DecisionLogError

KEY = bytes(range(32))
LINES = [[{"text": "以后别再打了"}], [{"text": "好的"}, {"text": "a\u2028b\nc"}], [{"text": "喂"}]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of three lines."""
    path = tmp_path / "a.log"
    writer = LogFileWriter(path, 2, KEY)
    for records in LINES:
        writer.append(records)
    writer.close()
    return path


def read(path: Path, *, live: bool = True) -> list[object]:
    """Return what the lines hold."""
    return list(read_log_file(path, {1: bytes(32), 2: KEY}, live=live))


def test_what_was_written_comes_back(path: Path) -> None:
    """Every record of every line, in order; the file is its owner's alone and says nothing."""
    assert read(path) == LINES
    assert path.stat().st_mode & 0o777 == 0o600
    assert "打了".encode() not in path.read_bytes()


def test_a_file_that_breaks_off_is_readable(path: Path, tmp_path: Path) -> None:
    """Wherever its writer died, the lines before are there; later, the rest counts as one."""
    whole = path.read_bytes()
    broken = tmp_path / "broken.log"
    ends = [end for end, byte in enumerate(whole, 1) if byte == ord("\n")][1:]
    for end in (*range(0, len(whole), 7), len(whole) - 1):
        broken.write_bytes(whole[:end])
        lines = LINES[: sum(line_end - 1 <= end for line_end in ends)]
        assert read(broken) == lines
        rest = not end or not whole[:end].endswith(b"\n")
        if end in {line_end - 1 for line_end in ends}:  # only its line end was lost
            rest = False
        assert read(broken, live=False) == lines + [None] * rest


def test_changed_and_moved_lines_do_not_open(path: Path, tmp_path: Path) -> None:
    """A line that was changed, put elsewhere or taken from another file is None; others open."""
    header, first, second, third = path.read_bytes().splitlines(keepends=True)
    other = tmp_path / "b.log"
    writer = LogFileWriter(other, 2, KEY)
    writer.append(LINES[0])
    writer.close()
    foreign = other.read_bytes().splitlines(keepends=True)[1]
    changed = (b"B" if first[:1] == b"A" else b"A") + first[1:]
    for lines, expected in (
        ([changed, second, third], [None, *LINES[1:]]),
        ([second, first, third], [None, None, LINES[2]]),
        ([foreign, second, b"no base64!\n"], [None, LINES[1], None]),
    ):
        path.write_bytes(b"".join([header, *lines]))
        assert read(path) == expected


def test_errors_name_the_file(path: Path, tmp_path: Path) -> None:
    """A missing key, another key and another file are told apart."""
    with pytest.raises(DecisionLogError, match="needs key version 2"):
        list(read_log_file(path, {1: KEY}, live=True))
    assert list(read_log_file(path, {2: bytes(32)}, live=True)) == [None] * len(LINES)
    assert read(tmp_path / "gone.log") == []  # too old by now, another process removed it
    stranger = tmp_path / "c.log"
    for header in ("hello", '{"format": 1, "key": [1], "salt": "00"}', "[" * 100_000):
        stranger.write_text(f"{header}\n")
        with pytest.raises(DecisionLogError, match=r"c\.log: is no file of a decision log"):
            list(read_log_file(stranger, {1: KEY}, live=True))
