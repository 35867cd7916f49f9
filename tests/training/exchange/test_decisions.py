"""Decisions are carried out all together or not at all, and the data set stays sound."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classifier.errors import DataError
from classifier.records import Record
from tests.training.exchange.test_intake import incoming, write_hard
from training.checks import check_data, freeze
from training.dataset import LabelledTurn, read_file
from training.exchange.conflicts import write_conflicts
from training.exchange.decisions import settle

AddLine = Callable[..., str]
TWICE: list[Record] = [
    {"text": "行吧行吧", "label": "normal"},
    {"text": "行吧行吧", "label": "opt_out", "kind": "confirm"},
]


def decide(data: Path, path: Path, records: list[Record], *decisions: str) -> Counter[str]:
    """Import records, write decisions into the lines of their conflicts, settle."""
    write_conflicts(incoming(data, *records).conflicts, path)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for line, decision in zip(lines, decisions, strict=True):
        line["decision"] = decision
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return settle(path, data)


def training_turns(data: Path) -> list[LabelledTurn]:
    """The training turns of a data set without problems."""
    splits, problems = check_data(data)
    assert problems == []
    return splits["train"]


def test_decisions_are_carried_out(small_data: Path, add_line: AddLine, tmp_path: Path) -> None:
    """Keep leaves, take relabels, unsure moves; what is undecided stays in the file."""
    add_line(id="a4", group="g9", text="再想想吧 好吧", label="normal", kind="other")
    freeze(small_data)
    contradicting: list[dict[str, Any]] = [
        {"id": "a1", "text": "以后别再打了", "label": "normal", "kind": "busy"},
        {"id": "a2", "text": "你们一天打八个电话", "label": "opt_out", "kind": "indirect",
         "also_complaint": True},
        {"id": "a3", "text": "不需要 谢谢", "label": "opt_out", "kind": "indirect"},
        {"id": "a4", "text": "再想想吧 好吧", "label": "opt_out"},
        *TWICE,
    ]  # fmt: skip
    path = tmp_path / "conflicts.jsonl"
    counts = decide(small_data, path, contradicting, "keep", "take", "unsure", "", "take", "keep")
    assert counts == {"keep": 2, "take": 2, "unsure": 1, "": 1}
    turns = training_turns(small_data)
    labels = {turn.id: (turn.label, turn.kind, turn.also_complaint) for turn in turns}
    assert labels["a1"] == ("opt_out", "stop_contact", False)
    assert labels["a2"] == ("opt_out", "indirect", True)
    assert "a3" not in labels
    assert [turn.label for turn in turns if turn.turn.text == "行吧行吧"] == ["opt_out"]
    assert [turn.id for turn in read_file(small_data / "unsure.jsonl")[0]] == ["a3"]
    left = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    decided = [line["decision"] for line in left if line["existing"] != "a4"]
    assert decided == ["keep", "unsure", "keep"]
    assert [line["decision"] for line in left if line["existing"] == "a4"] == [""]


def open_conflicts(data: Path, path: Path, *records: Record) -> list[str]:
    """Import records again, and return the kinds of what is listed for decision."""
    merged = write_conflicts(incoming(data, *records).conflicts, path)
    return [conflict.turn.kind for conflict in merged.open]


def test_what_was_kept_is_asked_once(small_data: Path, tmp_path: Path) -> None:
    """Labellers' tools export everything again each week; a new label of the turn is another."""
    path = tmp_path / "conflicts.jsonl"
    kept: Record = {"text": "以后别再打了", "label": "normal", "kind": "busy"}
    other = kept | {"kind": "callback"}
    assert decide(small_data, path, [kept], "keep") == {"keep": 1}
    assert open_conflicts(small_data, path, kept) == []
    assert open_conflicts(small_data, path, kept, other) == ["callback"]
    assert settle(path, small_data) == {"": 1}
    taken = path.read_text("utf-8").replace('"decision": ""', '"decision": "take"')
    path.write_text(taken, "utf-8")
    assert settle(path, small_data) == {"take": 1}
    assert path.read_text("utf-8") == ""
    # The label that was kept is there no more.
    assert open_conflicts(small_data, path, kept) == ["busy"]


