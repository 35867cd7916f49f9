"""The sign of life that a worker gives its supervisor: a line each second."""

import asyncio
import os
from contextlib import suppress

BEAT_SECONDS = 1.0


def start_beating(descriptor: int) -> None:
    """Write an empty line now and each `BEAT_SECONDS`, as long as the event loop goes round.

    Args:
        descriptor: Of a pipe that the supervisor reads; nobody else may write to it from now on.
    """
    os.set_blocking(descriptor, False)  # a supervisor that is stopped holds up no call
    _beat(asyncio.get_running_loop(), descriptor)


def _beat(loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
    with suppress(OSError):  # the pipe is full, or the supervisor gone, which standard input tells
        os.write(descriptor, b"\n")
    loop.call_later(BEAT_SECONDS, _beat, loop, descriptor)
