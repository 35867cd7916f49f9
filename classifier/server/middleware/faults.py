"""Unknown failures and broken bytes become fixed answers.

gRPC itself would send an exception's own text, which may hold what the subject said. The log gets
its type and place, not its text, for the same reason.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from grpc import aio

from classifier.server.status import INTERNAL_MESSAGE
from classifier.server.telemetry.call_log import place_of

_log = logging.getLogger(__name__)
_Context = aio.ServicerContext[Any, Any]


class _Garbage:
    """Stands for bytes that are no message."""


def guard_bytes(deserialize: Callable[[bytes], Any] | None) -> Callable[[bytes], Any] | None:
    """Return what reads messages and takes any bytes; `without_garbage` knows those that are none.

    Args:
        deserialize: As gRPC has it; None leaves bytes as they are.
    """
    if deserialize is None:
        return None

    def guarded(content: bytes) -> object:
        try:
            return deserialize(content)
        except DecodeError:
            return _Garbage()

    return guarded


def guard_call(behave: Callable[..., Any], method: str) -> Callable[..., Any]:
    """Return what answers a method, and answers INTERNAL with a fixed text where that fails.

    Args:
        behave: A coroutine function, with all of ours that may fail.
        method: Its full name, for the log.
    """

    async def guarded(request: object, context: _Context) -> object:
        try:
            return await behave(request, context)
        except aio.AbortError:
            raise
        except aio.InternalError:
            # The call ended under our hands: its caller hung up, or its time is over.
            raise asyncio.CancelledError from None
        except Exception as error:
            # Without arguments, so that the log takes each place that fails for a kind of its own.
            _log.error(f"{method} failed: {place_of(error)}")
        return await context.abort(grpc.StatusCode.INTERNAL, INTERNAL_MESSAGE)

    return guarded


def without_garbage(behave: Callable[..., Any]) -> Callable[..., Any]:
    """Return what answers a method, and refuses bytes that are no message of it.

    Args:
        behave: Answers one message.
    """

    async def read(request: object, context: _Context) -> object:
        if isinstance(request, _Garbage):
            await _refuse_garbage(context)
        return await behave(request, context)

    return read


def written(behave: Callable[..., Any]) -> Callable[..., Any]:
    """Return what answers a method of streams, refuses such bytes too, and writes the answers.

    gRPC never closes a generator that it leaves: one whose caller hung up would end when its
    garbage is collected, and what was heard last would be kept as late as that.

    Args:
        behave: An asynchronous generator function.
    """

    async def write(requests: AsyncIterator[object], context: _Context) -> None:
        async with aclosing(behave(_messages(requests, context), context)) as responses:
            async for response in responses:
                await context.write(response)

    return write


async def _refuse_garbage(context: _Context) -> None:
    await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the bytes are no message of this call")


async def _messages(requests: AsyncIterator[object], context: _Context) -> AsyncIterator[object]:
    async for request in requests:
        if isinstance(request, _Garbage):
            await _refuse_garbage(context)
        yield request
