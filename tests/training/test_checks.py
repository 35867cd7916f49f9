"""What is wrong with a data set is named by file and line."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from classifier.errors import DataError, OutputError
from training import checks
from training.checks import (
    check_data,
    freeze,
    read_checked,
    read_digested,
)
from training.dataset import LabelledTurn
from training.datasheet import datasheet_tables
from training.selection.known import read_known

AddLine = Callable[..., str]
Splits = dict[str, list[LabelledTurn]]


def problems_of(folder: Path) -> list[str]:
    """Return the problems of a data set whose test is pinned as it stands."""
    freeze(folder)
    return check_data(folder)[1]


def test_sound_data_has_no_problem(small_data: Path) -> None:
    """Silence means that all is well."""
    assert check_data(small_data)[1] == []


def test_the_data_of_the_repository_is_sound(splits: Splits, data_folder: Path) -> None:
    """What is committed passes its own checks, and the tables beside it are not stale."""
    assert min(map(len, splits.values())) > 500
    tables = (data_folder / "STATISTICS.md").read_text("utf-8").strip()
    assert datasheet_tables(splits).strip() == tables


def test_what_the_reader_alone_learns_is_checked_too(small_data: Path, add_line: AddLine) -> None:
    """Nothing there stands in training as well, and nothing gives a frozen turn away."""
    (small_data / "hard").mkdir()
    shutil.copy(small_data / "train" / "turns.jsonl", small_data / "hard")
    place = add_line("hard", group="g3")
    problems = problems_of(small_data)
    for line in (1, 2, 3):
        first = str(small_data / "train" / f"turns.jsonl:{line}")
        assert [p for p in problems if f"text: the same turn stands at {first}; drop one" in p]
    assert [p for p in problems if p.endswith(f"group: g3 is in train too, at {place}")]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"label": "other"}, "label: must be one of opt_out, complaint, normal"),
        ({"kind": "service"}, "kind: must be one of stop_contact"),
        ({"channel": "fax"}, "channel: must be one of voice"),
        ({"script": "latin"}, "script: must be one of"),
        ({"industry": "shoes"}, "industry: must be one of"),
        ({"reasons": ["rude"]}, "reasons: must be a list of"),
        ({"reasons": "legal"}, "reasons: must be a list of"),
        ({"also_complaint": 1}, "also_complaint: must be true or false"),
        ({"group": ""}, "group: must be a non-empty string"),
        ({"text": ""}, "text: is empty"),
        ({"label": "normal", "kind": "busy", "reasons": ["legal"]}, "reasons: must be empty"),
        (
            {"label": "complaint", "kind": "abuse", "also_complaint": True},
            "also_complaint: may be true for opt_out only",
        ),
        ({"id": "a1"}, "id: a1 stands at"),
        ({"text": "以后，别再打了"}, "text: the same turn stands at"),
        (
            {"text": "以後別再打了！", "label": "normal", "kind": "busy"},
            "label: the same text and context are normal here and opt_out at",
        ),
    ],
)
def test_problem_names_file_and_line(
    small_data: Path, add_line: AddLine, changes: dict[str, object], problem: str
) -> None:
    """A person can go straight to the line."""
    place = add_line(**changes)
    [message] = problems_of(small_data)
    assert message.startswith(f"{place}: {problem}")


def test_two_labels_of_a_turn_in_two_frozen_splits_are_found(
    small_data: Path, add_line: AddLine
) -> None:
    """One of the two measures wrongly, though no training turn has anything to do with it."""
    add_line("test", id="t", group="t", label="normal", kind="busy", reasons=[])
    place = add_line("challenge", id="c", group="c", label="complaint", kind="service", reasons=[])
    [message] = problems_of(small_data)
    assert message.startswith(f"{place}: label: the same text and context are complaint here")


@pytest.mark.parametrize("split", ["test", "challenge", "behaviour"])
def test_group_in_both_splits_is_a_leak(small_data: Path, add_line: AddLine, split: str) -> None:
    """A scene never straddles train and a frozen split."""
    place = add_line(split, group="g1")
    [message] = problems_of(small_data)
    assert message.startswith(f"{place}: group: g1 is in train too, at ")


def test_telling_text_in_both_splits_is_a_leak(small_data: Path, add_line: AddLine) -> None:
    """The same sentence after another question still gives the test away."""
    add_line("train", text="新的一句长话")
    said = [{"speaker": "bot", "text": "喂"}]
    place = add_line("test", id="new2", group="new2", text="新的一句长话", context=said)
    [message] = problems_of(small_data)
    assert message.startswith(f"{place}: text: the same is in train, at ")


def test_unreadable_lines_are_named_and_stop_no_other(small_data: Path) -> None:
    """Each bad line has its own message."""
    path = small_data / "train" / "turns.jsonl"
    path.write_bytes(path.read_bytes() + b'{"text": "\xff"}\n{}\n')
    splits, problems = check_data(small_data)
    assert [message.split(": ")[0] for message in problems] == [f"{path}:4", f"{path}:5"]
    assert "is not UTF-8" in problems[0]
    assert len(splits["train"]) == 3


@pytest.mark.parametrize("split", ["train", "test", "challenge", "behaviour"])
def test_a_part_without_turns_is_named(small_data: Path, split: str) -> None:
    """Nothing is measured on nothing."""
    (small_data / split / "turns.jsonl").write_bytes(b"")
    assert problems_of(small_data) == [f"{small_data / split}: has no turns"]


def test_unreadable_unsure_turns_are_named(small_data: Path) -> None:
    """A turn that its line no longer keeps out would come back into training unseen."""
    path = small_data / "unsure.jsonl"
    path.write_text('{"id": "u1", "text": "算了\n', "utf-8")
    assert problems_of(small_data)[0].startswith(f"{path}:1: line: is not JSON")
    with pytest.raises(DataError, match=r"unsure\.jsonl:1: line: is not JSON"):
        read_known(small_data)


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_turn_that_is_used_and_unsure_is_named(
    small_data: Path, add_line: AddLine, split: str
) -> None:
    """Nobody trains or scores on what careful readers differ about."""
    place = add_line(split, text="算了吧", label="normal", kind="busy")
    freeze(small_data)
    path = small_data / "unsure.jsonl"
    path.write_text((small_data / split / "turns.jsonl").read_text("utf-8").splitlines()[-1])
    message = f"{place}: text: the same turn is marked unsure at {path}:1; drop one"
    assert problems_of(small_data) == [message]


def test_changed_frozen_split_is_found(small_data: Path, add_line: AddLine) -> None:
    """A frozen split changes only when somebody pins it anew."""
    for split in ("test", "challenge", "behaviour"):
        add_line(split, id=split, group=split, text=f"{split}里的一句话")
        assert f"the frozen {split} was changed" in check_data(small_data)[1][0]
        freeze(small_data)
        assert check_data(small_data)[1] == []


def test_a_full_disk_leaves_what_was_pinned(
    small_data: Path, full_disk: Callable[[], AbstractContextManager[None]]
) -> None:
    """Else nobody could tell any more whether the frozen splits are those that were pinned."""
    path = small_data / "frozen.toml"
    before = path.read_bytes()
    with (
        full_disk(),
        pytest.raises(OutputError, match=r"frozen\.toml: cannot be written: File too"),
    ):
        freeze(small_data)
    assert path.read_bytes() == before


def test_missing_split_is_named(tmp_path: Path) -> None:
    """A wrong folder is told from an empty data set."""
    with pytest.raises(DataError, match=r"train: no \*\.jsonl here"):
        read_checked(tmp_path)


@pytest.mark.parametrize("split", ["train", "behaviour"])
def test_what_changes_while_it_is_read_has_no_digest(
    small_data: Path, monkeypatch: pytest.MonkeyPatch, split: str
) -> None:
    """A record never names other turns than those that were learnt or asked about."""
    assert read_digested(small_data) == (read_checked(small_data), read_digested(small_data)[1])

    def read_and_change(data_folder: Path) -> tuple[Splits, list[str]]:
        found = check_data(data_folder)
        (data_folder / split / "late.jsonl").touch()
        return found

    monkeypatch.setattr(checks, "check_data", read_and_change)
    with pytest.raises(DataError, match="changed while it was read; run the same again"):
        read_digested(small_data)


def test_pins_that_cannot_be_read_are_told(small_data: Path) -> None:
    """However damaged the file is, the problem is named and its remedy."""
    path = small_data / "frozen.toml"
    path.write_text("test = " + "[" * 3_000, "utf-8")
    message = f"{path}: cannot be read; pin the frozen splits with `wurao data freeze`"
    assert check_data(small_data)[1] == [message]
