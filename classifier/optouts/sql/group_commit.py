"""Group commit: what several threads write at once goes to the disk together."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from classifier.errors import RegistryError, StoreError

T = TypeVar("T")

MAX_BATCH = 256
"""Most works in one transaction: bounds how long the first of them waits."""


_WAIT_SHARE = 0.1
"""Longest wait for more works, as a share of what the last commit took."""

_MOST_WAIT_SECONDS = 0.1
"""Longest wait however long that took: it may have waited half a minute for a lock."""

_LOOK_SECONDS = 0.0001
_BROKEN_OFF = "broken off; ask again with the same request_id"


class Batch(Protocol):
    """A transaction that runs works."""

    @property
    def writes(self) -> int:
        """How many writes it has made so far."""
        ...

    def look_ahead(self, wanted: list[Any]) -> None:
        """Look up together what works are going to look for.

        Args:
            wanted: By each work.
        """
        ...


Work = Callable[[Any], Any]


class _Pending:
    def __init__(self, work: Work, ahead: object) -> None:
        self.work = work
        self.ahead = ahead
        self.done = False
        self.leads = False
        self.result: Any = None
        self.error: Exception | None = None
        self.call = threading.Lock()  # held until it is done, or called to lead
        self.call.acquire()

    def finish(self) -> None:
        if not self.done:
            self.done = True
            self.call.release()

    def run(self, transaction: Batch) -> None:
        # A refusal that comes before the first write spoils nothing.
        before = transaction.writes
        self.error = None
        try:
            self.result = self.work(transaction)
        except RegistryError as error:
            if isinstance(error, StoreError) or transaction.writes != before:
                raise
            self.error = error


class GroupCommit:
    """Collects works; the thread whose work waits longest commits all that wait, once.

    Everyone waits for a call of their own, so those whose work is done go on at once and come back
    with more while the next commit is under way.

    A work that fails after its first write undoes the transaction; then each work of the batch is
    run again in a transaction of its own, so that one never costs another its result.
    """

    def __init__(self, commit: Callable[[Callable[[Batch], None]], None]) -> None:
        """Keep how to commit.

        Args:
            commit: Runs a function in a transaction and commits it, or raises and undoes it.
        """
        self._commit = commit
        self._waiting: deque[_Pending] = deque()
        self._lock = threading.Lock()
        self._led = False
        self._last_count = 0
        self._last_seconds = 0.0

    def run(self, work: Callable[[Any], T], ahead: object = None) -> T:
        """Run a work and return its result once it is committed.

        Args:
            work: Takes the transaction; must do the same when run again.
            ahead: What it is going to look for, or none.

        Raises:
            Exception: What the work or the commit raised; nothing that it wrote remains.
        """
        pending = _Pending(work, ahead)
        with self._lock:
            self._waiting.append(pending)
            pending.leads, self._led = not self._led, True
        if not pending.leads:
            self._wait(pending)
        if not pending.done:
            try:
                self._gather()
                self._settle(self._next_batch())
            finally:
                self._leave(pending)
        if pending.error is not None:
            raise pending.error
        result: T = pending.result
        return result

    def _wait(self, pending: _Pending) -> None:
        try:
            pending.call.acquire()
        except BaseException:  # a signal; its work may be done or not
            self._leave(pending)
            raise

    def _leave(self, pending: _Pending) -> None:
        """Go, and call the next to lead where this one does."""
        with self._lock:
            if pending in self._waiting:  # broken off before it was its turn
                self._waiting.remove(pending)
            if not pending.leads:
                return
            heir = self._waiting[0] if self._waiting else None
            self._led = heir is not None
            if heir is not None:
                heir.leads = True
        if heir is not None:
            heir.call.release()

    def _next_batch(self) -> list[_Pending]:
        with self._lock:
            count = min(len(self._waiting), MAX_BATCH)
            return [self._waiting.popleft() for _ in range(count)]

    def _gather(self) -> None:
        # Those whom the last commit let go come back a moment later; without this wait they would
        # find the next commit under way and wait for two.
        until = time.monotonic() + min(self._last_seconds * _WAIT_SHARE, _MOST_WAIT_SECONDS)
        while len(self._waiting) < self._last_count and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)

    def _settle(self, batch: list[_Pending]) -> None:
        begun = False

        def run_all(transaction: Batch) -> None:
            nonlocal begun
            begun = True
            wanted = [pending.ahead for pending in batch if pending.ahead is not None]
            if wanted:
                transaction.look_ahead(wanted)
            for pending in batch:
                pending.run(transaction)

        started = time.monotonic()
        try:
            self._commit(run_all)
        except Exception as error:
            if begun and len(batch) > 1:
                _fail(batch, StoreError(_BROKEN_OFF))  # holds for those whom a signal cuts off
                for pending in batch:
                    self._settle([pending])
            else:  # it is the one's own, or the store cannot even begin
                _fail(batch, error)
        except BaseException:
            _fail(batch, StoreError(_BROKEN_OFF))
            raise
        finally:
            self._last_count, self._last_seconds = len(batch), time.monotonic() - started
            for pending in batch:
                pending.finish()


def _fail(batch: list[_Pending], error: Exception) -> None:
    for pending in batch:
        pending.error = error
