"""A file is what its name says."""

import json
from pathlib import Path

import pytest

from tests.cli.optouts.conftest import NUMBER, Run

_CSV = "\ufeff"


def test_a_report_is_written_as_it_is_named(optouts: Run, tmp_path: Path) -> None:
    """Without --format the suffix decides; a name without one is a page."""
    for name, start in (
        ("x.csv", _CSV), ("x.JSON", "{"), ("x.html", "<!DOCTYPE"), ("x", "<!DOCTYPE")
    ):  # fmt: skip
        optouts("report", "-o", tmp_path / name)
        assert (tmp_path / name).read_text("utf-8").startswith(start)
    optouts("report", "-o", tmp_path / "x.txt", "--format", "csv")
    assert (tmp_path / "x.txt").read_text("utf-8").startswith(_CSV)
    assert json.loads(optouts("report", "--json", "--format", "json").stdout)["month"]


def test_a_report_takes_the_place_of_an_older_one_when_it_is_whole(
    optouts: Run, tmp_path: Path
) -> None:
    """The older one is never written into, so a full disk leaves it; who reads it still may."""
    path, kept = tmp_path / "x.csv", tmp_path / "kept"
    path.write_text("older", "utf-8")
    path.chmod(0o664)
    kept.hardlink_to(path)
    optouts("report", "-o", path)
    assert kept.read_text("utf-8") == "older"
    assert path.read_text("utf-8").startswith(_CSV)
    assert path.stat().st_mode & 0o777 == 0o664
    optouts("report", "-o", tmp_path / "new.csv")
    kept.unlink()
    kept.touch()
    assert (tmp_path / "new.csv").stat().st_mode == kept.stat().st_mode


def test_an_export_is_written_as_it_is_named(optouts: Run, tmp_path: Path) -> None:
    """JSON Lines by their suffix, CSV by its own."""
    optouts("add", NUMBER)
    for name, start in (("x.csv", _CSV), ("x.jsonl", "{")):
        optouts("export", "-o", tmp_path / name)
        assert (tmp_path / name).read_text("utf-8").startswith(start)
    optouts("export", "-o", tmp_path / "x.txt", "--format", "jsonl")
    assert (tmp_path / "x.txt").read_text("utf-8").startswith("{")


@pytest.mark.parametrize(
    ("verb", "name", "remedy"),
    [
        ("report", "x.pdf", "name it .html or .csv or .json"),
        ("report", "x.csv.gz", "--format"),
        ("export", "x.json", "name it .csv or .jsonl"),
        ("export", "x.jsonl.gz", "--format"),
    ],
)
def test_a_suffix_that_is_not_known_is_refused(
    optouts: Run, tmp_path: Path, verb: str, name: str, remedy: str
) -> None:
    """It is told which there are; nothing is written, and no export stands in the log."""
    optouts("add", NUMBER)
    assert remedy in optouts(verb, "-o", tmp_path / name, status=2).stderr
    assert not (tmp_path / name).exists()
    assert "1 events" in optouts("verify").stdout


def test_a_report_has_one_format(optouts: Run) -> None:
    """--json beside another --format is wrong use."""
    refused = optouts("report", "--format", "csv", "--json", status=2)
    assert "--json contradicts --format csv" in refused.stderr
    assert refused.stdout == ""
