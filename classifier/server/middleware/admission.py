"""How much work a worker takes on at once; what is more is refused at once, never queued."""

import resource
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grpc import aio

from classifier.server.status import Refusal, abort_late, abort_refused

_Context = aio.ServicerContext[Any, Any]
_SERVICES = "/wurao."
_RETRY_SECONDS = 0.5
_MOST_CONNECTIONS = 4_000  # some 15 KB each, more with TLS


@dataclass(slots=True)
class _Room:
    """What one service may have in hand of one kind, and has."""

    most: int
    taken: int = 0

    def is_full(self) -> bool:
        return self.taken >= self.most


class Admission:
    """Bounds the calls in flight and the open streams of each service; probes are let through.

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
        self._calls: dict[str, _Room] = {}
        self._streams: dict[str, _Room] = {}
        self._rooms: dict[str, _Room] = {}

    def is_full(self, method: str) -> bool:
        """Say whether there is no room for one more call of a method.

        Args:
            method: Its full name.
        """
        room = self._rooms.get(method)
        return room is not None and room.is_full()

    def around(self, behave: Callable[..., Any], method: str, stream: bool) -> Callable[..., Any]:
        """Return what answers a method as long as there is room, and in time.

        Args:
            behave: A coroutine function.
            method: Its full name.
            stream: Whether it lasts as long as its caller wants.
        """
        if not stream and not method.startswith(_SERVICES):
            return behave
        rooms, most = (
            (self._streams, self._most_streams) if stream else (self._calls, self._most_calls)
        )
        room = self._room(rooms, method, most)

        async def bounded(request: object, context: _Context) -> object:
            if room.is_full():
                await refuse_overload(request, context)
            room.taken += 1
            try:
                remaining = context.time_remaining()
                if remaining is not None and remaining <= 0:
                    await abort_late(context)
                return await behave(request, context)
            finally:
                room.taken -= 1

        return bounded

    def _room(self, rooms: dict[str, _Room], method: str, most: int) -> _Room:
        room = rooms.setdefault(method.rpartition("/")[0], _Room(most))
        self._rooms[method] = room
        return room


def core_bounds(most_calls: int, most_streams: int) -> list[tuple[str, int]]:
    """Return gRPC server options that bound what is not, or no longer, seen from Python.

    Of the calls that wait to be taken in some are ended with CANCELLED from the first bound on,
    from the second on all. The third is of one connection, whose client waits with more: a call
    whose answer is not read lives on in gRPC's core. It leaves room for all that may be in hand.

    Args:
        most_calls: As for `Admission`.
        most_streams: As for `Admission`.
    """
    return [
        ("grpc.server.max_pending_requests", most_calls),
        ("grpc.server.max_pending_requests_hard_limit", 2 * most_calls),
        ("grpc.max_concurrent_streams", 2 * most_streams + 4 * most_calls),
    ]


def connection_bound() -> tuple[str, int]:
    """Return the gRPC server option that bounds connections; what is more is closed at once.

    A quarter of the descriptors that the process may have stays for files, the registry's store
    and who asks for metrics.
    """
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    most = _MOST_CONNECTIONS
    if descriptors != resource.RLIM_INFINITY:
        most = min(most, descriptors * 3 // 4)
    return "grpc.max_allowed_incoming_connections", most


async def refuse_overload(_requests: object, context: _Context) -> None:
    """Refuse a call for which there is no room.

    Args:
        _requests: Not looked at.
        context: Of the call.
    """
    await abort_refused(context, Refusal.OVERLOADED, _RETRY_SECONDS)
