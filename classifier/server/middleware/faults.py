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


class _Garbage:
    """Stands for bytes that are no message."""


def guard_bytes(deserialize: Callable[[bytes], Any] | None) -> Callable[[bytes], Any] | None:
    """Return what reads messages and takes any bytes; `guard_call` knows those that are none.

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
        behave: Gives one answer.
        method: Its full name, for the log.
    """

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


def guard_stream(behave: Callable[..., Any], method: str) -> Callable[..., Any]:
    """Return the same for a stream of answers, which it writes itself.

    gRPC never closes a generator that it leaves: one whose caller hung up would end when its
    garbage is collected, and what was heard last would be kept as late as that.

    Args:
        behave: An asynchronous generator function.
        method: Its full name, for the log.
    """

    async def guarded(
        requests: AsyncIterator[object], context: aio.ServicerContext[Any, Any]
    ) -> None:
        try:
            async with aclosing(behave(_without_garbage(requests, context), context)) as responses:
                async for response in responses:
                    await _write(context, response)
        except aio.AbortError:
            raise
        except Exception as error:
            _log_fault(method, error)
            await context.abort(grpc.StatusCode.INTERNAL, INTERNAL_MESSAGE)

    return guarded


async def _write(context: aio.ServicerContext[Any, Any], response: object) -> None:
    try:
        await context.write(response)
    except aio.InternalError:
        # The call ended under our hands: its caller hung up, or its time is over.
        raise asyncio.CancelledError from None


async def _refuse_garbage(context: aio.ServicerContext[Any, Any]) -> None:
    await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the bytes are no message of this call")


async def _without_garbage(
    requests: AsyncIterator[object], context: aio.ServicerContext[Any, Any]
) -> AsyncIterator[object]:
    async for request in requests:
        if isinstance(request, _Garbage):
            await _refuse_garbage(context)
        yield request


def _log_fault(method: str, error: Exception) -> None:
    _log.error("%s failed: %s", method, place_of(error))
