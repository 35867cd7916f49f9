"""Threads for work that waits: for the disk, a store, a volume on the network."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class WaitingThreads(Executor):
    """Threads that end with the process though what they wait for never answers.

    Python's own `ThreadPoolExecutor` would hold up the end of the process.
    """

    def __init__(self, most: int, name: str) -> None:
        """Begin without any.

        Args:
            most: How many there may be; one is started where none is free.
            name: Of each thread.
        """
        self._left = most
        self._name = name
        self._free = threading.Semaphore(0)
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """See `Executor.submit`. Called by the event loop alone."""
        future: Future[T] = Future()
        self._waiting.put(partial(_do, future, partial(fn, *args, **kwargs)))
        if not self._free.acquire(blocking=False) and self._left:
            self._left -= 1
            threading.Thread(target=self._run, name=self._name, daemon=True).start()
        return future

    def _run(self) -> None:
        while True:
            self._waiting.get()()
            self._free.release()


def _do(future: Future[T], work: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:  # ruff: ignore[blind-except]  # who waits is told, whatever
        future.set_exception(error)
    else:
        future.set_result(result)
