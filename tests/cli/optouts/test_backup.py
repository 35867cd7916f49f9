"""A backup holds all that was acknowledged, and can be restored."""

import shlex
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from classifier.optouts.records import Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import Subject, SubjectKind
from tests.cli.optouts.conftest import NUMBER, Run, records


def test_a_backup_made_while_somebody_writes(
    optouts: Run, opened: Callable[[], Registry], tmp_path: Path
) -> None:
    """It is whole, holds what was acknowledged before, and is for its owner alone."""
    file = tmp_path / "a copy.db"
    before = threading.Event()
    stop = threading.Event()

    def write(registry: Registry) -> None:
        for n in range(100_000):
            subject = Subject(SubjectKind.PHONE, f"+86138{n:08d}")
            registry.record(OptOutRequest("default", f"r{n}", subject, Intake.SMS, "bot"))
            if n == 50:
                before.set()
            if stop.is_set():
                return

    with closing(opened()) as registry:
        writer = threading.Thread(target=write, args=(registry,))
        writer.start()
        try:
            assert before.wait(60)
            told = optouts("backup", file).stdout
        finally:
            stop.set()
            writer.join()
    assert file.stat().st_mode & 0o077 == 0
    assert sorted(tmp_path.glob("a copy.db*")) == [file]
    # As it says, the copy is checked; it stands in for the registry.
    _wurao, _optouts, *verify = shlex.split(told.splitlines()[-1])
    assert "every table as they say" in optouts(*verify).stdout
    optouts("check", "+8613800000050", "--registry", file, status=3)


def test_a_backup_takes_nothing_s_place(optouts: Run, tmp_path: Path) -> None:
    """A file that is there stays as it is, also the registry itself."""
    file = tmp_path / "copy.db"
    file.write_text("mine")
    optouts("add", NUMBER)
    for taken in (file, tmp_path / "registry.db"):
        assert "is there already" in optouts("backup", taken, status=1).stderr
    assert file.read_text() == "mine"
    optouts("check", NUMBER, status=3)
    refused = optouts("backup", tmp_path / "none" / "x", status=1).stderr
    assert "its folder is not there; make it first" in refused


def test_a_script_is_told_the_anchor_of_the_copy(optouts: Run, tmp_path: Path) -> None:
    """As `verify` of the copy finds it."""
    file = tmp_path / "copy.db"
    optouts("add", NUMBER)
    (told,) = records(optouts("backup", file, "--json"))
    (found,) = records(optouts("verify", "--registry", file, "--json"))
    assert told == {"file": str(file), "events": 1, "anchor": found["anchor"]}


def test_a_backup_that_its_keys_do_not_open_is_none(optouts: Run, tmp_path: Path) -> None:
    """It is not left there to be found when it is needed."""
    other = tmp_path / "other.keys"
    optouts("rotate-keys", "--new", "--keys", other, WURAO_REGISTRY="")
    refused = optouts("backup", tmp_path / "copy.db", "--keys", other, status=1)
    assert "is not the one" in refused.stderr
    assert not list(tmp_path.glob("copy.db*"))


def test_postgresql_has_a_tool_of_its_own(optouts: Run, tmp_path: Path) -> None:
    """The verb names it."""
    place = "postgresql://wurao@db/wurao"
    assert "pg_dump" in optouts("backup", tmp_path / "x", "--registry", place, status=1).stderr
