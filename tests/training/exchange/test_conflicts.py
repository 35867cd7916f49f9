"""A file of conflicts is a person's work; nothing in it is overwritten."""

import json
from pathlib import Path

import pytest

from classifier.errors import DataError, OutputError
from tests.training.exchange.test_intake import incoming
from training.exchange.conflicts import read_conflicts, write_conflicts

STOP = {"text": "以后别再打了", "label": "normal", "kind": "busy"}
REFUSAL = {"text": "不需要 谢谢", "label": "opt_out", "kind": "indirect"}


def test_decisions_outlive_another_import(small_data: Path, tmp_path: Path) -> None:
    """What was decided, noted or left open about this file or another stands there afterwards."""
    path = tmp_path / "conflicts.jsonl"
    assert write_conflicts(incoming(small_data, STOP).conflicts, path).others == ()
    line = json.loads(path.read_text("utf-8")) | {"decision": "keep", "note": "asked Li"}
    path.write_text(json.dumps(line) + "\n\n", "utf-8")
    assert len(write_conflicts(incoming(small_data, REFUSAL).conflicts, path).others) == 1
    merged = write_conflicts(incoming(small_data, REFUSAL, STOP).conflicts, path)
    assert merged.others == ()
    assert len(merged.open) == 2  # what is decided is to be carried out yet
    refusal, stop = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert (stop["decision"], stop["note"]) == ("keep", "asked Li")
    assert stop["problem"].startswith("in:2: ")
    assert refusal["decision"] == ""
    # The same turn with another label is another conflict.
    write_conflicts(incoming(small_data, STOP | {"kind": "callback"}).conflicts, path)
    assert [c.decision for c in read_conflicts(path)] == ["", "keep", ""]


@pytest.mark.parametrize("first", ["", "keep"])
def test_of_two_lines_that_say_the_same_the_decision_counts(
    small_data: Path, tmp_path: Path, first: str
) -> None:
    """Whoever put two files together does not have to decide again."""
    path = tmp_path / "conflicts.jsonl"
    conflicts = incoming(small_data, STOP).conflicts
    write_conflicts(conflicts, path)
    line = json.loads(path.read_text("utf-8"))
    both = [line | {"decision": first}, line | {"decision": "" if first else "keep"}]
    path.write_text("".join(json.dumps(line) + "\n" for line in both), "utf-8")
    write_conflicts(conflicts, path)
    assert [conflict.decision for conflict in read_conflicts(path)] == ["keep"]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_lines_that_say_the_same_keep_each_its_decision(
    small_data: Path, tmp_path: Path, times: int
) -> None:
    """However often the turn comes this time, decisions and notes stay with their lines."""
    path = tmp_path / "conflicts.jsonl"
    write_conflicts(incoming(small_data, STOP, STOP).conflicts, path)
    decided = [{"decision": "take", "note": "Li"}, {"decision": "keep", "note": "Wu"}]
    lines = path.read_text("utf-8").splitlines()
    both = [json.loads(line) | said for line, said in zip(lines, decided, strict=True)]
    path.write_text("".join(json.dumps(line) + "\n" for line in both), "utf-8")
    write_conflicts(incoming(small_data, *[STOP] * times).conflicts, path)
    said = sorted((c.decision, c.remarks.get("note", "")) for c in read_conflicts(path))
    assert said == [*[("keep", "")] * (times - 2), ("keep", "Wu"), ("take", "Li")]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"decision": "yes"}, "decision: must be one of keep, take, unsure"),
        ({"decision": ["take"]}, "decision: must be one of keep, take, unsure"),
        ({"incoming": {"text": 5}}, "is no conflict of `wurao data import`"),
        ({"incoming": STOP | {"text": 5}}, "is no conflict of `wurao data import`"),
        ({"text": 5}, "incoming: text: must be a string"),
        ({"kind": "abuse"}, "incoming: kind: must be one of"),
        ({"reasons": ["legal"]}, "reasons: must be empty for normal"),
    ],
)
def test_damaged_lines_are_named(
    small_data: Path, tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    """A line that an editor broke is refused with its place, and never written over."""
    path = tmp_path / "conflicts.jsonl"
    conflicts = incoming(small_data, REFUSAL, STOP).conflicts
    write_conflicts(conflicts, path)
    good, line = path.read_text("utf-8").splitlines()
    whole = json.loads(line)
    fields = whole if change.keys() <= whole.keys() else whole["incoming"]
    fields |= change
    broken = f"{good}\n{json.dumps(whole)}\n"
    path.write_text(broken, "utf-8")
    for use in (read_conflicts, lambda place: write_conflicts(conflicts, place)):
        with pytest.raises(DataError) as caught:
            use(path)
        assert str(caught.value).startswith(f"{path}:2: {problem}")
    assert path.read_text("utf-8") == broken


def test_a_place_that_cannot_be_written_is_named(small_data: Path, tmp_path: Path) -> None:
    """A folder that is not there is our error, not a traceback."""
    path = tmp_path / "nowhere" / "conflicts.jsonl"
    with pytest.raises(OutputError, match=r"nowhere/conflicts\.jsonl: cannot be written: No such"):
        write_conflicts(incoming(small_data, STOP).conflicts, path)
