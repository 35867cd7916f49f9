"""The blocking client, for scripts, workers of a queue and the command line."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Timer
from types import TracebackType
from typing import Protocol, Self, cast

import grpc
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc, optouts_pb2_grpc
from wurao.v1.subjects_pb2 import Contact

from classifier.client.access import ClientAccess
from classifier.client.calls import (
    ConversationRequests,
    DefaultedStub,
    Peer,
    batches_of,
    channel_options,
    error_of,
    outcome_of,
    prediction_of,
    request_to_wire,
)
from classifier.errors import CallError, InvalidTurnError
from classifier.server.messages import prediction_from_wire
from classifier.turns import Alternative, Channel, ContextTurn, Prediction, Turn


class _Answers(Iterator[pb.ClassifyStreamResponse], Protocol):
    def cancel(self) -> bool: ...


class Client:
    """Asks a server; use it as a context manager, one for the whole program.

    It sends reads again when a server process dies, gives each call a deadline and shows token and
    certificate. It may be shared between threads.

    Example:
        >>> with Client("127.0.0.1:50051") as client:
        ...     client.classify(Turn("以后别再打了")).label
        <Label.OPT_OUT: 'opt_out'>
    """

    def __init__(
        self, address: str, timeout_seconds: float = 10.0, access: ClientAccess | None = None
    ) -> None:
        """Prepare a channel; nothing is sent yet.

        Args:
            address: Host and port of the server, or a name such as ``dns:///wurao:50051``.
            timeout_seconds: For each call, above 0.
            access: How the server lets us in; none is needed on the loopback interface.

        Raises:
            CallError: The access cannot be used.
        """
        self._timeout_seconds = timeout_seconds
        access = access or ClientAccess()
        self._metadata = access.metadata(address)
        credentials = access.channel_credentials()
        self._peer = Peer(address, encrypted=credentials is not None)
        self._channel = (
            grpc.insecure_channel(address, channel_options())
            if credentials is None
            else grpc.secure_channel(address, credentials, channel_options())
        )
        self._classifier = classifier_pb2_grpc.ClassifierServiceStub(self._channel)
        registry = optouts_pb2_grpc.OptOutServiceStub(self._channel)
        self._opt_outs = DefaultedStub(registry, timeout_seconds, self._metadata)

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the channel."""
        self._channel.close()

    @property
    def opt_outs(self) -> optouts_pb2_grpc.OptOutServiceStub:
        """Every call of the opt-out registry, in the messages of `wurao.v1.optouts_pb2`.

        Deadline and token are set; a failure is a `grpc.RpcError`.
        """
        return cast("optouts_pb2_grpc.OptOutServiceStub", self._opt_outs)

    def classify(self, turn: Turn) -> Prediction:
        """Ask about one turn.

        Args:
            turn: With its context.

        Raises:
            InvalidTurnError: The server refuses the turn.
            CallError: The call failed.
        """
        response = self._ask(request_to_wire(turn, "", None))
        return prediction_from_wire(response.prediction)

    def classify_contact(
        self, turn: Turn, contact: Contact, turn_id: str = ""
    ) -> tuple[Prediction, pb.Recorded]:
        """Ask about one turn of a contact; what is heard is recorded before the answer comes.

        Args:
            turn: With its context.
            contact: Who is contacted, by which bot, for which campaign.
            turn_id: The same turn of the same call reference is recorded once, so it may be sent
                again; empty, each is a turn of its own.

        Returns:
            What the classifier says, and what was recorded; that is empty where nothing had to be.

        Raises:
            InvalidTurnError: The server refuses the turn or the subject.
            CallError: The call failed; do not contact the subject again, and try again.
        """
        response = self._ask(request_to_wire(turn, turn_id, contact))
        return prediction_from_wire(response.prediction), response.recorded

    def classify_batch(self, turns: Sequence[Turn]) -> list[Prediction | InvalidTurnError]:
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
                response = self._classifier.ClassifyBatch(
                    batch, timeout=self._timeout_seconds, metadata=self._metadata
                )
            except grpc.RpcError as error:
                raise self._error(error) from None
            answers += [outcome_of(result) for result in response.results]
        return answers

    def _ask(self, request: pb.ClassifyRequest) -> pb.ClassifyResponse:
        try:
            return self._classifier.Classify(
                request, timeout=self._timeout_seconds, metadata=self._metadata
            )
        except grpc.RpcError as error:
            raise self._error(error) from None

    def _error(self, error: grpc.RpcError) -> CallError | InvalidTurnError:
        return error_of(self._peer, error)

    @contextmanager
    def conversation(
        self, channel: Channel = Channel.VOICE, contact: Contact | None = None
    ) -> Generator["LiveConversation"]:
        """Follow a live conversation: the server keeps the context.

        At the end of the ``with`` block what was heard last is kept, even if it was not final.

        Args:
            channel: Of the conversation.
            contact: Whom the bot talks to, as for `classify_contact`; None records nothing.

        Raises:
            CallError: At the end of the block: what was heard last may not be kept.
        """
        sent: SimpleQueue[pb.ClassifyStreamRequest | None] = SimpleQueue()
        answers = self._classifier.ClassifyStream(iter(sent.get, None), metadata=self._metadata)
        try:
            requests = ConversationRequests(channel, contact)
            timeout = self._timeout_seconds
            conversation = LiveConversation(self._peer, requests, timeout, sent, answers)
            yield conversation
            sent.put(None)
            conversation.read_out()
        finally:
            answers.cancel()  # before what is sent ends, which would close the stream in peace
            sent.put(None)


