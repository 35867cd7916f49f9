"""The writer in the background."""

import shutil
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifier.decision_log import log_writer
from classifier.decision_log.decisions import LoggedDecision
from classifier.decision_log.log_folder import log_files
from classifier.decision_log.log_reader import read_decisions
from classifier.decision_log.log_writer import DROPPED, FAILED, WRITTEN, DecisionLog, LogPlan
from classifier.errors import DecisionLogError, KeyFileError
from classifier.key_file import add_key, read_keys
from classifier.turns import Action, Alternative, ContextTurn, Label, Prediction, Speaker, Turn

ORDINARY = Prediction(Label.NORMAL, (0.01, 0.01, 0.98), Action.CONTINUE, "m")
DOUBTFUL = Prediction(Label.NORMAL, (0.4, 0.1, 0.5), Action.CLARIFY, "m", needs_review=True)
TURN = Turn("我的电话是13800138000")
Start = Callable[..., tuple[DecisionLog, Counter[str]]]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A key file."""
    add_key(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def start(tmp_path: Path, keys: Path) -> Iterator[Start]:
    """A function that starts a log in the folder ``log``; what it started is stopped."""
    started = []

    def start(**plan: object) -> tuple[DecisionLog, Counter[str]]:
        counted: Counter[str] = Counter()
        wanted: dict[str, object] = {
            "folder": tmp_path / "log",
            "keys": keys,
            "sample": 1.0,
            "sample_objections": 1.0,
            "days": 30,
        }
        log = DecisionLog(
            LogPlan(**wanted | plan),  # type: ignore[arg-type]
            lambda outcome, count: counted.update({outcome: count}),
        )
        started.append(log)
        return log, counted

    yield start
    for log in started:
        log.close()


def read(folder: Path, keys: Path) -> list[LoggedDecision]:
    """Return every decision of a log."""
    return list(read_decisions(folder, read_keys(keys)))


def wait_until_counted(counted: Counter[str], outcome: str) -> None:
    """Return when a decision has had an outcome, which may take a minute on a busy machine."""
    deadline = time.monotonic() + 60
    while not counted[outcome]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_shares_say_what_a_decision_stands_for(start: Start, tmp_path: Path, keys: Path) -> None:
    """Ordinary turns are drawn at one rate, doubtful ones at another, each with its rate."""
    log, counted = start(sample=0.25, sample_objections=1.0)
    for _ in range(2_000):
        log.note(TURN, ORDINARY, "")
    for _ in range(50):
        log.note(TURN, DOUBTFUL, "")
    log.close()
    found = read(tmp_path / "log", keys)
    shares = Counter(decision.share for decision in found)
    assert shares[1.0] == 50
    assert 350 < shares[0.25] < 650
    assert counted == {WRITTEN: len(found)}
    assert {decision.turn.text for decision in found} == {"我的电话是[PHONE]"}
    assert {decision.length for decision in found} == {len(TURN.text)}
    assert len({decision.id for decision in found}) == len(found)


def test_nothing_is_drawn_at_a_share_of_nothing(start: Start, tmp_path: Path) -> None:
    """0 means none, and no file is made for it."""
    log, counted = start(sample=0.0, sample_objections=0.0)
    log.note(TURN, ORDINARY, "")
    log.note(TURN, DOUBTFUL, "")
    log.close()
    assert not counted
    assert not (tmp_path / "log").exists()


def test_too_many_at_once_are_dropped_and_counted(start: Start, tmp_path: Path, keys: Path) -> None:
    """What waits is bounded in number and in characters; each decision has one outcome."""
    log, counted = start()
    for _ in range(20_000):
        log.note(TURN, ORDINARY, "")
    long = Turn("长" * 10_000)
    for _ in range(2_000):
        log.note(long, ORDINARY, "")
    log.close()
    assert counted[DROPPED] > 0
    assert counted.total() == 22_000
    assert counted[WRITTEN] == len(read(tmp_path / "log", keys))


def heard_in_twenty_ways() -> Turn:
    """Return a turn whose alternatives are as long as they may be, in memory of its own."""
    return Turn("好", alternatives=tuple(Alternative(chr(97 + i) * 500, 0.5) for i in range(20)))


def said_after_a_hundred_lines() -> Turn:
    """Return a turn with as many earlier ones as there may be, in memory of its own."""
    return Turn("好", context=tuple(ContextTurn(Speaker.BOT, f"第{i}句") for i in range(100)))


@pytest.mark.parametrize("make", [heard_in_twenty_ways, said_after_a_hundred_lines])
def test_what_waits_takes_little_memory(
    start: Start, monkeypatch: pytest.MonkeyPatch, make: Callable[[], Turn]
) -> None:
    """While nothing is written, what waits takes some megabytes, whatever turns carry."""
    monkeypatch.setattr(log_writer, "_FLUSH_SECONDS", 3_600.0)
    log, counted = start()
    tracemalloc.start()
    for _ in range(5_000):
        log.note(make(), ORDINARY, "")
    taken, _most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    log.close()
    assert taken < 16 << 20
    assert counted.total() == 5_000


def test_a_large_file_is_followed_by_another(start: Start, tmp_path: Path, keys: Path) -> None:
    """A file that is large enough is written to no more."""
    log, _counted = start(file_bytes=1)
    for _ in range(1_200):
        log.note(TURN, ORDINARY, "")
    log.close()
    assert len(log_files(tmp_path / "log")) >= 3
    assert len(read(tmp_path / "log", keys)) == 1_200


def test_old_files_go_and_strangers_stay(start: Start, tmp_path: Path) -> None:
    """A day's files go when they are older than wanted; what is no file of the log stays."""
    folder = tmp_path / "log"
    folder.mkdir()
    today = datetime.now(UTC).date()
    names = {
        age: f"decisions-{(today - timedelta(age)).isoformat()}-0123456789ab.log"
        for age in (0, 6, 8, 400)
    }
    for name in (*names.values(), "notes.txt", "decisions-2020-01-01-mine.log"):
        (folder / name).write_text("")
    start(days=7)
    while (folder / names[8]).exists() or (folder / names[400]).exists():
        time.sleep(0.05)
    left = {path.name for path in folder.iterdir()}
    assert left == {names[0], names[6], "notes.txt", "decisions-2020-01-01-mine.log"}


