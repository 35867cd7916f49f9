"""The blocking client, for scripts, workers of a queue and the command line."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from types import TracebackType
from typing import Self, TypeVar, cast

import grpc
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc, optouts_pb2_grpc
from wurao.v1.subjects_pb2 import Contact

from classifier.client.access import ClientAccess
from classifier.client.calls import (
    ConversationRequests,
    DefaultedStub,
    batches_of,
    channel_options,
    checked_timeout,
    outcome_of,
)
from classifier.client.conversation import LiveConversation
from classifier.client.failures import Peer, closed, error_of, opened
from classifier.errors import InvalidTurnError
from classifier.messages import prediction_from_wire, request_from_turn
from classifier.turns import Channel, Prediction, Turn

_Answer = TypeVar("_Answer")


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
            timeout_seconds: For each call, above 0 and at most a day.
            access: How the server lets us in; none is needed on the loopback interface.

        Raises:
            CallError: The access cannot be used, or the deadline is no length of time.
        """
        self._timeout_seconds = checked_timeout(timeout_seconds)
        access = access or ClientAccess()
        self._metadata = access.metadata(address)
        credentials = access.channel_credentials()
        self._peer = Peer(address, encrypted=credentials is not None)
        self._channel = (
            grpc.insecure_channel(address, channel_options())
            if credentials is None
            else grpc.secure_channel(address, credentials, channel_options())
        )
        registry = optouts_pb2_grpc.OptOutServiceStub(self._channel)
        self._classifier: classifier_pb2_grpc.ClassifierServiceStub | None
        self._classifier = classifier_pb2_grpc.ClassifierServiceStub(self._channel)
        self._opt_outs: DefaultedStub | None
        self._opt_outs = DefaultedStub(self._peer, registry, timeout_seconds, self._metadata)

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
        if self._opt_outs is not None:
            self._opt_outs.close()
        self._classifier = self._opt_outs = None
        self._channel.close()

    @property
    def opt_outs(self) -> optouts_pb2_grpc.OptOutServiceStub:
        """Every call of the opt-out registry, in the messages of `wurao.v1.optouts_pb2`.

        Deadline and token are set; a failure is a `grpc.RpcError`.

        Raises:
            CallError: The client is closed.
        """
        stub = opened(self._peer, self._opt_outs)
        return cast("optouts_pb2_grpc.OptOutServiceStub", stub)

    def classify(self, turn: Turn) -> Prediction:
        """Ask about one turn.

        Args:
            turn: With its context.

        Raises:
            InvalidTurnError: The server refuses the turn.
            CallError: The call failed.
        """
        response = self._ask_one(request_from_turn(turn))
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
        response = self._ask_one(request_from_turn(turn, turn_id, contact))
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
        classify = opened(self._peer, self._classifier).ClassifyBatch
        answers: list[Prediction | InvalidTurnError] = []
        for batch in batches_of(turns):
            response = self._ask(classify, batch)
            answers += [outcome_of(result) for result in response.results]
        return answers

    def model(self) -> pb.GetModelResponse:
        """Ask which model answers: version, thresholds in force, scores on the frozen test.

        Raises:
            CallError: The call failed.
        """
        get_model = opened(self._peer, self._classifier).GetModel
        return self._ask(get_model, pb.GetModelRequest())

    def _ask_one(self, request: pb.ClassifyRequest) -> pb.ClassifyResponse:
        return self._ask(opened(self._peer, self._classifier).Classify, request)

    def _ask(self, call: Callable[..., _Answer], request: object) -> _Answer:
        try:
            return call(request, timeout=self._timeout_seconds, metadata=self._metadata)
        except grpc.RpcError as error:
            raise error_of(self._peer, error) from None
        except ValueError:  # gRPC's, of a channel that another thread closed just now
            if self._classifier is not None:
                raise
            raise closed(self._peer) from None

    @contextmanager
    def conversation(
        self, channel: Channel = Channel.VOICE, contact: Contact | None = None
    ) -> Generator[LiveConversation]:
        """Follow a live conversation: the server keeps the context.

        At the end of the ``with`` block what was heard last is kept, even if it was not final.

        Args:
            channel: Of the conversation; an SMS or an e-mail is not heard as a call is.
            contact: Whom the bot talks to, as for `classify_contact`; None records nothing.

        Raises:
            InvalidTurnError: The channel is none.
            CallError: The client is closed, or, at the end of the block: what was heard last may
                not be kept.
        """
        classifier = opened(self._peer, self._classifier)
        requests = ConversationRequests(channel, contact)
        sent: SimpleQueue[pb.ClassifyStreamRequest | None] = SimpleQueue()
        answers = classifier.ClassifyStream(iter(sent.get, None), metadata=self._metadata)
        timeout = self._timeout_seconds
        conversation = LiveConversation(self._peer, requests, timeout, sent, answers)
        try:
            yield conversation
            sent.put(None)
            conversation.read_out()
        finally:
            # Before what is sent ends, which would close the stream in peace.
            conversation.break_off()
            sent.put(None)
