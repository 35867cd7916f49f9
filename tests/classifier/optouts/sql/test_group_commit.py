"""Works that share a commit: each gets its own outcome, and none is told what is not so."""

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from classifier.errors import RecordMissingError, StoreError
from classifier.optouts.sql.group_commit import Batch, GroupCommit


class Memory:
    """A transaction over a list: what is added counts once it is committed."""

    def __init__(self) -> None:
        self.committed: list[int] = []
        self.commits = 0
        self.held = threading.Event()
        self.fails: BaseException | None = None

    def commit(self, run: Callable[[Batch], None]) -> None:
        """Run and commit, as a store does it."""
        self.held.wait(10)
        if self.fails is not None:
            raise self.fails
        transaction = Transaction()
        run(transaction)
        self.committed += transaction.added
        self.commits += 1


class Transaction:
    """What works write to."""

    def __init__(self) -> None:
        self.added: list[int] = []

    @property
    def writes(self) -> int:
        """How many writes there were."""
        return len(self.added)

    def look_ahead(self, wanted: list[Any]) -> None:
        """Nothing to look for."""


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """Seconds so far."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def together(memory: Memory, works: list[Callable[[Any], Any]]) -> list["Future[Any]"]:
    """Run works so that all but the first share a commit."""
    group = GroupCommit(memory.commit)
    with ThreadPoolExecutor(len(works)) as threads:
        futures = []
        for work in works:
            futures.append(threads.submit(group.run, work))
            time.sleep(0.02)
        memory.held.set()
    return futures


def add(n: int) -> Callable[[Transaction], int]:
    """Return a work that writes a number."""

    def work(transaction: Transaction) -> int:
        transaction.added.append(n)
        return n

    return work


def refuse(transaction: Transaction) -> None:
    """A work that refuses before it writes."""
    raise RecordMissingError("none")


def spoil(transaction: Transaction) -> None:
    """A work that fails after its first write."""
    transaction.added.append(-1)
    raise ValueError("spoilt")


def test_several_works_one_commit() -> None:
    """Works that wait are committed together, each with its own result."""
    memory = Memory()
    futures = together(memory, [add(n) for n in range(20)])
    assert [future.result() for future in futures] == list(range(20))
    assert sorted(memory.committed) == list(range(20))
    assert memory.commits <= 3


def test_a_refusal_costs_nobody() -> None:
    """A work that refuses before it writes gets its error, the others are committed with it."""
    memory = Memory()
    futures = together(memory, [add(0), add(1), refuse, add(2)])
    assert isinstance(futures[2].exception(), RecordMissingError)
    assert sorted(memory.committed) == [0, 1, 2]
    assert memory.commits <= 2


def test_a_failure_is_undone_alone() -> None:
    """A work that fails after a write leaves nothing behind and costs no other its result."""
    memory = Memory()
    futures = together(memory, [add(0), add(1), spoil, add(2)])
    assert isinstance(futures[2].exception(), ValueError)
    assert [futures[n].result() for n in (0, 1, 3)] == [0, 1, 2]
    assert sorted(memory.committed) == [0, 1, 2]


def test_broken_off_among_works_run_alone() -> None:
    """Nor is anybody told so whose turn to run alone did not come."""
    memory = Memory()

    def break_off(transaction: Transaction) -> None:
        transaction.added.append(-2)
        raise KeyboardInterrupt

    futures = together(memory, [add(0), spoil, add(1), break_off, add(2)])
    assert [n for n in (0, 1, 2) if n in memory.committed] == [0, 1]
    assert isinstance(futures[4].exception(), StoreError)


def test_those_who_are_done_come_back_for_the_next_commit() -> None:
    """Eight busy writers share their commits; none is held up by a commit that is not its own."""
    memory = Memory()
    memory.held.set()

    def slowly(run: Callable[[Batch], None]) -> None:
        memory.commit(run)
        time.sleep(0.02)

    group = GroupCommit(slowly)

    def write(me: int) -> None:
        for n in range(25):
            group.run(add(100 * me + n))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    assert len(set(memory.committed)) == 200
    assert memory.commits <= 200 / 3


def test_who_is_interrupted_holds_up_nobody() -> None:
    """A signal that reaches a thread while it waits leaves the others their commits."""
    memory = Memory()
    group = GroupCommit(memory.commit)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def wait_interrupted() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        group.run(add(2))

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(group.run, add(1))
            time.sleep(0.05)
            with pytest.raises(KeyboardInterrupt):
                wait_interrupted()
            last = threads.submit(group.run, add(3))
            time.sleep(0.05)
            memory.held.set()
            assert (first.result(), last.result()) == (1, 3)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert memory.committed == [1, 3]
    assert group.run(add(4)) == 4


@pytest.mark.parametrize("fails", [StoreError("gone"), OSError("full")])
def test_a_store_that_is_gone_fails_all(fails: Exception) -> None:
    """Where the store cannot begin, everyone is told at once and nothing counts as written."""
    memory = Memory()
    memory.fails = fails
    futures = together(memory, [add(n) for n in range(5)])
    assert all(future.exception() is fails for future in futures)
    assert memory.committed == []


def test_broken_off_is_never_acknowledged() -> None:
    """Where the thread that commits is broken off, nobody in its batch is told that it is done."""
    memory = Memory()
    memory.fails = KeyboardInterrupt()
    futures = together(memory, [add(n) for n in range(5)])
    assert all(isinstance(future.exception(), StoreError | KeyboardInterrupt) for future in futures)
    assert memory.committed == []


def test_who_comes_after_a_lock_waits_for_nobody_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that waited half a minute for a locked file says nothing of how long others take."""
    memory, clock = Memory(), Clock()
    memory.held.set()
    group = GroupCommit(memory.commit)
    group._last_count, group._last_seconds = 32, 30.0
    monkeypatch.setattr("classifier.optouts.sql.group_commit.time", clock)
    group.run(lambda transaction: transaction.added.append(1))
    assert memory.committed == [1]
    assert clock.now < 0.2
