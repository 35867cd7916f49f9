"""Rows that name several contacts of one person: each of them blocks, none is dropped."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from classifier.optouts.derived.opt_outs import OPT_OUTS
from classifier.optouts.lists.list_entries import Origin
from classifier.optouts.lists.list_file import look_at_list
from classifier.optouts.records import Contact
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import parse_subject
from tests.classifier.optouts.lists.test_import_again import end_opt_outs
from tests.classifier.optouts.lists.test_importer import import_list, job_of


def allowed(registry: Registry, subject: str) -> bool:
    """Say whether a subject may be contacted."""
    return registry.check(Contact("acme"), [parse_subject(subject)]).allowed


@pytest.mark.parametrize(
    ("header", "row", "blocked"),
    [
        ("用户ID,手机号", "15000000001,13800138000", ["13800138000", "userid:15000000001"]),
        ("邮箱,手机号", "li@example.com,13800138000", ["13800138000", "li@example.com"]),
        ("手机号,邮箱", "13800138000,li@example.com", ["13800138000", "li@example.com"]),
        ("账号,手机号", "lisi,13800138000", ["13800138000", "account:lisi"]),
        ("contact,phone", "li@example.com,13800138000", ["13800138000", "li@example.com"]),
        ("手机号,联系电话", "13800138000,13900139000", ["13800138000", "13900139000"]),
        ("手机号,微信号,设备号", "13800138000,,9774d56d", ["13800138000", "device:9774d56d"]),
        ("手机号,邮箱", ",li@example.com", ["li@example.com"]),
        ("账号,邮箱", "13800138000,li@example.com", ["13800138000", "li@example.com"]),
        ("phone,subject,subject_kind", "13800138000,x9774d56d,device", ["device:x9774d56d"]),
    ],
)
def test_every_contact_of_a_row_blocks(
    registry: Registry, tmp_path: Path, header: str, row: str, blocked: list[str]
) -> None:
    """Whatever stands first; ids beside numbers are accounts, and nobody else is blocked."""
    path, lines = tmp_path / "list.csv", tmp_path / "list.jsonl"
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    lines.write_text(json.dumps(dict(zip(header.split(","), row.split(","), strict=True))))
    done = import_list(registry, path, tmp_path / "bad.csv")
    assert (done.recorded, done.quarantined) == (
        sum(map(bool, row.split(","))) - ("kind" in header),
        0,
    )
    assert look_at_list(path).unread == ()
    assert not any(allowed(registry, subject) for subject in blocked)
    assert allowed(registry, "15000000001")
    again = import_list(registry, lines, tmp_path / "bad.jsonl")
    assert (again.recorded, again.known, again.quarantined) == (0, done.recorded, 0)


def test_a_labelled_number_is_no_account(registry: Registry, tmp_path: Path) -> None:
    """As the account that its row calls it no check would find it; the row is put away and why."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text("subject,subject_kind\nphone:13800138000,chat\nphone:13900139000,\n")
    done = import_list(registry, path, bad)
    assert (done.recorded, done.quarantined) == (1, 1)
    assert not allowed(registry, "13900139000")
    problem = "bears the label of a number, an address or a device; leave out that its kind is chat"
    assert f"subject: {problem}" in bad.read_text("utf-8")


def test_a_contact_that_cannot_be_read_holds_up_no_other(
    registry: Registry, tmp_path: Path
) -> None:
    """The row is put aside once, with each wrong column; mended, it adds what was missing."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text(
        "手机号,邮箱,联系电话,时间\n"
        "13800138000,li@,12,2026-11-01\n13900139000,wu@example.com,13900139000,\n"
        "13700137000,zhu@example.com,,someday\n,,,2026-11-01\n",
        encoding="utf-8",
    )
    done = import_list(registry, path, bad)
    assert (done.recorded, done.known, done.quarantined) == (3, 0, 3)
    with bad.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["_line"]) for row in rows] == [2, 4, 5]
    problems = [row["_problem"] for row in rows]
    assert problems[0].startswith("邮箱: cannot be read as an e-mail address")
    assert "; 联系电话: cannot be read as a phone number" in problems[0]
    assert problems[1].count("requested_at: is no time") == 1
    assert problems[2] == "subject: is empty"
    mended = tmp_path / "mended.csv"
    text = bad.read_text("utf-8").replace("li@,12", "li@example.com,").replace("someday", "")
    mended.write_text(text, encoding="utf-8")
    again = import_list(registry, mended, tmp_path / "worse.csv")
    assert (again.recorded, again.known, again.quarantined) == (3, 1, 1)


def test_several_contacts_again_change_nothing(registry: Registry, tmp_path: Path) -> None:
    """Neither the same list nor another run over it records twice; what has ended stays so."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text("手机号,邮箱\n13800138000,li@example.com\n", encoding="utf-8")
    assert import_list(registry, path, bad).recorded == 2
    before = job_of(registry, path).finished()
    assert before is not None
    assert before.recorded == 2
    end_opt_outs(registry, "li@example.com")
    second = import_list(registry, path, bad)
    assert (second.recorded, second.known, second.ended) == (0, 1, 1)
    third = import_list(registry, path, bad, again=True)
    assert (third.recorded, third.known) == (1, 1)
    assert registry.store.read(lambda view: view.count(OPT_OUTS)) == 3


def test_rows_keep_their_request_ids() -> None:
    """Else a list that a registry holds already would be recorded once more."""
    origin = Origin("acme", "lin", "0" * 64, "CN", ZoneInfo("Asia/Shanghai"))
    assert origin.request_id(7, 0) == f"import:{'0' * 32}:7"
    assert replace(origin, run=2).request_id(7, 0) == f"import:{'0' * 32}:7:2"
    assert replace(origin, run=2).request_id(7, 1) == f"import:{'0' * 32}:7.1:2"


def test_ids_in_json_lines_are_accounts_in_every_row(registry: Registry, tmp_path: Path) -> None:
    """A row that leaves out the number has no other ids than the rows that bring one."""
    path = tmp_path / "list.jsonl"
    path.write_text('{"user_id": "15000000009"}\n{"user_id": "7", "phone": "13800138040"}\n')
    done = import_list(registry, path, tmp_path / "bad.jsonl")
    assert (done.recorded, done.quarantined) == (3, 0)
    assert allowed(registry, "15000000009")
    assert not allowed(registry, "userid:15000000009")
    alone = tmp_path / "alone.jsonl"
    alone.write_text('{"user_id": "15000000009"}\n')
    assert import_list(registry, alone, tmp_path / "bad.jsonl").recorded == 1
    assert not allowed(registry, "15000000009")


def test_labels_of_telephone_systems_and_of_nobody(registry: Registry, tmp_path: Path) -> None:
    """A number over SIP blocks; behind a label unknown here it is put aside, not an account."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text(
        "phone\nT:13900000030\nContact:13900000029\nsip:13811112224@10.0.0.1\n", encoding="utf-8"
    )
    done = import_list(registry, path, bad)
    assert (done.recorded, done.quarantined) == (1, 2)
    assert not allowed(registry, "13811112224")
    with bad.open(encoding="utf-8-sig", newline="") as file:
        problems = [row["_problem"] for row in csv.DictReader(file)]
    assert all("has a label unknown here" in problem for problem in problems)
