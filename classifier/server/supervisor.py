"""Keeps worker processes alive on one port; knows nothing of gRPC, so that workers start clean."""

import asyncio
import logging
import signal
import time
from asyncio import FIRST_COMPLETED
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from classifier.errors import WorkerError
from classifier.server.heartbeat import BEAT_SECONDS
from classifier.server.reserved_port import reserved_port
from classifier.server.settings import Settings

READY, FAILED = "ready", "failed"
"""First words of the first line that a worker prints: it serves, or why it cannot."""

_MOST_QUICK_DEATHS = 5
_STEADY_SECONDS = 5.0
_FIRST_DELAY_SECONDS = 0.1
_MOST_DOUBLINGS = 7  # a start that fails for want of the store is tried each 13 s and more
_START_SECONDS = 120.0  # a worker that says nothing for so long hangs
_MOST_SILENT_BEATS = 20  # one that serves and is silent for so long answers nobody
_KILL_AFTER_SECONDS = 7.0  # beyond the grace: the worker's last writes may take 6

_log = logging.getLogger(__name__)


async def supervise(
    command: Sequence[str],
    environment: Mapping[str, str],
    settings: Settings,
    announce: Callable[[str], None],
    inherited: Sequence[int] = (),
) -> None:
    """Run workers until SIGTERM or SIGINT, then let their calls in flight finish.

    A worker that dies is started again at once, one that cannot start ever more slowly, for as long
    as another serves. One that hangs is killed: the system would go on giving it connections.
    SIGHUP is passed on to those that serve; the others read the bundle anyway.

    Args:
        command: Starts a worker, with its number still to be appended. It prints a line: `READY`
            or `FAILED`, and what there is to say; then it gives signs of life, as
            `classifier.server.heartbeat` does. It ends when its standard input ends, so that no
            worker outlives this process.
        environment: Of the workers; the address is put in.
        settings: How many workers, where to listen, how long calls in flight may finish.
        announce: Told what the first worker says once all are ready.
        inherited: Descriptors that the workers have too.

    Raises:
        SettingsError: The address cannot be listened on.
        WorkerError: A worker cannot start in the beginning, or workers keep dying and none serves.
    """
    with reserved_port(settings.address) as port:
        host = settings.address.rpartition(":")[0]
        environment = dict(environment) | {"WURAO_ADDRESS": f"{host}:{port}"}
        crew = _Crew(command, environment, settings, inherited)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, crew.stop)
        loop.add_signal_handler(signal.SIGHUP, crew.reload)
        await crew.work(announce)


