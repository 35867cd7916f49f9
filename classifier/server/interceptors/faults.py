"""Unknown failures and broken bytes become fixed answers."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError
from grpc import aio

from classifier.server.status import INTERNAL_MESSAGE
from classifier.server.telemetry.call_log import place_of

_log = logging.getLogger(__name__)
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class FaultInterceptor(aio.ServerInterceptor):
    """Turns an unknown failure into INTERNAL with a fixed text.

    gRPC itself would send the exception's own text, which may hold what the subject said. The log
    gets its type and place, not its text, for the same reason.
    """

    def __init__(self) -> None:
        """Wrap each handler once, not at each call."""
        self._guarded: dict[str, tuple[_Handler, _Handler]] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["_Handler | None"]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler:
        """Wrap the handler of a call.

        Args:
            continuation: Finds the handler.
            handler_call_details: Names the method.
        """
        handler = await continuation(handler_call_details)
        if handler is None:
            return handler  # type: ignore[return-value]  # gRPC answers UNIMPLEMENTED
        method = str(handler_call_details.method)
        known = self._guarded.get(method)
        if known is None or known[0] is not handler:
            known = self._guarded[method] = (handler, _guard(handler, method))
        return known[1]


def _guard(handler: _Handler, method: str) -> _Handler:
    if handler.unary_unary is not None:
        return grpc.unary_unary_rpc_method_handler(
            _guard_unary(handler.unary_unary, method),
            _guard_bytes(handler.request_deserializer),
            handler.response_serializer,
        )
    if handler.stream_stream is not None:
        return grpc.stream_stream_rpc_method_handler(
            _guard_stream(handler.stream_stream, method),
            _guard_bytes(handler.request_deserializer),
            handler.response_serializer,
        )
    return handler


class _Garbage:
    """Stands for bytes that are no message."""


def _guard_bytes(deserialize: Callable[[bytes], Any] | None) -> Callable[[bytes], Any] | None:
    if deserialize is None:
        return None

    def guarded(content: bytes) -> object:
        try:
            return deserialize(content)
        except DecodeError:
            return _Garbage()

    return guarded


async def _refuse_garbage(context: aio.ServicerContext[Any, Any]) -> None:
    await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the bytes are no message of this call")


async def _without_garbage(
    requests: AsyncIterator[object], context: aio.ServicerContext[Any, Any]
) -> AsyncIterator[object]:
    async for request in requests:
        if isinstance(request, _Garbage):
            await _refuse_garbage(context)
        yield request


def _guard_unary(behave: Callable[..., Any], method: str) -> Callable[..., Any]:
    async def guarded(request: object, context: aio.ServicerContext[Any, Any]) -> object:
        if isinstance(request, _Garbage):
            await _refuse_garbage(context)
        try:
            return await behave(request, context)
        except aio.AbortError:
            raise
        except Exception as error:
            _log_fault(method, error)
        return await context.abort(grpc.StatusCode.INTERNAL, INTERNAL_MESSAGE)

    return guarded


def _guard_stream(behave: Callable[..., Any], method: str) -> Callable[..., Any]:
    async def guarded(
        requests: AsyncIterator[object], context: aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[object]:
        try:
            async with aclosing(behave(_without_garbage(requests, context), context)) as responses:
                async for response in responses:
                    yield response
        except aio.AbortError:
            raise
        except Exception as error:
            _log_fault(method, error)
            await context.abort(grpc.StatusCode.INTERNAL, INTERNAL_MESSAGE)

    return guarded


def _log_fault(method: str, error: Exception) -> None:
    _log.error("%s failed: %s", method, place_of(error))
