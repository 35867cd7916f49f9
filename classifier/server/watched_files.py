"""Notices that files were replaced, so that secrets can change without a restart."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

_LOOK_EVERY_SECONDS = 1.0
_Stamp = tuple[int, int, int, int] | None


class WatchedFiles:
    """Tells once about each change of one of several files, missing ones included."""

    def __init__(self, paths: Sequence[Path], clock: Callable[[], float] = time.monotonic) -> None:
        """Take the files as they stand for known; read them after this, not before.

        Args:
            paths: The files; links are followed.
            clock: Seconds, never going back.
        """
        self._paths = tuple(paths)
        self._clock = clock
        self._looked = clock()
        self._stamps: tuple[_Stamp, ...] = self._look()

    def changed(self) -> bool:
        """Say whether a file was changed since the last time that this was true.

        The files are looked at no more than once a second, so this may be asked at every call.
        """
        now = self._clock()
        if now - self._looked < _LOOK_EVERY_SECONDS:
            return False
        self._looked = now
        stamps = self._look()
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        return True

    def look_again(self) -> None:
        """Count the files as changed at the next look; for whoever could not read them."""
        self._stamps = ()

    def _look(self) -> tuple[_Stamp, ...]:
        return tuple(_stamp(path) for path in self._paths)


def _stamp(path: Path) -> _Stamp:
    try:
        state = path.stat()
    except OSError:
        return None
    return (state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_ino)
