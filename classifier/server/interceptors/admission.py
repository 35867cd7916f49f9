"""How much work a worker takes on at once; what is more is refused at once, never queued."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc
from grpc import aio

from classifier.server.status import Refusal, abort_late, abort_refused

_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
_Context = aio.ServicerContext[Any, Any]
_SERVICES = "/wurao."
_RETRY_SECONDS = 0.5


@dataclass(slots=True)
class _Room:
    """What one service has in hand."""

    calls: int = 0
    streams: int = 0


class AdmissionInterceptor(aio.ServerInterceptor):
    """Bounds the calls in flight and the open streams of each service; health is let through.

    What waits for the second reader is counted here. What waits inside gRPC is not seen from
    Python, which takes in one call each time the event loop goes round; `core_bounds` holds that
    queue short.
    """

    def __init__(self, most_calls: int, most_streams: int) -> None:
        """Set the bounds.

        Args:
            most_calls: Calls of one service in flight, 1 or more.
            most_streams: Open streams of one service, 1 or more.
        """
        self._most_calls = most_calls
        self._most_streams = most_streams
        self._rooms: dict[str, _Room] = {}
        self._wrapped: dict[str, tuple[_Handler, _Handler, _Room]] = {}
        self._refusal: _Handler = grpc.stream_stream_rpc_method_handler(_refuse)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["_Handler | None"]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler:
        """Hand out the call's handler, or one that refuses before a message is read.

        Args:
            continuation: Finds the handler.
            handler_call_details: Names the method.
        """
        method = str(handler_call_details.method)
        known = self._wrapped.get(method)
        if known is not None and self._is_full(known[1], known[2]):
            return self._refusal
        handler = await continuation(handler_call_details)
        if handler is None or not method.startswith(_SERVICES):
            return handler  # type: ignore[return-value]  # gRPC answers UNIMPLEMENTED to None
        answers = handler.stream_stream
        if answers is not None and not inspect.isasyncgenfunction(answers):
            return handler  # it refuses the call
        if known is None or known[0] is not handler:
            room = self._rooms.setdefault(method.rpartition("/")[0], _Room())
            known = (handler, self._wrap(handler, room), room)
            self._wrapped[method] = known
        return known[1]

    def _is_full(self, handler: _Handler, room: _Room) -> bool:
        if handler.unary_unary is not None:
            return room.calls >= self._most_calls
        return room.streams >= self._most_streams

    def _wrap(self, handler: _Handler, room: _Room) -> _Handler:
        if handler.unary_unary is not None:
            return grpc.unary_unary_rpc_method_handler(
                self._bound_call(handler.unary_unary, room),
                handler.request_deserializer,
                handler.response_serializer,
            )
        if handler.stream_stream is not None:
            return grpc.stream_stream_rpc_method_handler(
                self._bound_stream(handler.stream_stream, room),
                handler.request_deserializer,
                handler.response_serializer,
            )
        return handler

    def _bound_call(self, behave: Callable[..., Any], room: _Room) -> Callable[..., Any]:
        async def bounded(request: object, context: _Context) -> object:
            if room.calls >= self._most_calls:
                await _refuse(request, context)
            room.calls += 1
            try:
                remaining = context.time_remaining()
                if remaining is not None and remaining <= 0:
                    await abort_late(context)
                return await behave(request, context)
            finally:
                room.calls -= 1

        return bounded

    def _bound_stream(self, behave: Callable[..., Any], room: _Room) -> Callable[..., Any]:
        async def bounded(requests: object, context: _Context) -> AsyncIterator[object]:
            if room.streams >= self._most_streams:
                await _refuse(requests, context)
            room.streams += 1
            try:
                async with aclosing(behave(requests, context)) as responses:
                    async for response in responses:
                        yield response
            finally:
                room.streams -= 1

        return bounded


def core_bounds(most_calls: int) -> list[tuple[str, int]]:
    """Return gRPC server options that bound the calls which wait to be taken in.

    From the first bound on some are ended with CANCELLED, from the second on all.

    Args:
        most_calls: As for `AdmissionInterceptor`.
    """
    return [
        ("grpc.server.max_pending_requests", 2 * most_calls),
        ("grpc.server.max_pending_requests_hard_limit", 4 * most_calls),
    ]


async def _refuse(_requests: object, context: _Context) -> None:
    await abort_refused(context, Refusal.OVERLOADED, _RETRY_SECONDS)
