"""Health as `grpc.health.v1` has it, for probes and for clients that watch."""

import asyncio
from collections.abc import Sequence
from typing import Any

import grpc
from grpc import aio
from grpc_health.v1 import health_pb2 as pb
from grpc_health.v1 import health_pb2_grpc

MOST_WATCHERS = 1_000
"""Most open `Watch` calls of a worker; more are refused."""

_Context = aio.ServicerContext[Any, Any]


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]  # an untyped package
    """Tells whether this worker serves.

    grpcio-health-checking's own writes to a watcher while it holds a lock, so that one who reads
    nothing keeps the server from saying that it stops; and it keeps whatever names strangers ask
    for.
    """

    def __init__(self, services: Sequence[str]) -> None:
        """Begin as not serving.

        Args:
            services: Full names of the services; the empty one, the server as a whole, beside them.
        """
        self._services = frozenset(("", *services))
        self._serving = False
        self._changed = asyncio.Event()
        self._watchers = 0

    def set(self, serving: bool) -> None:
        """Say whether all services are served from now on.

        Args:
            serving: False from the moment in which the server begins to stop.
        """
        self._serving = serving
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def Check(
        self, request: pb.HealthCheckRequest, context: _Context
    ) -> pb.HealthCheckResponse:
        """Tell how it stands.

        Args:
            request: Names a service, or none for the server as a whole.
            context: Of the call.
        """
        if request.service not in self._services:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such service here")
        return self._status()

    async def List(
        self, _request: pb.HealthListRequest, _context: _Context
    ) -> pb.HealthListResponse:
        """Tell how each service stands.

        Args:
            _request: Says nothing.
            _context: Of the call.
        """
        return pb.HealthListResponse(statuses=dict.fromkeys(self._services, self._status()))

    async def Watch(self, request: pb.HealthCheckRequest, context: _Context) -> None:
        """Tell how it stands, and again when that changes.

        Args:
            request: As for `Check`; a service that is not here is told as unknown, once.
            context: Of the call.
        """
        if request.service not in self._services:
            await context.write(
                pb.HealthCheckResponse(status=pb.HealthCheckResponse.SERVICE_UNKNOWN)
            )
            return
        if self._watchers >= MOST_WATCHERS:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many watch already")
        self._watchers += 1
        try:
            while True:
                changed = self._changed
                await context.write(self._status())
                await changed.wait()
        finally:
            self._watchers -= 1

    def _status(self) -> pb.HealthCheckResponse:
        statuses = pb.HealthCheckResponse
        return statuses(status=statuses.SERVING if self._serving else statuses.NOT_SERVING)