def test_a_keep_holds_for_the_label_that_it_kept(small_data: Path, tmp_path: Path) -> None:
    """A turn that is relabelled by hand is asked about; one that is gone holds nothing up."""
    path, file = tmp_path / "conflicts.jsonl", small_data / "train" / "turns.jsonl"
    said: Record = {"text": "不需要 谢谢", "label": "opt_out", "kind": "indirect"}
    decide(small_data, path, [said], "keep")
    before = file.read_text("utf-8")
    file.write_text(
        before.replace('"normal", "kind": "not_interested"', '"normal", "kind": "busy"')
    )
    assert file.read_text("utf-8") != before
    assert open_conflicts(small_data, path, said) == ["indirect"]
    file.write_text(before, "utf-8")
    decide(small_data, path, [said], "keep")
    file.write_text("".join(before.splitlines(keepends=True)[:2]), "utf-8")
    assert settle(path, small_data) == {}
    assert path.read_text("utf-8") == ""


def test_a_keep_is_answered_once_it_is_carried_out(small_data: Path, tmp_path: Path) -> None:
    """A turn that no file has is not passed over because both its labels are to be kept."""
    path = tmp_path / "conflicts.jsonl"
    with pytest.raises(DataError, match="no file has the turn yet"):
        decide(small_data, path, TWICE, "keep", "keep")
    assert len(open_conflicts(small_data, path, *TWICE)) == 2


def test_decisions_never_change_a_frozen_part(small_data: Path, tmp_path: Path) -> None:
    """The frozen test changes by hand and by `wurao data freeze` alone."""
    intake = incoming(small_data, {"text": "把我号码删了", "label": "normal"})
    path = tmp_path / "conflicts.jsonl"
    write_conflicts(intake.conflicts, path)
    path.write_text(path.read_text("utf-8").replace('"decision": ""', '"decision": "take"'))
    with pytest.raises(DataError, match=r"conflicts\.jsonl:1: b1 is in .*which is frozen"):
        settle(path, small_data)
    path.write_text(path.read_text("utf-8").replace('"decision": "take"', '"decision": "yes"'))
    with pytest.raises(DataError, match="decision: must be one of keep, take, unsure"):
        settle(path, small_data)
    assert check_data(small_data)[1] == []


@pytest.mark.parametrize(
    ("decisions", "problem"),
    [
        (("take", "take"), "lines 1, 2 are about one turn; decide them together"),
        (("keep", "unsure"), "lines 1, 2 are about one turn; decide them together"),
        (("keep", ""), "lines 1, 2 are about one turn; decide them together"),
        (("keep", "keep"), "no file has the turn yet"),
    ],
)
def test_decisions_on_one_turn_agree(
    small_data: Path, tmp_path: Path, decisions: tuple[str, str], problem: str
) -> None:
    """One turn under two labels, or under none, is refused before anything is written."""
    path = tmp_path / "conflicts.jsonl"
    files = sorted(small_data.rglob("*"))
    with pytest.raises(DataError, match=rf"conflicts\.jsonl:1: decision: {problem}"):
        decide(small_data, path, TWICE, *decisions)
    assert sorted({*small_data.rglob("*")} - {path}) == files
    assert len(path.read_text("utf-8").splitlines()) == 2


def test_an_unsure_turn_is_put_aside_once(small_data: Path, tmp_path: Path) -> None:
    """However many lines are about it; no import asks again unless the turn is labelled anew."""
    path = tmp_path / "conflicts.jsonl"
    assert decide(small_data, path, TWICE, "unsure", "unsure") == {"unsure": 2}
    assert [turn.turn.text for turn in read_file(small_data / "unsure.jsonl")[0]] == ["行吧行吧"]
    again = incoming(small_data, *TWICE)
    assert (again.known, again.new, again.refused) == (1, {}, [])
    assert open_conflicts(small_data, path, *TWICE) == []
    other = TWICE[0] | {"label": "complaint", "kind": "service"}
    assert open_conflicts(small_data, path, *TWICE, other) == ["service"]
    taken = path.read_text("utf-8").replace('"decision": ""', '"decision": "take"')
    path.write_text(taken, "utf-8")
    with pytest.raises(DataError, match=r"marked unsure at .*unsure\.jsonl:1, .*; drop it there"):
        settle(path, small_data)
    path.write_text(taken.replace('"take"', '"unsure"'), "utf-8")
    assert settle(path, small_data) == {"unsure": 1}
    assert open_conflicts(small_data, path, *TWICE, other) == []


