"""The asynchronous client, for bots that live on an event loop."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self, cast

import grpc
from grpc import aio
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc, optouts_pb2_grpc

from classifier.errors import CallError, InvalidTurnError
from classifier.server.client_access import ClientAccess
from classifier.server.client_calls import (
    DefaultedStub,
    batches_of,
    channel_options,
    error_of,
    hypothesis_to_wire,
    outcome_of,
    said_to_wire,
)
from classifier.server.messages import prediction_from_wire, request_from_turn
from classifier.turns import Channel, ContextTurn, Prediction, Turn

_Stream = aio.StreamStreamCall[pb.ClassifyStreamRequest, pb.ClassifyStreamResponse]


class AsyncClient:
    """Asks a server; use it as an asynchronous context manager, one for the whole program.

    It sends reads again when a server process dies, gives each call a deadline and shows token and
    certificate.

    Example:
        >>> async def ask():
        ...     async with AsyncClient("127.0.0.1:50051") as client:
        ...         return (await client.classify(Turn("以后别再打了"))).action
        >>> asyncio.run(ask())
        <Action.STOP: 'stop'>
    """

    def __init__(
        self, address: str, timeout_seconds: float = 1.0, access: ClientAccess | None = None
    ) -> None:
        """Keep how to connect; the channel is made by ``async with``.

        Args:
            address: Host and port of the server, or a name such as ``dns:///wurao:50051``.
            timeout_seconds: For each call, above 0; a caller waits on the line meanwhile.
            access: How the server lets us in; none is needed on the loopback interface.

        Raises:
            CallError: The access cannot be used.
        """
        self._address = address
        self._timeout_seconds = timeout_seconds
        access = access or ClientAccess()
        self._metadata = access.metadata(address)
        self._credentials = access.channel_credentials()
        self._channel: aio.Channel | None = None

    async def __aenter__(self) -> Self:
        """Make the channel and return the client itself."""
        options = channel_options()
        if self._credentials is None:
            self._channel = aio.insecure_channel(self._address, options)
        else:
            self._channel = aio.secure_channel(self._address, self._credentials, options)
        self._classifier = classifier_pb2_grpc.ClassifierServiceStub(self._channel)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the channel."""
        if self._channel is not None:
            await self._channel.close()

    @property
    def opt_outs(self) -> "optouts_pb2_grpc.OptOutServiceAsyncStub":
        """Every call of the opt-out registry, in the messages of `wurao.v1.optouts_pb2`.

        Deadline and token are set; a failure is a `grpc.RpcError`.
        """
        stub = optouts_pb2_grpc.OptOutServiceStub(cast("grpc.Channel", self._channel))
        defaulted = DefaultedStub(stub, self._timeout_seconds, self._metadata)
        return cast("optouts_pb2_grpc.OptOutServiceAsyncStub", defaulted)

    async def classify(self, turn: Turn) -> Prediction:
        """Ask about one turn.

        Args:
            turn: With its context.

        Raises:
            InvalidTurnError: The server refuses the turn.
            CallError: The call failed.
        """
        try:
            response = await self._classifier.Classify(
                request_from_turn(turn, ""), timeout=self._timeout_seconds, metadata=self._metadata
            )
        except grpc.RpcError as error:
            raise self._error(error) from None
        return prediction_from_wire(response.prediction)

    async def classify_batch(self, turns: Sequence[Turn]) -> list[Prediction | InvalidTurnError]:
        """Ask about any number of turns, in as many calls as the limits of the server want.

        Args:
            turns: They need not belong together.

        Returns:
            For each turn, in order, what the server says or why it refused the turn.

        Raises:
            CallError: A call as a whole failed.
        """
        answers: list[Prediction | InvalidTurnError] = []
        for batch in batches_of(turns):
            try:
                response = await self._classifier.ClassifyBatch(
                    batch, timeout=self._timeout_seconds, metadata=self._metadata
                )
            except grpc.RpcError as error:
                raise self._error(error) from None
            answers += [outcome_of(result) for result in response.results]
        return answers

    def _error(self, error: grpc.RpcError) -> CallError | InvalidTurnError:
        return error_of(self._address, error)

    @asynccontextmanager
    async def conversation(
        self, channel: Channel = Channel.VOICE
    ) -> AsyncGenerator["AsyncConversation"]:
        """Follow a live conversation: the server keeps the context.

        Args:
            channel: Of the conversation.
        """
        stream = self._classifier.ClassifyStream(metadata=self._metadata)
        try:
            yield AsyncConversation(self._address, channel, self._timeout_seconds, stream)
        finally:
            stream.cancel()


class AsyncConversation:
    """One conversation on a stream; from `AsyncClient.conversation`."""

    def __init__(
        self, address: str, channel: Channel, timeout_seconds: float, stream: _Stream
    ) -> None:
        """Take over an open stream.

        Args:
            address: Of the server.
            channel: Of the conversation.
            timeout_seconds: For each answer.
            stream: The call.
        """
        self._address = address
        self._channel = channel
        self._timeout_seconds = timeout_seconds
        self._stream = stream
        self._turn = asyncio.Lock()  # answers come in the order of the questions

    async def said(self, turn: ContextTurn) -> None:
        """Tell what the bot or an agent said.

        Args:
            turn: Not the subject's own.

        Raises:
            CallError: The stream is broken; begin another conversation.
        """
        try:
            await self._stream.write(said_to_wire(turn, self._channel))
        except (grpc.RpcError, asyncio.InvalidStateError):
            raise self._broken() from None

    async def heard(self, text: str, final: bool = True) -> Prediction:
        """Ask about what the subject says.

        Args:
            text: All of the turn as it is heard so far.
            final: False while the subject is still speaking.

        Raises:
            InvalidTurnError: The server refuses the text.
            CallError: The stream is broken, or the answer too late; begin another conversation.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds), self._turn:
                await self._stream.write(hypothesis_to_wire(text, self._channel, final))
                response = await self._stream.read()
        except TimeoutError:
            self._stream.cancel()
            raise CallError(f"{self._address}: no answer in {self._timeout_seconds} s") from None
        except grpc.RpcError as error:
            raise self._error(error) from None
        except asyncio.InvalidStateError:
            raise self._broken() from None
        if response is aio.EOF:
            raise self._broken()
        outcome = outcome_of(cast("pb.ClassifyStreamResponse", response))
        if isinstance(outcome, InvalidTurnError):
            raise outcome
        return outcome

    def _broken(self) -> CallError:
        return CallError(f"{self._address}: the conversation is over; begin another")

    def _error(self, error: grpc.RpcError) -> CallError | InvalidTurnError:
        return error_of(self._address, error)
