"""The quarantine file: nothing is lost that this import did not write."""

import json
import os
from pathlib import Path

import pytest

from classifier.errors import ListError
from classifier.optouts.derived.opt_outs import OPT_OUTS
from classifier.optouts.lists import importer
from classifier.optouts.lists.import_progress import ImportProgress
from classifier.optouts.registry import Registry
from tests.classifier.optouts.lists.test_importer import import_list, job_of

BAD, GOOD = "号码\n13800138000\n1380013800\n", "号码\n13900139000\n"


def later(path: Path) -> None:
    """Let a file be written a minute after the import, whatever the clock of the disk says."""
    moment = path.stat().st_mtime + 60
    os.utime(path, (moment, moment))


@pytest.mark.parametrize("next_month", [GOOD, "号码\nabc\n"])
def test_the_next_list_of_that_name_leaves_mended_rows(
    registry: Registry, tmp_path: Path, next_month: str
) -> None:
    """Whatever it holds, it is refused until they are imported; then it goes in."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text(BAD, encoding="utf-8")
    import_list(registry, path, bad)
    mended = bad.read_text("utf-8").replace("1380013800\n", "13700137000\n")
    bad.write_text(mended, encoding="utf-8")
    path.write_text(next_month, encoding="utf-8")
    with pytest.raises(ListError, match=r"bad\.csv: is there already, .* import it first"):
        import_list(registry, path, bad)
    assert bad.read_text("utf-8") == mended
    assert import_list(registry, bad, tmp_path / "worse.csv").recorded == 1
    bad.unlink()
    import_list(registry, path, bad)


def test_mended_rows_of_the_same_length_are_seen(registry: Registry, tmp_path: Path) -> None:
    """A wrong digit put right changes no size; an untouched file is written over as before."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text("号码\n23800138000\n", encoding="utf-8")
    import_list(registry, path, bad)
    assert import_list(registry, path, bad).quarantined == 1
    mended = bad.read_text("utf-8").replace("23800138000", "13800138000")
    bad.write_text(mended, encoding="utf-8")
    later(bad)
    with pytest.raises(ListError, match="not as an import of this list left it"):
        import_list(registry, path, bad)
    assert bad.read_text("utf-8") == mended


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
@pytest.mark.parametrize("text", [BAD, GOOD])
def test_the_list_is_no_quarantine_file(
    registry: Registry, tmp_path: Path, text: str, link: object
) -> None:
    """Not by another name of it either; nothing is recorded, and it stays as it is."""
    path, named = tmp_path / "list.csv", tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    if callable(link):
        named = tmp_path / "link.csv"
        link(path, named)
    with pytest.raises(ListError, match="is the list itself"):
        import_list(registry, path, named)
    assert path.read_text("utf-8") == text
    assert registry.store.read(lambda view: view.count(OPT_OUTS)) == 0


@pytest.mark.parametrize("text", [BAD, GOOD])
def test_another_file_is_spared(registry: Registry, tmp_path: Path, text: str) -> None:
    """Notes of somebody stay; an empty file is used, and stays where no row was bad."""
    path, notes, empty = (tmp_path / name for name in ("list.csv", "notes.txt", "empty.csv"))
    path.write_text(text, encoding="utf-8")
    notes.write_text("call Li", encoding="utf-8")
    empty.touch()
    with pytest.raises(ListError, match="or name another file"):
        import_list(registry, path, notes)
    assert notes.read_text("utf-8") == "call Li"
    done = import_list(registry, path, empty)
    assert empty.stat().st_size == done.quarantine_bytes


def test_a_file_stays_only_where_rows_are_in_it(registry: Registry, tmp_path: Path) -> None:
    """One that this import made or left is gone when every row could be read."""
    path, bad = tmp_path / "hk.csv", tmp_path / "bad.csv"
    path.write_text("號碼\n91234567\n", encoding="utf-8")
    import_list(registry, path, bad)
    assert bad.stat().st_size
    assert job_of(registry, path, region="HK").run(bad, lambda _progress: None).recorded == 1
    assert not bad.exists()


def test_a_run_that_goes_on_writes_over_no_other_file(registry: Registry, tmp_path: Path) -> None:
    """Stopped and named another file, even a longer one, it says which one it wants."""
    path, bad, notes = (tmp_path / name for name in ("list.csv", "bad.csv", "notes.txt"))
    path.write_text("号码\n" + "abc\n" * 1500, encoding="utf-8")
    notes.write_text("call Li\n" * 100_000, encoding="utf-8")

    def stop(_progress: ImportProgress) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        job_of(registry, path).run(bad, stop)
    with pytest.raises(ListError, match="name the file of that run"):
        import_list(registry, path, notes)
    assert notes.read_text("utf-8") == "call Li\n" * 100_000
    done = import_list(registry, path, bad)
    assert (done.run, done.quarantined) == (1, 1500)
    assert len(bad.read_text("utf-8").splitlines()) == 1501


def test_a_run_stopped_in_its_first_rows_is_begun_again(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not committed leaves nothing behind that would be in the way."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text("号码\n" + "abc\n" * 900, encoding="utf-8")

    def stop(*_arguments: object) -> None:
        assert bad.read_bytes() == b""
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(importer, "standings", stop)
        with pytest.raises(KeyboardInterrupt):
            import_list(registry, path, bad)
    assert import_list(registry, path, bad).quarantined == 900


def test_nobody_else_reads_what_was_put_aside(registry: Registry, tmp_path: Path) -> None:
    """Clear numbers and remarks stand in it, as in an export; one left open before is closed."""
    path, bad, empty = tmp_path / "list.csv", tmp_path / "bad.csv", tmp_path / "empty.csv"
    path.write_text(BAD, encoding="utf-8")
    empty.touch(0o644)
    before = os.umask(0o022)
    try:
        import_list(registry, path, bad)
        assert bad.stat().st_mode & 0o777 == 0o600
        bad.chmod(0o644)
        import_list(registry, path, bad)
        assert bad.stat().st_mode & 0o777 == 0o600
        import_list(registry, path, empty)
        assert empty.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


def test_a_key_named_twice_loses_no_number(registry: Registry, tmp_path: Path) -> None:
    """JSON keeps the last of both: the row is put aside as it stands, and nobody is recorded."""
    path, bad = tmp_path / "list.jsonl", tmp_path / "bad.jsonl"
    line = '{"phone": "13800138000", "phone": "13900139000"}'
    path.write_text(f'{line}\n{{"phone": "13700137000"}}\n', encoding="utf-8")
    done = import_list(registry, path, bad)
    assert (done.recorded, done.quarantined) == (1, 1)
    told = json.loads(bad.read_text("utf-8"))
    assert told["_raw"] == line
    assert "names a key twice" in told["_problem"]
