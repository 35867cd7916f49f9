"""The model that answers, and how a newly promoted bundle takes its place."""

import asyncio
import gc
import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from classifier.errors import BundleError
from classifier.model_bundle import load_bundle
from classifier.server.memory import give_memory_back
from classifier.server.waiting_threads import WaitingThreads
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Turn

_TRY_AGAIN_SECONDS = 60.0
_SETTLE_SECONDS = 1.0
_Read = TypeVar("_Read")
_WARM_UP = (Turn("喂 你好"), Turn("以后不要再给我打电话了"))

_log = logging.getLogger(__name__)

Stamp = tuple[tuple[str, int, int, int, int], ...]
"""Name, inode, size and times of change of each file in a bundle's folder."""


class ServingModel:
    """Holds one classifier; `follow` swaps it while calls go on.

    A call asks for `current` once a turn, so each answer is wholly of one model and names it.
    """

    def __init__(self, folder: Path, second_reader: bool) -> None:
        """Load the bundle that is there now.

        Args:
            folder: The bundle's folder, or a symbolic link to it.
            second_reader: Whether its second reader, where it has one, is wanted.

        Raises:
            BundleError: The bundle cannot be served.
        """
        self._folder = folder
        self._second_reader = second_reader
        self._stamp = _stamp(folder)
        self._asked = asyncio.Event()
        # One: what is read again and again while a volume hangs would be a thread each time.
        self._threads = WaitingThreads(1, "bundle")
        self._reading: asyncio.Future[Any] | None = None
        self.current = self._load()

    def look_now(self) -> None:
        """Make `follow` load the bundle at once, whether it changed or not."""
        self._asked.set()

    async def follow(self, every_seconds: float, told: Callable[[bool, str], None]) -> None:
        """Look for a new bundle for ever, load it beside the old one and swap.

        A bundle that cannot be served is refused and logged; the old one goes on, and the new one
        is tried again each minute, since what was wrong may pass without a change of its files.

        Args:
            every_seconds: How often the files are looked at, above 0.
            told: Whether a new bundle was taken (true) or refused (false), and which answers now.
        """
        try_again_at = math.inf  # monotonic seconds
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), every_seconds)
            # A shared volume that hangs holds up no call, and no stop.
            stamp = await self._read(lambda: _stamp(self._folder))
            wanted = self._asked.is_set() or time.monotonic() >= try_again_at
            if not wanted and (not stamp or stamp == self._stamp):
                continue
            self._asked.clear()
            self._stamp, try_again_at = stamp, math.inf
            try:
                new = await self._read(self._load)
            except Exception as error:
                try_again_at = time.monotonic() + _TRY_AGAIN_SECONDS
                _log.error("new bundle refused, the old one goes on: %s", _reason(error))
                told(False, self.current.manifest.version)
                continue
            if new.manifest.version == self.current.manifest.version:
                continue
            _log.info(
                "model %s takes over from %s", new.manifest.version, self.current.manifest.version
            )
            self.current = new
            del new
            gc.freeze()
            await asyncio.to_thread(give_memory_back)
            told(True, self.current.manifest.version)

    async def settle(self) -> None:
        """Wait until what is being read is read; a volume that hangs is left after a second."""
        if self._reading is not None:
            await asyncio.wait({self._reading}, timeout=_SETTLE_SECONDS)

    async def _read(self, work: Callable[[], _Read]) -> _Read:
        reading = asyncio.get_running_loop().run_in_executor(self._threads, work)
        self._reading = reading
        return await asyncio.shield(reading)

    def _load(self) -> TurnClassifier:
        classifier = TurnClassifier(load_bundle(self._folder, self._second_reader))
        for turn in _WARM_UP:
            classifier.classify(turn)
        return classifier


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return str(error) if isinstance(error, BundleError) else type(error).__name__


def _stamp(folder: Path) -> Stamp:
    try:
        files = [(path.name, path.stat()) for path in sorted(folder.iterdir())]
    except OSError:
        return ()
    return tuple(
        (name, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns) for name, at in files
    )
