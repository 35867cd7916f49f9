"""Labels come in; none that is there is overwritten unless a person says so."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classifier.errors import DataError
from training.checks import check_data, freeze
from training.dataset import Place, read_file
from training.exchange.decisions import settle
from training.exchange.intake import Intake, sort_incoming, write_conflicts, write_new
from training.exchange.source import Found

AddLine = Callable[..., str]


def incoming(data: Path, *records: dict[str, Any]) -> Intake:
    """Hold records against a data set."""
    entries = [Found(Place("in", i), record) for i, record in enumerate(records, start=1)]
    return sort_incoming(entries, data, "loan")


def test_new_turns_are_completed_and_the_data_stays_sound(small_data: Path) -> None:
    """Script, kind, id and group are filled in, and said; `wurao data check` is content."""
    said = [{"speaker": "bot", "text": "您好"}]
    intake = incoming(
        small_data,
        {"text": "请勿再致电本人", "label": "opt_out", "context": said},
        {"text": "請勿再致電本人了", "label": "opt_out", "context": said},
        {"text": "唔好再打嚟喇", "label": "opt_out", "industry": "bank"},
    )
    new = list(intake.new.values())
    assert [record["script"] for record in new] == ["hans", "hant", "yue"]
    assert [record["industry"] for record in new] == ["loan", "loan", "bank"]
    assert new[0]["group"] == new[1]["group"] != new[2]["group"]
    assert intake.filled["kind"] == 3
    write_new(intake, small_data / "train" / "new.jsonl")
    splits, problems = check_data(small_data)
    assert problems == []
    assert len(splits["train"]) == 6


def test_known_labels_are_counted_once(small_data: Path) -> None:
    """The same turn under another id, in other script and punctuation, is no news."""
    intake = incoming(
        small_data,
        {"text": "以後，別再打了！", "label": "opt_out"},
        {"id": "a1", "text": "以后别再打了", "label": "opt_out", "kind": "stop_contact"},
        {"text": "把我号码删了", "label": "opt_out"},
    )
    assert (intake.known, intake.new, intake.conflicts, intake.refused) == (3, {}, [], [])


def test_conflicts_are_listed_and_nothing_is_overwritten(small_data: Path) -> None:
    """Another label, another kind, an id of another turn, a frozen turn: each names its place."""
    before = (small_data / "train" / "turns.jsonl").read_bytes()
    intake = incoming(
        small_data,
        {"text": "以后别再打了", "label": "normal", "kind": "busy"},
        {"id": "a2", "text": "你们一天打八个电话", "label": "complaint", "kind": "abuse"},
        {"id": "a3", "text": "完全不同的话", "label": "normal"},
        {"text": "把我号码删了", "label": "normal"},
    )
    problems = [conflict.problem for conflict in intake.conflicts]
    place = small_data / "train" / "turns.jsonl"
    assert problems[0].startswith(f"in:1: label normal here, opt_out at {place}:1; kind busy here")
    assert problems[1] == f"in:2: kind abuse here, contact_frequency at {place}:2"
    assert problems[2] == f"in:3: id: {place}:3 has this id for another turn"
    assert f"opt_out at {small_data / 'test' / 'turns.jsonl'}:1" in problems[3]
    assert intake.new == {}
    assert place.read_bytes() == before


def test_a_file_that_contradicts_itself_adds_neither(small_data: Path) -> None:
    """Two labels for one turn are a conflict, not a race."""
    intake = incoming(
        small_data, {"text": "嗯嗯", "label": "normal"}, {"text": "嗯嗯", "label": "opt_out"}
    )
    assert intake.new == {}
    assert len(intake.conflicts) == 2


def test_leaks_and_broken_fields_are_refused(small_data: Path) -> None:
    """What would spoil the frozen parts or break a rule is named and left out."""
    (small_data / "unsure.jsonl").write_text(
        json.dumps({"id": "u", "group": "u", "channel": "voice", "industry": "loan",
                    "script": "hans", "text": "算了吧", "label": "normal", "kind": "other"}),
        "utf-8",
    )  # fmt: skip
    said = [{"speaker": "bot", "text": "喂"}]
    intake = incoming(
        small_data,
        {"text": "把我号码删了", "label": "opt_out", "context": said},
        {"text": "新的", "label": "normal", "group": "g3"},
        {"text": "新的", "label": "normal", "reasons": ["legal"]},
        {"text": "新的", "label": "maybe"},
        {"text": "算了吧", "label": "normal"},
    )
    assert [message.split(": ")[1] for message in intake.refused] == [
        "text", "group", "reasons", "label", "text",
    ]  # fmt: skip
    assert "marked unsure" in intake.refused[4]
    assert intake.new == {}


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
        {"text": "行吧行吧", "label": "normal"},
        {"text": "行吧行吧", "label": "opt_out", "kind": "confirm"},
    ]  # fmt: skip
    intake = incoming(small_data, *contradicting)
    path = tmp_path / "conflicts.jsonl"
    write_conflicts(intake.conflicts, path)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for line, decision in zip(lines, ("keep", "take", "unsure", "", "take", "keep"), strict=True):
        line["decision"] = decision
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    assert settle(path, small_data) == {"keep": 2, "take": 2, "unsure": 1, "": 1}
    splits, problems = check_data(small_data)
    assert problems == []
    labels = {turn.id: (turn.label, turn.kind, turn.also_complaint) for turn in splits["train"]}
    assert labels["a1"] == ("opt_out", "stop_contact", False)
    assert labels["a2"] == ("opt_out", "indirect", True)
    assert "a3" not in labels
    assert [turn.turn.text for turn in splits["train"][-2:]].count("行吧行吧") <= 1
    assert sum(turn.turn.text == "行吧行吧" for turn in splits["train"]) == 1
    assert [turn.id for turn in read_file(small_data / "unsure.jsonl")[0]] == ["a3"]
    [left] = path.read_text("utf-8").splitlines()
    assert json.loads(left)["existing"] == "a4"


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
