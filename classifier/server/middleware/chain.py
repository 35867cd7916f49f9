"""Leads every call through the middleware.

One interceptor for all of them: gRPC's asyncio server spends more on handing a call on from
interceptor to interceptor than four of these spend on their work.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeAlias

import grpc
from grpc import aio

from classifier.server.middleware.access import Access
from classifier.server.middleware.admission import Admission, refuse_overload
from classifier.server.middleware.faults import guard_bytes, guard_call, guard_stream
from classifier.server.middleware.observation import Observation

_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class _Route(NamedTuple):
    """One method: its own handler, the same with all that is around it, what refuses its calls."""

    own: _Handler
    led: _Handler
    overloaded: _Handler


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
        self._routes: dict[str, _Route] = {}

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
        route = self._routes.get(method)
        if route is not None and self._admission.is_full(method):
            return route.overloaded
        handler = await continuation(handler_call_details)
        if handler is None:
            self._observation.method_unknown(method)
            return handler  # type: ignore[return-value]  # gRPC answers UNIMPLEMENTED
        refuse = self._access.check(method, handler_call_details)
        if refuse is not None:
            return self._refusing(refuse, method)
        if route is None or route.own is not handler:
            refusing = self._refusing(refuse_overload, method)
            route = self._routes[method] = _Route(handler, self._lead(handler, method), refusing)
        return route.led

    def _refusing(self, refuse: Callable[..., Awaitable[None]], method: str) -> _Handler:
        # A handler of streams, whatever the call: it answers before a message is read.
        return grpc.stream_stream_rpc_method_handler(self._observation.around(refuse, method))

    def _lead(self, handler: _Handler, method: str) -> _Handler:
        read = guard_bytes(handler.request_deserializer)
        write = handler.response_serializer
        if handler.unary_unary is not None:
            answer = self._around_call(handler.unary_unary, method)
            return grpc.unary_unary_rpc_method_handler(answer, read, write)
        if inspect.isasyncgenfunction(handler.stream_stream):
            answers = self._around_stream(handler.stream_stream, method)
            return grpc.stream_stream_rpc_method_handler(answers, read, write)
        return handler  # Watch of the health service alone, which lasts as long as its caller

    def _around_call(self, behave: Callable[..., Any], method: str) -> Callable[..., Any]:
        limited = self._access.around_call(guard_call(behave, method), method)
        return self._observation.around_call(self._admission.around_call(limited, method), method)

    def _around_stream(self, behave: Callable[..., Any], method: str) -> Callable[..., Any]:
        limited = self._access.around_stream(guard_stream(behave, method), method)
        bounded = self._admission.around_stream(limited, method)
        return self._observation.around_stream(bounded, method)