def test_a_turn_that_is_unsure_no_more_is_asked_about(small_data: Path, tmp_path: Path) -> None:
    """Whoever puts it back into training, with the label that it had, has decided otherwise."""
    path, file = tmp_path / "conflicts.jsonl", small_data / "train" / "turns.jsonl"
    before = file.read_bytes()
    said: Record = {"text": "不需要 谢谢", "label": "opt_out", "kind": "indirect"}
    assert decide(small_data, path, [said], "unsure") == {"unsure": 1}
    assert open_conflicts(small_data, path, said) == []
    file.write_bytes(before)
    (small_data / "unsure.jsonl").unlink()
    assert open_conflicts(small_data, path, said) == ["indirect"]


@pytest.mark.parametrize("decision", ["keep", "unsure"])
def test_what_was_put_aside_meanwhile_stays_aside_once(
    small_data: Path, tmp_path: Path, decision: str
) -> None:
    """A second file about it can be settled, and changes nothing."""
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    write_conflicts(incoming(small_data, *TWICE).conflicts, second)
    decide(small_data, first, TWICE, "unsure", "unsure")
    decided = second.read_text("utf-8").replace('"decision": ""', f'"decision": "{decision}"')
    second.write_text(decided, "utf-8")
    assert settle(second, small_data) == {decision: 2}
    assert [turn.turn.text for turn in read_file(small_data / "unsure.jsonl")[0]] == ["行吧行吧"]
    assert open_conflicts(small_data, second, *TWICE) == []


def test_a_turn_that_the_reader_alone_learns_is_relabelled_there(
    small_data: Path, tmp_path: Path
) -> None:
    """What is taken over it stays out of training; the data set is sound."""
    text = "他说别打了 我没说"
    place = write_hard(small_data, id="h1", group="h1", text=text, label="normal", kind="reported")
    said: list[Record] = [{"text": text, "label": "opt_out", "kind": "indirect"}]
    assert decide(small_data, tmp_path / "conflicts.jsonl", said, "take") == {"take": 1}
    assert [(turn.id, turn.label) for turn in read_file(place)[0]] == [("h1", "opt_out")]
    assert text not in [turn.turn.text for turn in training_turns(small_data)]


def test_an_id_that_means_another_turn_relabels_none(small_data: Path, tmp_path: Path) -> None:
    """A file of conflicts may be older than the turn that has its id; a turn is what it says."""
    path = tmp_path / "conflicts.jsonl"
    write_conflicts(incoming(small_data, *TWICE).conflicts, path)
    opted, normal = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    lines: list[dict[str, Any]] = [opted | {"decision": "keep"}, normal | {"decision": "take"}]
    for line in lines:
        line["existing"] = line["incoming"]["id"] = "a1"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    settle(path, small_data)
    turns = training_turns(small_data)
    assert ("a1", "opt_out") in [(turn.id, turn.label) for turn in turns]
    assert [turn.label for turn in turns if turn.turn.text == "行吧行吧"] == ["normal"]


def test_what_is_taken_leaks_nothing(small_data: Path, tmp_path: Path) -> None:
    """A turn that a line brings in obeys what an import obeys."""
    path = tmp_path / "conflicts.jsonl"
    leaking = [record | {"group": "g3"} for record in TWICE]
    first, second = incoming(small_data, TWICE[0]), incoming(small_data, *TWICE)
    assert first.new
    write_conflicts(second.conflicts, path)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for line, record, decision in zip(lines, leaking[::-1], ("take", "keep"), strict=True):
        line["incoming"]["group"], line["decision"] = record["group"], decision
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    with pytest.raises(DataError, match=r"conflicts\.jsonl:1: group: g3 is in a frozen part"):
        settle(path, small_data)
    assert not (small_data / "train" / "settled.jsonl").exists()
