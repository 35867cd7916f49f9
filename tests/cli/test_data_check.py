"""`wurao data check` and `wurao data stats` on the command line."""

import json
from pathlib import Path

from tests.cli.test_commands import wurao
from training.checks import read_checked
from training.datasheet import datasheet_tables


def test_findings_go_to_a_page_and_as_json(small_data: Path, tmp_path: Path) -> None:
    """`wurao data check` writes a page, says when turns are too few, and fails as before."""
    page, new = tmp_path / "findings.html", tmp_path / "new.jsonl"
    new.write_text(json.dumps({"text": "别打了"}), "utf-8")
    result = wurao("data", "check", "--data", small_data, "--page", page, "--new", new)
    assert "is sound: 3 turns in train" in result.stdout
    assert "new.jsonl: too few turns to compare" in result.stdout
    assert "<title>" in page.read_text("utf-8")
    new.write_text(json.dumps({"text": "别打了"}) + '\n{"text": ""}\n', "utf-8")
    table = tmp_path / "new.csv"
    table.write_text("text\n你好\n", "gb18030")
    check = ("data", "check", "--data", small_data, "--encoding", "gb18030")
    assert "new.csv: too few" in wurao(*check, "--new", table).stdout
    assert "name it too" in wurao(*check, status=2).stderr
    bad = wurao("data", "check", "--data", small_data, "--new", new, status=1)
    assert f"{new}:2: text: " in bad.stderr
    assert "1 entries of new.jsonl cannot be read" in bad.stderr
    train = small_data / "train" / "turns.jsonl"
    train.write_text(train.read_text("utf-8") + "{}\n", "utf-8")
    failed = wurao("data", "check", "--data", small_data, "--json", status=1)
    assert json.loads(failed.stdout)["problems"]["schema"]["count"] == 1


def test_stats_prints_the_tables(small_data: Path) -> None:
    """The datasheet's counts, ready to be put into a file."""
    splits = read_checked(small_data)
    tables = wurao("data", "stats", "--data", small_data).stdout
    assert tables.strip() == datasheet_tables(splits).strip()