class LiveConversation:
    """One conversation on a stream; from `Client.conversation`.

    Attributes:
        recorded: What the latest answer left in the registry; empty where that is nothing.
    """

    def __init__(
        self,
        peer: Peer,
        requests: ConversationRequests,
        timeout_seconds: float,
        sent: "SimpleQueue[pb.ClassifyStreamRequest | None]",
        answers: "_Answers",
    ) -> None:
        """Take over an open stream.

        Args:
            peer: The server.
            requests: Makes what is sent.
            timeout_seconds: For each answer.
            sent: What is put here goes to the server.
            answers: What comes back.
        """
        self._peer = peer
        self._requests = requests
        self._timeout_seconds = timeout_seconds
        self._sent = sent
        self._answers: Iterator[pb.ClassifyStreamResponse] = answers
        self._cancel = answers.cancel
        self._given_up = False
        self.recorded = pb.Recorded()

    def said(self, turn: ContextTurn) -> None:
        """Tell what the bot or an agent said.

        Args:
            turn: Not the subject's own.
        """
        self._sent.put(self._requests.said(turn))

    def heard(
        self, text: str, final: bool = True, alternatives: Sequence[Alternative] = ()
    ) -> Prediction:
        """Ask about what the subject says.

        Args:
            text: All of the turn as it is heard so far.
            final: False while the subject is still speaking.
            alternatives: Other hypotheses of the recogniser.

        Raises:
            InvalidTurnError: The server refuses the text.
            CallError: The stream is broken; begin another conversation.
        """
        self._sent.put(self._requests.heard(text, final, alternatives))
        response = self._next()
        if response is None:
            raise CallError(f"{self._peer.address}: the server ended the conversation")
        self.recorded = response.recorded
        return prediction_of(response)

    def read_out(self) -> None:
        """Wait for the server's end, after ours.

        Raises:
            CallError: What was heard last may not be kept.
        """
        try:
            while self._next() is not None:
                pass
        except (CallError, InvalidTurnError) as error:
            if self._requests.is_open:
                raise self._requests.unkept(error) from None

    def _next(self) -> pb.ClassifyStreamResponse | None:
        deadline = Timer(self._timeout_seconds, self._give_up)
        deadline.start()
        try:
            return next(self._answers, None)
        except grpc.RpcError as error:
            if self._given_up:
                message = f"no answer in {self._timeout_seconds} s"
                raise CallError(f"{self._peer.address}: {message}") from None
            raise self._error(error) from None
        finally:
            deadline.cancel()

    def _give_up(self) -> None:
        self._given_up = True
        self._cancel()

    def _error(self, error: grpc.RpcError) -> CallError | InvalidTurnError:
        return error_of(self._peer, error)
