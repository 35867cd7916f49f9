"""Group commit: what several threads write at once goes to the disk together."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from classifier.errors import RegistryError, StoreError

T = TypeVar("T")

MAX_BATCH = 256
"""Most works in one transaction: bounds how long the first of them waits."""


class Batch(Protocol):
    """A transaction that runs works."""

    writes: int
    """How many writes it has made so far."""


Work = Callable[[Any], Any]


class _Pending:
    def __init__(self, work: Work) -> None:
        self.work = work
        self.done = False
        self.result: Any = None
        self.error: Exception | None = None

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
    """Collects works; whichever thread gets the lock commits those that wait.

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

    def run(self, work: Callable[[Any], T]) -> T:
        """Run a work and return its result once it is committed.

        Args:
            work: Takes the transaction; must do the same when run again.

        Raises:
            Exception: What the work or the commit raised; nothing that it wrote remains.
        """
        pending = _Pending(work)
        self._waiting.append(pending)
        with self._lock:
            while not pending.done:
                count = min(len(self._waiting), MAX_BATCH)
                self._settle([self._waiting.popleft() for _ in range(count)])
        if pending.error is not None:
            raise pending.error
        result: T = pending.result
        return result

    def _settle(self, batch: list[_Pending]) -> None:
        def run_all(transaction: Batch) -> None:
            for pending in batch:
                pending.run(transaction)

        try:
            self._commit(run_all)
        except Exception as error:
            if len(batch) == 1:
                batch[0].error = error
            else:
                for pending in batch:
                    self._settle([pending])
        finally:
            for pending in batch:
                pending.done = True
