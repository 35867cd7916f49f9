"""Leads every call through the middleware.

It is the server's one table of methods, not an interceptor: gRPC's asyncio server spends more on
asking an interceptor for a handler than all of these spend on their work.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias, cast

import grpc
from grpc import aio

from classifier.server.middleware.access import Access
from classifier.server.middleware.admission import Admission, refuse_overload
from classifier.server.middleware.faults import (
    guard_bytes,
    guard_call,
    without_garbage,
    written,
)
from classifier.server.middleware.observation import Observation
from classifier.server.middleware.unread import UnreadCalls

_Behave: TypeAlias = "Callable[..., Awaitable[None]]"
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class _Route(NamedTuple):
    """One method: its handler with all that is around it, and what refuses its calls.

    Of a call with one message there are two: `quick`, for which gRPC waits, and `led`.
    """

    led: _Handler
    quick: "_Handler | None"
    overloaded: _Handler


class CallChain(grpc.GenericRpcHandler):
    """Observes a call, bounds it, asks who makes it, and keeps its failures from the caller."""

    def __init__(
        self,
        observation: Observation,
        admission: Admission,
        access: Access,
        unread: UnreadCalls,
    ) -> None:
        """Keep the middleware, outermost first.

        Args:
            observation: Sees a call from its arrival to its end, refused ones too.
            admission: Refuses what is more than the worker can do.
            access: Refuses whom it does not let in.
            unread: Bounds the calls whose message has not come.
        """
        self._unread = unread
        self._observation = observation
        self._admission = admission
        self._access = access
        self._routes: dict[str, _Route] = {}

    @property
    def as_server(self) -> aio.Server:
        """This table, for generated code that registers a service and names servers alone."""
        return cast("aio.Server", self)

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, _Handler]
    ) -> None:
        """Take in a service.

        Args:
            service_name: Its full name.
            method_handlers: What answers each of its methods.
        """
        for name, handler in method_handlers.items():
            method = f"/{service_name}/{name}"
            self._routes[method] = self._route(handler, method)

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Leave alone what generated code registers a second time.

        Args:
            handlers: Of a service that `add_registered_method_handlers` is given too.
        """

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "_Handler | None":
        """Return a call's handler, or one that refuses before a message is read.

        Args:
            handler_call_details: Names the method and holds the metadata.
        """
        method: str = handler_call_details.method
        self._observation.call_arrived(handler_call_details)
        route = self._routes.get(method)
        if route is None:
            self._observation.method_unknown(method)
            return None  # gRPC answers UNIMPLEMENTED
        if self._admission.is_full(method):
            return route.overloaded
        refuse = self._access.check(method, handler_call_details)
        if refuse is not None:
            return self._refusing(refuse, method)
        if route.quick is not None and self._unread.leave_to_grpc():
            return route.quick
        return route.led

    def _refusing(self, refuse: Callable[..., Awaitable[None]], method: str) -> _Handler:
        # A handler of streams, whatever the call: it answers before a message is read.
        return grpc.stream_stream_rpc_method_handler(
            self._observation.around(refuse, method, timed=False)
        )

    def _route(self, handler: _Handler, method: str) -> _Route:
        read, write = guard_bytes(handler.request_deserializer), handler.response_serializer
        stream_of = partial(
            grpc.stream_stream_rpc_method_handler,
            request_deserializer=read,
            response_serializer=write,
        )
        overloaded = self._refusing(refuse_overload, method)
        if handler.stream_stream is not None:
            answers = self._around(written(handler.stream_stream), method, stream=True)
            return _Route(stream_of(answers), None, overloaded)
        refuse = self._observation.around(refuse_overload, method, timed=False)
        if handler.unary_unary is None:
            # Watch of the health service alone, which lasts as long as its caller and is no call.
            watch = guard_call(without_garbage(cast("_Behave", handler.unary_stream)), method)
            return _Route(stream_of(self._unread.reading(watch, refuse)), None, overloaded)
        answer = self._around(without_garbage(handler.unary_unary), method, stream=False)
        quick = grpc.unary_unary_rpc_method_handler(self._unread.noting(answer), read, write)
        return _Route(stream_of(self._unread.reading(answer, refuse)), quick, overloaded)

    def _around(self, behave: Callable[..., Any], method: str, stream: bool) -> Callable[..., Any]:
        bounded = self._admission.around(self._access.around(behave, method), method, stream)
        return self._observation.around(guard_call(bounded, method), method, timed=not stream)
