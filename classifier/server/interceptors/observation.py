"""Each call gets an id, is counted and timed, and is told of in the log."""

import asyncio
import inspect
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from time import monotonic, perf_counter
from typing import Any, TypeAlias

import grpc
from grpc import aio

from classifier.server.status import code_of
from classifier.server.telemetry.call_log import REQUEST_ID_KEY, choose_request_id, request_id
from classifier.server.telemetry.figure_families import CODES, METHODS
from classifier.server.telemetry.figures import Figures

_log = logging.getLogger(__name__)
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Trace = Callable[[Callable[..., Any], int], Callable[..., Any]]
_OK, _UNIMPLEMENTED = 0, 12
_SERVERS_FAULT = frozenset({"UNKNOWN", "INTERNAL", "DATA_LOSS", "UNAVAILABLE"})
_MOST_WRAPPED = 256
_LINES_A_SECOND = 20  # of failures; more would slow a server that has trouble enough


class ObservationInterceptor(aio.ServerInterceptor):
    """Sees every call from its arrival to its end, and so stands first among the interceptors."""

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
        self._wrapped: dict[tuple[str, int], tuple[_Handler, _Handler]] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["_Handler | None"]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler:
        """Give the call its id and wrap its handler.

        Args:
            continuation: Finds the handler.
            handler_call_details: Names the method.
        """
        sent = None
        for key, value in handler_call_details.invocation_metadata or ():
            if key == REQUEST_ID_KEY:
                sent = value
        request_id.set(choose_request_id(sent))
        method = str(handler_call_details.method)
        handler = await continuation(handler_call_details)
        if handler is None:
            self._figures.call_began()
            self._figures.call_ended(self._figures.method_row(method), _UNIMPLEMENTED, None)
            return handler  # type: ignore[return-value]  # gRPC answers UNIMPLEMENTED
        # One method has its own handler and those that refuse; some of the latter are made anew.
        which = (method, id(handler))
        known = self._wrapped.get(which)
        if known is None:
            if len(self._wrapped) >= _MOST_WRAPPED:
                self._wrapped.clear()
            known = self._wrapped[which] = (handler, self._wrap(handler, method))
        return known[1]

    def _wrap(self, handler: _Handler, method: str) -> _Handler:
        row = self._figures.method_row(method)
        if handler.unary_unary is not None:
            return grpc.unary_unary_rpc_method_handler(
                self._single(self._traced(handler.unary_unary, row), row, timed=True),
                handler.request_deserializer,
                handler.response_serializer,
            )
        if handler.stream_stream is not None:
            return grpc.stream_stream_rpc_method_handler(
                self._stream(self._traced(handler.stream_stream, row), row),
                handler.request_deserializer,
                handler.response_serializer,
            )
        if handler.unary_stream is not None and METHODS[row] != METHODS[-1]:
            return grpc.unary_stream_rpc_method_handler(
                self._stream(self._traced(handler.unary_stream, row), row),
                handler.request_deserializer,
                handler.response_serializer,
            )
        return handler

    def _traced(self, behave: Callable[..., Any], row: int) -> Callable[..., Any]:
        return behave if self._trace is None else self._trace(behave, row)

    def _single(self, behave: Callable[..., Any], row: int, timed: bool) -> Callable[..., Any]:
        figures, log = self._figures, self._log

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

    def _stream(self, behave: Callable[..., Any], row: int) -> Callable[..., Any]:
        if not inspect.isasyncgenfunction(behave):  # it writes its answers, or refuses the call
            return self._single(behave, row, timed=False)
        figures, log = self._figures, self._log

        # gRPC never closes a generator that it leaves: one whose caller hung up would end when its
        # garbage is collected, and what was heard last would be kept as late as that.
        async def observed(requests: object, context: aio.ServicerContext[Any, Any]) -> None:
            began = perf_counter()
            figures.call_began()
            code = _OK
            context.set_trailing_metadata(((REQUEST_ID_KEY, request_id.get()),))
            try:
                async with aclosing(behave(requests, context)) as responses:
                    async for response in responses:
                        await context.write(response)
            except BaseException as error:
                code = code_of(error, context)
                raise
            finally:
                figures.call_ended(row, code, None)
                log.call_ended(row, code, perf_counter() - began)

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
                asyncio.get_running_loop().call_later(1, self._tell_untold)
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
