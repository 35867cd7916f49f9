"""Labels come in; none that is there is overwritten unless a person says so."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classifier.records import Record
from tests.conftest import LABELLED
from training.checks import check_data, freeze
from training.dataset import Place
from training.exchange.formats import READERS, WRITERS
from training.exchange.intake import Intake, sort_incoming, write_new
from training.exchange.personal import find_personal_turns
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
        {"text": "甭再给我打了", "label": "opt_out"},
    )
    new = list(intake.new.values())
    assert [record["script"] for record in new] == ["hans", "hant", "yue", "hans"]
    assert [record["industry"] for record in new] == ["loan", "loan", "bank", "loan"]
    assert new[0]["group"] == new[1]["group"] != new[2]["group"]
    assert intake.filled["kind"] == 4
    write_new(intake, small_data / "train" / "new.jsonl")
    splits, problems = check_data(small_data)
    assert problems == []
    assert len(splits["train"]) == 7


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
    """Another label, another kind, a frozen turn: each names its place."""
    before = (small_data / "train" / "turns.jsonl").read_bytes()
    intake = incoming(
        small_data,
        {"text": "以后别再打了", "label": "normal", "kind": "busy"},
        {"id": "a2", "text": "你们一天打八个电话", "label": "complaint", "kind": "abuse"},
        {"text": "把我号码删了", "label": "normal"},
    )
    problems = [conflict.problem for conflict in intake.conflicts]
    place = small_data / "train" / "turns.jsonl"
    assert problems[0].startswith(f"in:1: label normal here, opt_out at {place}:1; kind busy here")
    assert problems[1] == f"in:2: kind abuse here, contact_frequency at {place}:2"
    assert f"opt_out at {small_data / 'test' / 'turns.jsonl'}:1" in problems[2]
    assert problems[2].endswith("; kind other filled in")
    assert intake.new == {}
    assert place.read_bytes() == before


def write_hard(data: Path, **said: str) -> Path:
    """Write one turn that the second reader alone learns; return its file."""
    path = data / "hard" / "turns.jsonl"
    path.parent.mkdir()
    path.write_text(json.dumps(LABELLED | said), "utf-8")
    return path


def test_what_the_reader_alone_learns_is_known_too(small_data: Path) -> None:
    """Such a turn does not go into training as well; another label of it is a conflict."""
    text = "他说别打了 我没说"
    place = write_hard(small_data, id="h1", group="h1", text=text, label="normal", kind="reported")
    other = {"id": "h1", "text": "嗯嗯", "label": "normal"}
    said = [{"text": text, "label": label} for label in ("normal", "opt_out")]
    intake = incoming(small_data, *said, other)
    assert (intake.known, [*intake.renamed.values()]) == (1, ["h1"])
    assert [record["text"] for record in intake.new.values()] == ["嗯嗯"]
    [conflict] = intake.conflicts
    assert conflict.problem.startswith(f"in:2: label opt_out here, normal at {place}:1")


def test_half_a_character_refuses_its_turn_alone(small_data: Path) -> None:
    """A damaged text is named with its place, and the other lines are taken in."""
    damaged = {"text": "半个代理对\ud800的文本", "label": "normal"}
    intake = incoming(
        small_data,
        damaged,
        damaged | {"text": "好", "context": [{"speaker": "bot", "text": "\ud800"}]},
        {"text": "好的好的", "label": "normal", "n": [1e999]},
        {"text": "好的呀", "label": "normal"},
    )
    assert len(intake.new) == 1
    fields = ("in:1: text: ", "in:2: context[0].text: ", "in:3: n: holds NaN or an endless number")
    for problem, begin in zip(intake.refused, fields, strict=True):
        assert problem.startswith(begin)


@pytest.mark.parametrize("field", ["note", "context", "reasons"])
def test_what_is_nested_without_end_refuses_its_turn_alone(small_data: Path, field: str) -> None:
    """Whoever writes it, or looks through it for numbers, would break off in the middle."""
    level: object = "好"
    deep: object = "好"
    for _level in range(100):
        level, deep = [level], {"in": deep}
    said = {"label": "normal", "kind": "other"}
    intake = incoming(
        small_data,
        said | {"text": "好的好的", field: [deep]},
        said | {"text": "好的呀", "note": level},
    )
    assert intake.refused == [f"in:1: {field}: is nested in more than 100 levels; flatten it"]
    assert [record["note"] for record in intake.new.values()] == [level]


@pytest.mark.parametrize("name", ["doccano", "label-studio"])
@pytest.mark.parametrize("asked", [[], ["also_complaint"]])
def test_a_project_of_labels_alone_says_nothing_beside_them(
    small_data: Path, add_line: AddLine, tmp_path: Path, name: str, asked: list[str]
) -> None:
    """Where labellers were asked for no reasons, those that are there are not in conflict."""
    add_line(id="a4", group="g9", text="退订", kind="unsubscribe", reasons=["legal"])
    freeze(small_data)
    said: list[Record] = [{"text": "退订", "label": "opt_out"}]
    said += [{"text": "嗯嗯", "label": "opt_out"} | dict.fromkeys(asked, True)]
    WRITERS[name](tmp_path / "x", said)
    intake = sort_incoming(READERS[name](tmp_path / "x"), small_data, "other")
    assert (intake.known, len(intake.new), intake.refused) == (0 if asked else 1, 1, [])
    problems = [conflict.problem for conflict in intake.conflicts]
    assert all("reasons none here, legal at" in problem for problem in problems)
    assert len(problems) == len(asked)


def test_a_file_that_contradicts_itself_adds_neither(small_data: Path) -> None:
    """Two labels for one turn are a conflict, not a race; each line names the other."""
    intake = incoming(
        small_data, {"text": "嗯嗯", "label": "normal"}, {"text": "嗯嗯", "label": "opt_out"}
    )
    assert intake.new == {}
    problems = [conflict.problem for conflict in intake.conflicts]
    assert problems[0].startswith("in:2: label opt_out here, normal at in:1")
    assert problems[1] == "in:1: label normal here, contradicted at in:2"


def test_every_vote_about_a_turn_is_listed(small_data: Path) -> None:
    """Where a file contradicts itself nothing of it is known, taken in or filled in."""
    labels = ("opt_out", "opt_out", "complaint", "opt_out", "normal")
    intake = incoming(small_data, *({"text": "嗯嗯", "label": label} for label in labels))
    assert (intake.known, intake.new, intake.filled) == (0, {}, {})
    said = {c.turn.place.line: c.problem.partition(": ")[2] for c in intake.conflicts}
    assert said == {
        1: "label opt_out here, contradicted at in:3",
        2: "label opt_out here, contradicted at in:3",
        3: "label complaint here, opt_out at in:1; kind service filled in",
        4: "label opt_out here, contradicted at in:3",
        5: "label normal here, opt_out at in:1; kind other filled in",
    }
    same = incoming(small_data, *({"text": "嗯嗯", "label": "normal"} for _time in range(2)))
    assert (same.known, len(same.new), same.filled["kind"]) == (1, 1, 1)


@pytest.mark.parametrize("order", [1, -1])
def test_a_fuller_vote_is_no_conflict(small_data: Path, order: int) -> None:
    """What one leaves open and another says is kept, whichever comes first."""
    bare: dict[str, Any] = {"text": "嗯嗯", "label": "opt_out"}
    votes = [bare, bare | {"kind": "indirect"}, bare | {"reasons": ["legal"]}]
    intake = incoming(small_data, *votes[::order])
    assert (intake.known, intake.conflicts) == (2, [])
    [new] = intake.new.values()
    assert (new["kind"], new["reasons"]) == ("indirect", ["legal"])
    assert "kind" not in intake.filled
    assert intake.filled["also_complaint"] == 1


def test_a_conflict_of_votes_names_the_field(small_data: Path) -> None:
    """Votes that agree on the label are not told to differ in it."""
    bare: dict[str, Any] = {"text": "嗯嗯", "label": "opt_out"}
    intake = incoming(small_data, bare, bare | {"kind": "indirect"}, bare | {"kind": "confirm"})
    assert intake.new == {}
    assert sorted(conflict.problem for conflict in intake.conflicts) == [
        "in:1: kind left open here, said in two ways at in:3 and before",
        "in:2: kind indirect here, contradicted at in:3",
        "in:3: kind confirm here, indirect at in:2",
    ]


def test_a_turn_whose_id_another_has_gets_its_own(small_data: Path) -> None:
    """Files that number their turns from 1 go in week after week, twins and all."""
    intake = incoming(
        small_data,
        {"id": "a1", "text": "完全不同的话", "label": "normal", "pair": "a2"},
        {"id": "a2", "text": "另一句不同的话", "label": "normal"},
        {"id": "u9", "text": "第三句", "label": "normal"},
        {"id": "u9", "text": "第四句", "label": "normal"},
    )
    assert (intake.conflicts, intake.refused) == ([], [])
    first, second, third, fourth = intake.new
    assert intake.renamed == {first: "a1", second: "a2", fourth: "u9"}
    assert third == "u9"
    assert intake.new[first]["pair"] == second
    write_new(intake, small_data / "train" / "week.jsonl")
    splits, problems = check_data(small_data)
    assert problems == []
    assert [turn.label for turn in splits["train"][:3]] == ["opt_out", "complaint", "normal"]
    again = incoming(small_data, {"id": "a1", "text": "完全不同的话", "label": "normal"})
    assert (again.known, again.new, again.renamed) == (1, {}, {})


@pytest.mark.parametrize("label", ["opt_out", "normal"])
def test_a_twin_that_is_there_already_stays_the_twin(small_data: Path, label: str) -> None:
    """Where the file holds the turn of that id itself, no other numbered alike is meant."""
    intake = incoming(
        small_data,
        {"id": "a1", "text": "以后别再打了", "label": label},
        {"id": "n1", "text": "以后再打吧", "label": "normal", "pair": "a1"},
        {"id": "a1", "text": "完全不同的话", "label": "normal"},
    )
    assert intake.new["n1"]["pair"] == "a1"
    assert [*intake.renamed.values()] == ["a1"]


def test_what_the_source_leaves_open_stays_as_it_is(small_data: Path, add_line: AddLine) -> None:
    """A conflict about reasons brings no kind that nobody chose; one about the label must."""
    add_line(id="a4", group="g9", text="退订", kind="unsubscribe", reasons=["legal"])
    freeze(small_data)
    same, other = incoming(
        small_data,
        {"text": "退订", "label": "opt_out", "reasons": ["harassment"]},
        {"text": "退订", "label": "complaint"},
    ).conflicts
    assert (same.incoming["kind"], same.incoming["reasons"]) == ("unsubscribe", ["harassment"])
    assert (other.incoming["kind"], other.incoming["reasons"]) == ("service", ["legal"])
    assert "kind" not in same.problem


def test_personal_data_is_found_in_what_comes_in(small_data: Path) -> None:
    """Numbers, identity numbers and addresses in text or context are told by id and kind."""
    said = [{"speaker": "user", "text": "我邮箱 lisi@example.com"}]
    intake = incoming(
        small_data,
        {"id": "n0", "text": "我姓王 别再来电话了", "label": "opt_out"},
        {"id": "n1", "text": "我姓李 电话13812345678", "label": "normal"},
        {"id": "n2", "text": "好的", "label": "normal", "context": said},
        {"id": "n3", "text": "不用了不用了", "label": "normal"},
    )
    found = find_personal_turns(intake.new)
    assert list(found.items()) == [
        ("n2", ["[EMAIL]"]), ("n1", ["[PHONE]", "[NAME]"]), ("n0", ["[NAME]"]),
    ]  # fmt: skip


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
        {"text": "把我号码删了", "label": "opt_out", "context": said, "group": "g3"},
        {"text": "新的", "label": "normal", "reasons": ["legal"]},
        {"text": "新的", "label": "maybe"},
        {"text": "算了吧", "label": "normal"},
    )
    assert [message.split(": ")[1] for message in intake.refused] == [
        "text", "group", "group", "text", "reasons", "label",
    ]  # fmt: skip
    assert (intake.known, intake.new) == (1, {})