class _Crew:
    """The workers of one server."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        settings: Settings,
        inherited: Sequence[int],
    ) -> None:
        self._command, self._inherited = command, inherited
        self._environment = environment
        self._settings = settings
        self._running: dict[int, Process] = {}
        self._serving: dict[int, Process] = {}  # those of them that said so
        self._stopping = asyncio.Event()
        self._quick_deaths = 0
        self._to_be_ready = settings.workers

    async def work(self, announce: Callable[[str], None]) -> None:
        keepers = [
            asyncio.ensure_future(self._keep(number, announce))
            for number in range(self._settings.workers)
        ]
        try:
            await asyncio.gather(*keepers)
        finally:
            self.stop()
            await asyncio.gather(*keepers, return_exceptions=True)

    def reload(self) -> None:
        _signal(self._serving, signal.SIGHUP)

    def stop(self) -> None:
        self._stopping.set()
        _signal(self._running, signal.SIGTERM)

    async def _keep(self, number: int, announce: Callable[[str], None]) -> None:
        began = False
        while not self._stopping.is_set():
            try:
                process = await self._start(number)
            except (OSError, RuntimeError) as error:  # no process, file or thread is to be had
                why = f"worker {number} cannot start: {getattr(error, 'strerror', '') or error}"
                if not began:
                    raise WorkerError(why) from None
                await self._count_death(why, 0.0)
                continue
            said = await self._line(process)
            ready_at = time.monotonic()
            if said.startswith(READY):
                self._serving[number] = process
                if not began:
                    began = True
                    self._announce_when_all_are_ready(said.removeprefix(READY).strip(), announce)
            status = await self._end_of(number, process)
            del self._running[number]
            self._serving.pop(number, None)
            if self._stopping.is_set():
                return
            why = f"worker {number} ended with {_how(status)}"
            if said.startswith(FAILED):
                why = f"worker {number} cannot start: {said.removeprefix(FAILED).strip()}"
            if not began:
                raise WorkerError(why)
            await self._count_death(why, time.monotonic() - ready_at)

    async def _start(self, number: int) -> Process:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            str(number),
            stdin=PIPE,
            stdout=PIPE,
            env=self._environment,
            pass_fds=self._inherited,
            start_new_session=True,  # Ctrl-C comes here, and is passed on
        )
        self._running[number] = process
        if self._stopping.is_set():
            process.terminate()
        return process

    def _announce_when_all_are_ready(self, said: str, announce: Callable[[str], None]) -> None:
        self._to_be_ready -= 1
        if self._to_be_ready == 0:
            announce(said)

    async def _line(self, process: Process) -> str:
        assert process.stdout is not None  # ruff: ignore[assert]  # asked for with PIPE
        line = asyncio.ensure_future(process.stdout.readline())
        await self._or_stop(line, _START_SECONDS)
        if line.done():
            return line.result().decode().strip()
        line.cancel()
        if not self._stopping.is_set():
            process.kill()
            return f"{FAILED} not ready within {_START_SECONDS:.0f} s"
        return ""

    async def _or_stop(self, future: asyncio.Future[Any], timeout: float | None = None) -> None:
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({future, stopping}, timeout=timeout, return_when=FIRST_COMPLETED)
        stopping.cancel()

    async def _end_of(self, number: int, process: Process) -> int:
        ended = asyncio.ensure_future(process.wait())
        listening = asyncio.ensure_future(self._listen(number, process))
        await self._or_stop(ended)
        listening.cancel()
        patience = self._settings.grace_seconds + _KILL_AFTER_SECONDS
        await asyncio.wait({ended}, timeout=patience)
        if not ended.done():
            process.kill()
        return await ended

    async def _listen(self, number: int, process: Process) -> None:
        assert process.stdout is not None  # ruff: ignore[assert]  # asked for with PIPE
        silent_beats = 0  # not seconds: where all of us stood still, nobody hangs
        while silent_beats < _MOST_SILENT_BEATS:
            try:
                if not await asyncio.wait_for(process.stdout.readline(), BEAT_SECONDS):
                    return
                silent_beats = 0
            except TimeoutError:
                silent_beats += 1
        _log.error("worker %d gives no sign of life and is killed", number)
        _signal({number: process}, signal.SIGKILL)

    async def _count_death(self, why: str, lived_seconds: float) -> None:
        self._quick_deaths = 0 if lived_seconds > _STEADY_SECONDS else self._quick_deaths + 1
        if self._quick_deaths >= _MOST_QUICK_DEATHS and not self._serving:
            raise WorkerError(f"{why}; {self._quick_deaths} quick deaths in a row, giving up")
        _log.error("%s; starting another", why)
        if self._quick_deaths > 1:
            doublings = min(self._quick_deaths, _MOST_DOUBLINGS)
            with suppress(TimeoutError):
                delay = _FIRST_DELAY_SECONDS * 2**doublings
                await asyncio.wait_for(self._stopping.wait(), delay)


def _signal(workers: Mapping[int, Process], number: signal.Signals) -> None:
    for process in workers.values():
        with suppress(ProcessLookupError):
            process.send_signal(number)


def _how(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    known = -status in set(signal.Signals)  # those of real time have no name
    return f"signal {signal.Signals(-status).name if known else -status}"
