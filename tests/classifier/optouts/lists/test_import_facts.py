"""The facts and the end that a row brings along: used where they are sound, named where not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classifier.optouts.events.facts import Facts
from classifier.optouts.listing import Filter, list_opt_outs
from classifier.optouts.records import Contact, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import parse_subject
from classifier.optouts.times import now_us
from tests.classifier.optouts.lists.test_importer import import_list

BASIS = {"legal_basis": "subject_named_a_time"}
OVER_US = 1_600_000_000_000_000


def rows_of(*rows: dict[str, Any]) -> str:
    """Return JSON Lines, each row about a number of its own."""
    lines = [json.dumps({"phone": f"138{i:08d}"} | row) for i, row in enumerate(rows)]
    return "\n".join(lines) + "\n"


def days_ahead_us(days: int) -> int:
    """Return a time to come, microseconds since 1970."""
    return now_us() + days * 86_400_000_000


def test_an_end_that_is_over_is_put_aside_wherever_it_stands(
    registry: Registry, tmp_path: Path
) -> None:
    """A row that would block nobody is not counted as recorded; its file says which field it is."""
    path, bad = tmp_path / "list.jsonl", tmp_path / "bad.jsonl"
    path.write_text(
        rows_of(
            {"facts": BASIS | {"until_us": OVER_US}},
            {"facts": BASIS | {"until_us": days_ahead_us(90)}},
            {"facts": {"until_us": 0}},
            # A year after 2020, which is all that this basis allows, is over too.
            {"time": "2020-01-01", "until": str(days_ahead_us(90)), "facts": BASIS},
        )
    )
    done = import_list(registry, path, bad)
    assert (done.recorded, done.for_good, done.quarantined) == (3, 1, 1)
    row = json.loads(bad.read_text("utf-8"))
    assert row["_line"] == 1
    assert row["_problem"].startswith("facts.until_us: lies in the past")
    for number in ("13800000001", "13800000002", "13800000003"):
        assert not registry.check(Contact("acme"), [parse_subject(number)]).allowed


def test_the_column_of_the_end_counts_before_the_facts(registry: Registry, tmp_path: Path) -> None:
    """Who mends the column of a list need not know that its facts name an end too."""
    path, bad = tmp_path / "list.jsonl", tmp_path / "bad.jsonl"
    ahead = days_ahead_us(30)
    path.write_text(
        rows_of(
            {"until": str(ahead), "facts": BASIS | {"until_us": OVER_US}},
            {"until": "永久", "facts": BASIS | {"until_us": OVER_US}},
            {"until": "2020-01-01", "facts": BASIS | {"until_us": ahead}},
        ),
        "utf-8",
    )
    done = import_list(registry, path, bad)
    assert (done.recorded, done.quarantined) == (2, 1)
    listed = list_opt_outs(registry, Filter("acme"))
    assert [one.opt_out.until_us for one in listed] == [ahead, 0]
    assert [one.facts.until_us for one in listed] == [ahead, 0]
    assert json.loads(bad.read_text("utf-8"))["_problem"].startswith("until: lies in the past")


def test_facts_that_cannot_be_read_spoil_their_row_alone(
    registry: Registry, tmp_path: Path
) -> None:
    """Each wrong fact is named, on every store; names that are not ours may hold anything."""
    path, bad = tmp_path / "list.jsonl", tmp_path / "bad.jsonl"
    scores = {"opt_out": 0.9, "complaint": 0.1, "normal": 0}
    wrong: list[dict[str, Any]] = [
        {"caller": "a\0b"},
        {"campaign": "x" * 201},
        {"purpose": ["x"]},
        {"scores": {"opt_out": 0.9}},
        {"scores": scores | {"normal": 1.1}},
        {"scores": scores | {"normal": [1]}},
        {"scores": 0.9},
        {"scores": {}},
        {"scores": scores | {"normal": -0.1}},
        {"until_us": "2027"},
        {"until_us": True},
        {"until_us": -1},
        {"also_complaint": 1},
    ]
    sound = {"caller": "机器人 7", "scores": scores, "also_complaint": True, "note": ["a\0b"]}
    # A complaint of privacy opens a case, which has a column for the caller.
    path.write_text(rows_of(*({"reason": "隐私", "facts": one} for one in (*wrong, sound))))
    done = import_list(registry, path, bad)
    assert (done.recorded, done.quarantined) == (1, len(wrong))
    problems = [json.loads(line)["_problem"] for line in bad.read_text("utf-8").splitlines()]
    named = [problem.partition(": ")[0] for problem in problems]
    assert named == [f"facts.{name}" for one in wrong for name in one]
    (listed,) = list_opt_outs(registry, Filter("acme"))
    assert listed.facts == Facts("机器人 7", scores=(0.9, 0.1, 0.0), also_complaint=True)


def test_facts_that_tell_who_somebody_is_are_put_aside(registry: Registry, tmp_path: Path) -> None:
    """They stand in the open, so that no erasure would take them; the field is named."""
    path, bad = tmp_path / "list.jsonl", tmp_path / "bad.jsonl"
    wrong: list[dict[str, Any]] = [
        {"phone": "13500000077", "name": "张三"},
        {"客户姓名": "张三"},
        {"remark": {"said": ["call me at li@example.com"]}},
        {"number": 13500000077},
        {"13500000077": 1},
    ]
    sound = {"call_reference": "20261127093015138001", "caller": "13900000088", "at": 1764230400123}
    sound |= {"id": "6f1c7b52-8a0e-4d39-9c55-1380013800ab", "order": "1764230400123456789"}
    path.write_text(rows_of(*({"facts": one} for one in (*wrong, sound))), "utf-8")
    done = import_list(registry, path, bad)
    assert (done.recorded, done.quarantined) == (1, len(wrong))
    problems = [json.loads(line)["_problem"] for line in bad.read_text("utf-8").splitlines()]
    named = ["phone", "客户姓名", "remark", "number"]
    for problem, name in zip(problems, named, strict=False):
        assert problem.startswith(f"facts.{name}: holds a number, an address or a name")
    assert problems[-1].startswith("facts: holds a number")
    assert not any("13500000077" in problem for problem in problems)


@pytest.mark.parametrize(
    "scores",
    [
        {"opt_out": 0.9},
        0.9,
        {"opt_out": 10**400, "complaint": [], "normal": None},
        {"opt_out": 7.0, "complaint": 0.0, "normal": 0.0},
    ],
)
def test_a_registry_that_holds_wrong_facts_is_listed(
    registry: Registry, ask: Callable[..., OptOutRequest], scores: object
) -> None:
    """What another program let in is passed over; the record is shown with all the rest."""
    facts = {"caller": None, "purpose": 7, "until_us": "2027", "scores": scores, "rule": "stop"}
    registry.record(ask(1, facts=facts))
    (listed,) = list_opt_outs(registry, Filter("acme"))
    assert listed.facts == Facts(rule="stop")


def test_a_number_in_the_name_of_a_call_stops_no_opt_out(
    registry: Registry, tmp_path: Path
) -> None:
    """As from a bot: it is recorded, and the number is not kept."""
    path, bad = tmp_path / "list.jsonl", tmp_path / "bad.jsonl"
    path.write_text(rows_of({"facts": {"call_reference": "call-13500000077"}}), "utf-8")
    done = import_list(registry, path, bad)
    assert (done.recorded, done.quarantined) == (1, 0)
    (listed,) = list_opt_outs(registry, Filter("acme"))
    assert listed.facts.call_reference.startswith("hidden-")


def test_numbers_that_are_none_are_put_aside(registry: Registry, tmp_path: Path) -> None:
    """Python writes and reads them; whoever reads an export as JSON could not."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    facts = [
        f'{{""note"": {{""a"": [{number}]}}}}' for number in ("NaN", "-Infinity", "1e999", "1")
    ]
    rows = [f'138{i:08d},"{one}"' for i, one in enumerate(facts)]
    path.write_text("\n".join(["phone,facts", *rows]), "utf-8")
    done = import_list(registry, path, bad)
    assert (done.recorded, done.quarantined) == (1, 3)
    assert bad.read_text("utf-8").count("facts: is not JSON") == 3
