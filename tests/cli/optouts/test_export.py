"""`wurao optouts export`: a list is whole, for its owner alone, and says what it lacks."""

from pathlib import Path

import pytest

from classifier.errors import OutputError
from cli.whole_file import private_file
from tests.cli.optouts.conftest import NUMBER, Run, records


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_broken_off_file_leaves_the_old_one(
    tmp_path: Path, error: BaseException | type[BaseException]
) -> None:
    """What was there is there still, and of the new one nothing is left."""
    path = tmp_path / "dnc.csv"
    path.write_text("whole", "utf-8")

    def write_half() -> None:
        with private_file(path) as file:
            file.write(b"ha")
            file.flush()
            raise error

    with pytest.raises((KeyboardInterrupt, OutputError)):
        write_half()
    assert path.read_text("utf-8") == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_clear_numbers_are_for_their_owner_alone(optouts: Run, tmp_path: Path) -> None:
    """Also where an older file let others read; a link leads to where it is written."""
    optouts("add", NUMBER)
    target, link = tmp_path / "dnc.csv", tmp_path / "link.csv"
    target.write_text("old", "utf-8")
    target.chmod(0o644)
    link.symlink_to(target)
    optouts("export", "-o", link)
    assert NUMBER in target.read_text("utf-8")
    assert target.stat().st_mode & 0o777 == 0o600
    assert link.is_symlink()
    letter = tmp_path / "letter.html"
    optouts("show", NUMBER, "--letter", letter)
    assert letter.stat().st_mode & 0o777 == 0o600


def test_records_without_a_number_are_counted(optouts: Run, tmp_path: Path) -> None:
    """They block here and nowhere else: whoever hands the list on must know."""
    optouts("add", NUMBER)
    optouts("add", "13900139000")
    optouts("erase", NUMBER, "--reason", "asked by letter", "--yes")
    path = tmp_path / "dnc.csv"
    said = optouts("export", "-o", path).stderr
    assert "2 opt-outs written" in said
    assert "1 of them have no number" in said
    (told,) = records(optouts("export", "-o", path, "--json"))
    assert told == {"file": str(path), "written": 2, "nameless": 1}
    refused = optouts("export", "-o", "-", "--json", status=2)
    assert "standard output" in refused.stderr
    assert refused.stdout == ""


def test_a_tenant_without_records_replaces_no_list(optouts: Run, tmp_path: Path) -> None:
    """A mistyped tenant is an error; the list of the right one stays."""
    optouts("add", NUMBER)
    path = tmp_path / "dnc.csv"
    optouts("export", "-o", path)
    before = path.read_bytes()
    lost = optouts("export", "-o", tmp_path / "none" / "dnc.csv", status=1)
    assert "cannot be written" in lost.stderr
    refused = optouts("export", "-o", path, "--tenant", "nobody", status=1)
    assert "tenant nobody" in refused.stderr
    assert path.read_bytes() == before