def test_periods_are_cut_to_the_moment(start: Start, tmp_path: Path, keys: Path) -> None:
    """A period begins with its first moment and ends before its last."""
    log, _counted = start()
    log.note(TURN, ORDINARY, "")
    log.close()
    (one,) = read(tmp_path / "log", keys)
    at = datetime.fromtimestamp(one.time, UTC)
    ring, folder, instant = read_keys(keys), tmp_path / "log", timedelta(milliseconds=1)
    assert list(read_decisions(folder, ring, at, at + instant)) == [one]
    assert list(read_decisions(folder, ring, None, at)) == []
    assert list(read_decisions(folder, ring, at + instant)) == []
    assert list(read_decisions(folder, ring, None, datetime.max.replace(tzinfo=UTC))) == [one]
    for until in (at, at - instant):
        with pytest.raises(DecisionLogError, match="log: the period ends at"):
            list(read_decisions(folder, ring, at, until))


def test_a_clock_that_goes_back_hides_nothing(
    start: Start, tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was decided just after midnight is of that day, though the clock was put back."""
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    log, _counted = start(days=100_000)
    for said_at in (midnight.timestamp() + 0.5, midnight.timestamp() - 0.5):
        monkeypatch.setattr(time, "time", lambda now=said_at: now)
        log.note(TURN, ORDINARY, "")
    log.close()
    ring, folder = read_keys(keys), tmp_path / "log"
    assert len(list(read_decisions(folder, ring, midnight))) == 1
    assert len(list(read_decisions(folder, ring, None, midnight))) == 1


def test_a_folder_that_cannot_be_made_harms_nobody(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Decisions are counted as failed, one line tells why, without what was said."""
    (tmp_path / "file").write_text("")
    log, counted = start(folder=tmp_path / "file" / "log")
    for _ in range(600):
        log.note(TURN, ORDINARY, "")
    log.close()
    assert counted == {FAILED: 600}
    (line,) = caplog.messages
    assert line == "the decision log cannot be written, calls go on: Not a directory"


def test_a_file_that_is_removed_is_followed_by_another(
    start: Start, tmp_path: Path, keys: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What comes later is not written where nobody can read it; one line tells of the removal."""
    log, counted = start()
    log.note(TURN, ORDINARY, "r1")
    wait_until_counted(counted, WRITTEN)
    shutil.rmtree(tmp_path / "log")
    log.note(TURN, ORDINARY, "r2")
    log.close()
    assert counted == {WRITTEN: 2}
    assert [decision.request_id for decision in read(tmp_path / "log", keys)] == ["r2"]
    (line,) = caplog.messages
    assert line.startswith("a file of the decision log was removed")


def test_without_a_key_there_is_no_log(tmp_path: Path) -> None:
    """A missing key is an error before anything is logged."""
    plan = LogPlan(tmp_path / "log", tmp_path / "none", 1.0, 1.0, 30)
    with pytest.raises(KeyFileError, match="none: is not there; make it with"):
        DecisionLog(plan, lambda _outcome, _count: None)


def test_what_cannot_be_written_stops_nothing_else(
    start: Start, tmp_path: Path, keys: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An id with half a surrogate is no UTF-8: counted, told without it, and the log goes on."""
    log, counted = start()
    log.note(TURN, ORDINARY, "半个\ud83d")
    wait_until_counted(counted, FAILED)
    log.note(TURN, ORDINARY, "r2")
    log.close()
    assert (counted[FAILED], counted[WRITTEN]) == (1, 1)
    assert [decision.request_id for decision in read(tmp_path / "log", keys)] == ["r2"]
    assert "UnicodeEncodeError" in caplog.text
    assert "半个" not in caplog.text
