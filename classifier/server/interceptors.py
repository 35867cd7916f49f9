"""What every call passes through."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import grpc
from grpc import aio

from classifier.server.status import INTERNAL_MESSAGE

_log = logging.getLogger(__name__)
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class FaultInterceptor(aio.ServerInterceptor):
    """Turns an unknown failure into INTERNAL with a fixed text.

    gRPC itself would send the exception's own text, which may hold what the subject said. The log
    gets its type and place, not its text, for the same reason.
    """

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
        if handler.unary_unary is not None:
            return grpc.unary_unary_rpc_method_handler(
                _guard_unary(handler.unary_unary, method),
                handler.request_deserializer,
                handler.response_serializer,
            )
        if handler.stream_stream is not None:
            return grpc.stream_stream_rpc_method_handler(
                _guard_stream(handler.stream_stream, method),
                handler.request_deserializer,
                handler.response_serializer,
            )
        return handler


def _guard_unary(behave: Callable[..., Any], method: str) -> Callable[..., Any]:
    async def guarded(request: object, context: aio.ServicerContext[Any, Any]) -> object:
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
            async for response in behave(requests, context):
                yield response
        except aio.AbortError:
            raise
        except Exception as error:
            _log_fault(method, error)
            await context.abort(grpc.StatusCode.INTERNAL, INTERNAL_MESSAGE)

    return guarded


def _log_fault(method: str, error: Exception) -> None:
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "unknown"
    _log.error("%s failed: %s at %s", method, type(error).__name__, where)
