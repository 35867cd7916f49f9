"""A live conversation of the asynchronous client."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar, cast

import grpc
from grpc import aio
from wurao.v1 import classifier_pb2 as pb

from classifier.client.calls import ConversationRequests
from classifier.client.failures import Peer, error_of, late, over
from classifier.errors import CallError, InvalidTurnError
from classifier.turns import Alternative, ContextTurn, Prediction

_Result = TypeVar("_Result")
_Stream = aio.StreamStreamCall[pb.ClassifyStreamRequest, pb.ClassifyStreamResponse]


class AsyncConversation:
    """One conversation on a stream; from `AsyncClient.conversation`. Tasks may share it.

    A task that waits for `said` or `heard` may be cancelled: what it tells is sent all the same,
    and the answer is dropped.

    Attributes:
        recorded: What the latest answer left in the registry; empty where that is nothing.
    """

    def __init__(
        self,
        peer: Peer,
        requests: ConversationRequests,
        timeout_seconds: float,
        stream: _Stream,
    ) -> None:
        """Take over an open stream.

        Args:
            peer: The server.
            requests: Makes what is sent.
            timeout_seconds: For each answer.
            stream: The call.
        """
        self._peer = peer
        self._requests = requests
        self._timeout_seconds = timeout_seconds
        self._stream = stream
        self._writing = asyncio.Lock()  # gRPC takes one message at a time
        self._reading = asyncio.Lock()  # answers come in the order of the questions
        self._tasks: set[asyncio.Task[Any]] = set()
        self.recorded = pb.Recorded()

    async def said(self, turn: ContextTurn) -> None:
        """Tell what the bot or an agent said.

        Args:
            turn: Not the subject's own.

        Raises:
            InvalidTurnError: The text breaks a limit.
            CallError: The stream is broken; begin another conversation.
        """
        await self._in_time(self._send(self._requests.said(turn)))

    async def heard(
        self, text: str, final: bool = True, alternatives: Sequence[Alternative] = ()
    ) -> Prediction:
        """Ask about what the subject says.

        Args:
            text: All of the turn as it is heard so far.
            final: False while the subject is still speaking.
            alternatives: Other hypotheses of the recogniser.

        Raises:
            InvalidTurnError: The server refuses the text.
            CallError: The stream is broken, or the answer too late; begin another conversation.
        """
        request = self._requests.heard(text, final, alternatives)
        try:
            response = await self._in_time(self._ask(request))
        except (CallError, InvalidTurnError):
            self._requests.failed()
            raise
        self.recorded = response.recorded
        return self._requests.answered(response)

    async def read_out(self) -> None:
        """End what is sent and wait for the server's end.

        Raises:
            CallError: What was heard last may not be kept.
        """
        try:
            await self._in_time(self._end())
        except (CallError, InvalidTurnError) as error:
            if self._requests.is_open:
                raise self._requests.unkept(error) from None

    def break_off(self) -> None:
        """End it at once, and whatever waits for it."""
        self._stream.cancel()
        for task in self._tasks:
            task.cancel()

    async def _in_time(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        # In a task of its own: gRPC breaks a stream off where who reads or writes is cancelled.
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        await asyncio.wait({task}, timeout=self._timeout_seconds)
        if not task.done():
            self.break_off()
            raise late(self._peer, self._timeout_seconds)
        try:
            return task.result()
        except grpc.RpcError as error:
            raise error_of(self._peer, error) from None
        except (asyncio.InvalidStateError, asyncio.CancelledError):  # over, or broken off by us
            raise over(self._peer) from None

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # who waits is told; where nobody does, asyncio would log it

    async def _send(self, request: pb.ClassifyStreamRequest) -> None:
        async with self._writing:
            try:
                await self._stream.write(request)
            except asyncio.InvalidStateError:
                if self._stream.done():
                    await self._stream.read()  # raises why, where it did not end in peace
                raise

    async def _ask(self, request: pb.ClassifyStreamRequest) -> pb.ClassifyStreamResponse:
        await self._send(request)
        async with self._reading:
            response = await self._stream.read()
        if response is aio.EOF:
            raise asyncio.InvalidStateError
        return cast("pb.ClassifyStreamResponse", response)

    async def _end(self) -> None:
        async with self._writing, self._reading:
            await self._stream.done_writing()
            while await self._stream.read() is not aio.EOF:
                pass
