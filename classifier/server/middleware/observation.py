"""Each call gets an id, is counted and timed, and is told of in the log."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable
from contextvars import Context
from time import monotonic, perf_counter
from typing import Any

import grpc
from grpc import aio

from classifier.server.status import code_of
from classifier.server.telemetry.call_log import REQUEST_ID_KEY, choose_request_id, request_id
from classifier.server.telemetry.figure_families import CODES, METHODS
from classifier.server.telemetry.figures import Figures

_log = logging.getLogger(__name__)
Trace = Callable[[Callable[..., Any], int], Callable[..., Any]]
_OK, _UNIMPLEMENTED = 0, 12
_SERVERS_FAULT = frozenset({"UNKNOWN", "INTERNAL", "DATA_LOSS", "UNAVAILABLE"})
_LINES_A_SECOND = 20  # of failures; more would slow a server that has trouble enough


class Observation:
    """Sees every call from its arrival to its end."""

    def __init__(self, figures: Figures, access_share: float, trace: Trace | None = None) -> None:
        """Keep where to count.

        Args:
            figures: Of this worker.
            access_share: Share of the calls that end well which get a line in the log, 0 to 1.
            trace: Wraps what answers a method, given its number, in a span; None makes none.
        """
        self._figures = figures
        self._trace = trace
        self._log = _CallLog(access_share)

    @staticmethod
    def call_arrived(details: grpc.HandlerCallDetails) -> None:
        """Give a call its id.

        Args:
            details: Hold the caller's own id, if it sent one.
        """
        sent = None
        for key, value in details.invocation_metadata or ():
            if key == REQUEST_ID_KEY:
                sent = value
        request_id.set(choose_request_id(sent))

    def method_unknown(self, method: str) -> None:
        """Count a call that nothing here answers.

        Args:
            method: As the caller named it.
        """
        self._figures.call_began()
        self._figures.call_ended(self._figures.method_row(method), _UNIMPLEMENTED, None)

    def around(self, behave: Callable[..., Any], method: str, timed: bool) -> Callable[..., Any]:
        """Return what answers a method and is counted.

        Args:
            behave: A coroutine function.
            method: Its full name.
            timed: Whether its time is counted too; a stream lasts as long as its caller wants.
        """
        figures, log = self._figures, self._log
        row = figures.method_row(method)
        if self._trace is not None:
            behave = self._trace(behave, row)

        async def observed(request: object, context: aio.ServicerContext[Any, Any]) -> object:
            began = perf_counter()
            figures.call_began()
            code = _OK
            context.set_trailing_metadata(((REQUEST_ID_KEY, request_id.get()),))
            try:
                return await behave(request, context)
            except BaseException as error:
                code = code_of(error, context)
                raise
            finally:
                seconds = perf_counter() - began
                figures.call_ended(row, code, seconds if timed else None)
                log.call_ended(row, code, seconds)

        return observed


class _CallLog:
    """Tells of a share of the calls that end well, and of each that does not."""

    def __init__(self, access_share: float) -> None:
        self._access_share = access_share
        self._second = 0
        self._lines = 0
        self._untold: Counter[str] = Counter()

    def call_ended(self, row: int, code: int, seconds: float) -> None:
        if code == _OK:
            if self._access_share and random.random() < self._access_share:  # ruff: ignore[suspicious-non-cryptographic-random-usage]
                self._tell(logging.INFO, row, code, seconds)
            return
        second = int(monotonic())
        if second != self._second:
            self._second, self._lines = second, 0
        self._lines += 1
        name = CODES[code]
        if self._lines > _LINES_A_SECOND:
            if not self._untold:
                loop = asyncio.get_running_loop()
                loop.call_later(1, self._tell_untold, context=Context())  # of no one call
            self._untold[name] += 1
            return
        level = logging.ERROR if name in _SERVERS_FAULT else logging.WARNING
        self._tell(level, row, code, seconds)

    @staticmethod
    def _tell(level: int, row: int, code: int, seconds: float) -> None:
        fields = {
            "method": METHODS[row],
            "code": CODES[code],
            "milliseconds": round(seconds * 1000, 3),
        }
        _log.log(level, "call", extra={"fields": fields})

    def _tell_untold(self) -> None:
        extra = {"fields": {"untold": dict(self._untold)}}
        _log.warning("calls failed beyond %d a second", _LINES_A_SECOND, extra=extra)
        self._untold.clear()
