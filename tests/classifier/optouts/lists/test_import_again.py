"""A list that comes again: what is done, what is left alone, and what is said of it."""

from pathlib import Path

import pytest

from classifier.errors import ListError
from classifier.optouts.derived.opt_outs import OPT_OUTS
from classifier.optouts.lists.import_progress import ImportProgress
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import Contact
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import parse_subject
from tests.classifier.optouts.lists.test_importer import TABLE, import_list, job_of


def end_opt_outs(registry: Registry, number: str) -> None:
    """Note that somebody opted back in."""
    subject = parse_subject(number)
    registry.revoke(Revocation("acme", f"back {number}", "lin", "opted_in", subject=subject))


def test_the_same_list_again_changes_nothing(registry: Registry, tmp_path: Path) -> None:
    """A list imported twice, or a longer one of next month, records only what is new."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text(TABLE, encoding="utf-8")
    import_list(registry, path, bad)
    again = import_list(registry, path, bad)
    assert (again.recorded, again.known, again.quarantined) == (0, 4, 5)
    path.write_text(TABLE + "13300133000,短信,,,,\n13300133000,短信,,,,\n", encoding="utf-8")
    longer = import_list(registry, path, tmp_path / "longer.csv")
    assert (longer.recorded, longer.known) == (1, 5)
    assert registry.store.read(lambda view: view.count(OPT_OUTS)) == 5


def test_a_finished_import_says_when_and_by_whom(registry: Registry, tmp_path: Path) -> None:
    """Nothing is left of a list of which every row was taken, as long as it reads the same."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text("phone\n13800138000\n")
    assert job_of(registry, path).finished() is None
    done = import_list(registry, path, bad)
    before = job_of(registry, path).finished()
    assert before is not None
    assert (before.recorded, before.etag, before.actor) == (1, done.etag, "lin")
    assert before.time_us
    assert job_of(registry, path, region="TW").finished() is None
    assert job_of(registry, path, encoding="gb18030").finished() is None
    path.write_text("号码\n13800138000\n91234567\n")
    import_list(registry, path, bad)
    assert job_of(registry, path).finished() is None


def test_a_list_is_read_again_in_another_region(registry: Registry, tmp_path: Path) -> None:
    """What one region could not read is recorded by the next one, and nothing else twice."""
    path, bad = tmp_path / "hk.csv", tmp_path / "bad.csv"
    path.write_text("手機號碼\n91234567\n92345678\nli@example.com\n13800138000\n")
    first = import_list(registry, path, bad)
    assert (first.recorded, first.quarantined) == (2, 2)
    second = job_of(registry, path, region="HK").run(bad, lambda _progress: None)
    assert (second.run, second.recorded, second.known, second.quarantined) == (2, 2, 1, 1)
    assert not registry.check(Contact("acme"), [parse_subject("+85291234567")]).allowed
    assert registry.store.read(lambda view: view.count(OPT_OUTS)) == 4


def test_who_opted_back_in_stays_so_when_the_same_list_comes_again(
    registry: Registry, tmp_path: Path
) -> None:
    """An identical list is the request of before; only --again makes a new one of its rows."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text("号码\n13800138000\n13900139000\n13800138000\nabc\n")
    import_list(registry, path, bad)
    end_opt_outs(registry, "13800138000")
    second = import_list(registry, path, bad)
    assert (second.recorded, second.known, second.ended) == (0, 1, 2)
    back = parse_subject("13800138000")
    assert registry.check(Contact("acme"), [back]).allowed
    third = import_list(registry, path, bad, again=True)
    assert (third.recorded, third.known, third.ended) == (1, 2, 0)
    assert not registry.check(Contact("acme"), [back]).allowed
    other = tmp_path / "other.csv"
    other.write_text("号码\n13800138000\n")
    end_opt_outs(registry, "+8613800138000")
    assert import_list(registry, other, tmp_path / "worse.csv").recorded == 1


def test_a_run_that_reads_anew_is_begun_again_after_a_crash(
    registry: Registry, tmp_path: Path
) -> None:
    """A second run that was stopped goes on by itself; one that reads otherwise starts anew."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text("号码\nabc\n" + "".join(f"1380013{i:04d}\n" for i in range(1500)))
    import_list(registry, path, bad)

    def stop(_progress: ImportProgress) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        job_of(registry, path, region="TW").run(bad, stop)
    resumed = job_of(registry, path, region="TW").run(bad, lambda _progress: None)
    assert (resumed.run, resumed.quarantined) == (2, 1501)
    with pytest.raises(InterruptedError):
        job_of(registry, path, region="TW").run(bad, stop)
    other = import_list(registry, path, bad)
    assert (other.run, other.recorded, other.known, other.quarantined) == (4, 0, 1500, 1)


def test_a_quarantine_file_that_is_being_mended_is_spared(
    registry: Registry, tmp_path: Path
) -> None:
    """Who imports the list again does not lose the rows that somebody has mended meanwhile."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text("号码\n1380013800\n")
    import_list(registry, path, bad)
    mended = bad.read_text("utf-8").replace("1380013800", "13800138000")
    bad.write_text(mended, encoding="utf-8")
    with pytest.raises(ListError, match="not as an import of this list left it"):
        import_list(registry, path, bad)
    assert bad.read_text("utf-8") == mended
    assert import_list(registry, path, tmp_path / "other.csv").quarantined == 1
