"""Leads every call through the middleware.

One interceptor for all of them: gRPC's asyncio server spends more on handing a call on from
interceptor to interceptor than four of these spend on their work.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import grpc
from grpc import aio

from classifier.server.middleware.access import Access
from classifier.server.middleware.admission import Admission
from classifier.server.middleware.faults import guard_bytes, guard_call, guard_stream
from classifier.server.middleware.observation import Observation

_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class CallChain(aio.ServerInterceptor):
    """Observes a call, bounds it, asks who makes it, and keeps its failures from the caller."""

    def __init__(self, observation: Observation, admission: Admission, access: Access) -> None:
        """Keep the middleware, outermost first.

        Args:
            observation: Sees a call from its arrival to its end, refused ones too.
            admission: Refuses what is more than the worker can do.
            access: Refuses whom it does not let in.
        """
        self._observation = observation
        self._admission = admission
        self._access = access
        self._led: dict[str, tuple[_Handler, _Handler]] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["_Handler | None"]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler:
        """Hand out the call's handler, or one that refuses before a message is read.

        Args:
            continuation: Finds the handler.
            handler_call_details: Names the method and holds the metadata.
        """
        method = str(handler_call_details.method)
        self._observation.call_arrived(handler_call_details)
        handler = await continuation(handler_call_details)
        if handler is None:
            self._observation.method_unknown(method)
            return handler  # type: ignore[return-value]  # gRPC answers UNIMPLEMENTED
        refuse = self._admission.refusal(method)
        if refuse is None:
            refuse = self._access.refusal(method, handler_call_details)
        if refuse is not None:
            # A handler of streams, whatever the call: it answers before a message is read.
            told = self._observation.around_writer(refuse, method)
            return grpc.stream_stream_rpc_method_handler(told)
        known = self._led.get(method)
        if known is None or known[0] is not handler:
            known = self._led[method] = (handler, self._lead(handler, method))
        return known[1]

    def _lead(self, handler: _Handler, method: str) -> _Handler:
        read = guard_bytes(handler.request_deserializer)
        write = handler.response_serializer
        if handler.unary_unary is not None:
            answer = self._around_call(handler.unary_unary, method)
            return grpc.unary_unary_rpc_method_handler(answer, read, write)
        if handler.stream_stream is not None:
            answers = self._around_stream(handler.stream_stream, method)
            return grpc.stream_stream_rpc_method_handler(answers, read, write)
        if handler.unary_stream is not None:  # of health alone, which writes its answers
            told = self._observation.around_writer(handler.unary_stream, method)
            return grpc.unary_stream_rpc_method_handler(told, handler.request_deserializer, write)
        return handler

    def _around_call(self, behave: Callable[..., Any], method: str) -> Callable[..., Any]:
        limited = self._access.around_call(guard_call(behave, method), method)
        return self._observation.around_call(self._admission.around_call(limited, method), method)

    def _around_stream(self, behave: Callable[..., Any], method: str) -> Callable[..., Any]:
        if not inspect.isasyncgenfunction(behave):
            raise TypeError(f"{method} is no asynchronous generator function")
        limited = self._access.around_stream(guard_stream(behave, method), method)
        bounded = self._admission.around_stream(limited, method)
        return self._observation.around_stream(bounded, method)
