"""`wurao tune` as a user types it."""

from pathlib import Path

from tests.cli.test_commands import wurao


def test_an_output_that_cannot_be_written_is_named_before_the_search(tmp_path: Path) -> None:
    """Not after hours of it; here there is no data to search with."""
    nowhere, journal = tmp_path / "nowhere" / "best.toml", tmp_path / "journal.jsonl"
    verb = ("tune", "--data", tmp_path, "--journal", journal, "-o")
    missing = f"{nowhere}: cannot be written: there is no folder {nowhere.parent}"
    assert missing in wurao(*verb, nowhere, status=1).stderr
    assert "would overwrite the input" in wurao(*verb, journal, status=2).stderr
    journal.write_text("{}")
    assert "would overwrite the input" in wurao(*verb, journal, status=2).stderr
