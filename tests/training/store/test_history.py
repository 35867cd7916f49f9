"""The history of a model store: no event is lost, and none spoils those before it."""

import subprocess
import sys
from pathlib import Path

import pytest

from classifier.errors import ModelStoreError
from tests.conftest import ROOT
from training.store.history import HISTORY, Event, Kind, append_event, read_history

ROLL_BACK = Event(Kind.ROLLED_BACK, "one", "two", reason="calls dropped")
SIGNED = '"at": "2026-11-30T08:00:00Z", "by": "lin"'


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\x1c", "\r", "\n"])
def test_a_reason_may_hold_any_line_end(tmp_path: Path, mark: str) -> None:
    """A line ends where JSON Lines ends it, not where Unicode would."""
    event = Event(Kind.ROLLED_BACK, "one", reason=f"太多{mark}误停")
    append_event(tmp_path, event)
    append_event(tmp_path, ROLL_BACK)
    assert read_history(tmp_path) == [event, ROLL_BACK]


def test_a_full_disk_leaves_the_history_as_it_was(tmp_path: Path) -> None:
    """Once there is room again, here a higher limit on the size of files, it goes on."""
    append_event(tmp_path, ROLL_BACK)
    path = tmp_path / HISTORY
    before = path.read_bytes()
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from classifier.errors import ModelStoreError\n"
        "from training.store.history import Event, Kind, append_event\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 50},) * 2)\n"
        "try: append_event(Path(sys.argv[1]), Event(Kind.PRUNED, 'two'))\n"
        "except ModelStoreError as error: print(error)"
    )
    command = [sys.executable, "-B", "-c", program, str(tmp_path)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"{path}: cannot be written: File too large; it is as it was" in said.stdout
    assert path.read_bytes() == before


def test_what_a_power_cut_left_is_no_event(tmp_path: Path) -> None:
    """The unfinished line gives way to the next one."""
    path = tmp_path / HISTORY
    append_event(tmp_path, ROLL_BACK)
    before = path.read_bytes()
    path.write_bytes(before + before[:-9])
    assert read_history(tmp_path) == [ROLL_BACK]
    append_event(tmp_path, Event(Kind.PRUNED, "two"))
    assert [event.kind for event in read_history(tmp_path)] == [Kind.ROLLED_BACK, Kind.PRUNED]


def test_a_lost_line_end_loses_no_event(tmp_path: Path) -> None:
    """An editor may leave it out."""
    append_event(tmp_path, ROLL_BACK)
    path = tmp_path / HISTORY
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    append_event(tmp_path, ROLL_BACK)
    assert read_history(tmp_path) == [ROLL_BACK, ROLL_BACK]


@pytest.mark.parametrize(
    "line",
    [
        f'{{"kind": "added", "version": "one", "gates": null, {SIGNED}}}',
        f'{{"kind": "added", "version": "one", "gates": ["heard"], {SIGNED}}}',
        f'{{"kind": "added", "version": "one", "files": ["a"], {SIGNED}}}',
        f'{{"kind": "added", "version": 1, {SIGNED}}}',
        f'{{"kind": "added", {SIGNED}}}',
        f'{{"kind": ["added"], "version": "one", {SIGNED}}}',
        '{"kind": "added", "version": "one", "by": "lin"}',
        '{"kind": "added", "version": "one", "at": "2026-11-30T08:00:00Z"}',
        "{}",
        "[]",
        "5",
    ],
)
def test_a_line_of_wrong_types_is_damaged(tmp_path: Path, line: str) -> None:
    """It is named here, before anything is made of it."""
    (tmp_path / HISTORY).write_text(line + "\n", "utf-8")
    with pytest.raises(ModelStoreError, match=r"history\.jsonl:1: is damaged"):
        read_history(tmp_path)


def test_a_line_of_a_later_version_is_no_damage(tmp_path: Path) -> None:
    """What it tells more is left out; of a kind that is not known it is said who knows it."""
    path = tmp_path / HISTORY
    append_event(tmp_path, ROLL_BACK)
    line = path.read_text("utf-8")
    path.write_text(line.replace("{", '{"mood": {"a": 1}, ', 1), "utf-8")
    assert read_history(tmp_path) == [ROLL_BACK]
    path.write_text(line.replace("rolled_back", "renamed"), "utf-8")
    with pytest.raises(ModelStoreError, match=r"history\.jsonl:1: is of a later version of Wurao"):
        read_history(tmp_path)
