"""How many calls may wait for their message; who sends none takes no memory from the others.

gRPC's asyncio server gives a unary call to Python when its message is there, and has no end for one
whose message never comes. So a few are left to it, which costs least, and what is more is read
here, where the oldest that still waits is given up for one more: a caller who means well sends
headers and message together.

Nor does gRPC end or tell of a call that its caller has ended without a message, which lives as long
as its connection: of those left to gRPC each keeps its place for good.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from grpc import aio

_Context = aio.ServicerContext[Any, Any]
_Behave = Callable[..., Awaitable[Any]]


class UnreadCalls:
    """Counts the calls of a worker whose message is not there yet."""

    def __init__(self, most: int) -> None:
        """Set the bound.

        Args:
            most: Calls that are left to gRPC, and as many that are read here, 1 or more.
        """
        self._most = most
        self._left_to_grpc: set[asyncio.Task[Any]] = set()
        self._read_here: dict[asyncio.Future[None], None] = {}  # the oldest first

    def leave_to_grpc(self) -> bool:
        """Say whether gRPC may wait for the message of the call of this task, and count it."""
        waiting = self._left_to_grpc
        if len(waiting) >= self._most:
            waiting.difference_update([task for task in waiting if task.cancelled()])  # hung up
            if len(waiting) >= self._most:
                return False
        task = asyncio.current_task()
        if task is not None:
            waiting.add(task)
        return True

    def noting(self, behave: _Behave) -> _Behave:
        """Return what answers a method of which gRPC reads the message.

        Args:
            behave: A coroutine function.
        """
        waiting = self._left_to_grpc

        async def noted(request: object, context: _Context) -> object:
            waiting.discard(asyncio.current_task())
            return await behave(request, context)

        return noted

    def reading(self, behave: _Behave, refuse: _Behave) -> _Behave:
        """Return what reads the message of a method, and answers as a stream.

        Args:
            behave: Answers the method; what it returns is written, unless that is None.
            refuse: Ends a call that is given up for another.
        """

        async def read(requests: object, context: _Context) -> None:
            message = await self._message(context)
            if message is None:
                await refuse(requests, context)
            elif message is aio.EOF:
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the message is missing")
            else:
                answer = await behave(message, context)
                if answer is not None:
                    await context.write(answer)

        return read

    async def _message(self, context: _Context) -> object:
        if len(self._read_here) >= self._most:
            oldest = next(iter(self._read_here))
            del self._read_here[oldest]
            oldest.set_result(None)
        given_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._read_here[given_up] = None
        message = asyncio.ensure_future(context.read())
        try:
            await asyncio.wait({message, given_up}, return_when=asyncio.FIRST_COMPLETED)
            return message.result() if message.done() else None
        finally:
            self._read_here.pop(given_up, None)
            message.cancel()
