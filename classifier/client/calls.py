"""What the clients, blocking and asynchronous, have in common: channel, batches, conversations."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.resources import files
from typing import Any

from wurao.v1 import classifier_pb2 as pb
from wurao.v1.subjects_pb2 import Contact

from classifier.client.failures import Peer, opened
from classifier.errors import CallError, FieldViolation, InvalidTurnError
from classifier.messages import prediction_from_wire, request_from_turn
from classifier.turns import Alternative, Channel, ContextTurn, Prediction, Turn

_BATCH_TURNS = 100  # a server reads so many doubtful ones twice well within the deadline of a call
_BATCH_BYTES = 2 * 1024 * 1024  # well below what a server takes in one message
_RECONNECT_MILLISECONDS = 100
_MOST_RECEIVED_BYTES = 64 * 1024 * 1024
_BACKOFF_MULTIPLIER = 2
_MOST_SECONDS = 86_400


def channel_options() -> list[tuple[str, str | int]]:
    """Return gRPC channel options by which a call survives the death of a server process.

    Reads, and conversations that have no answer yet, are sent again to whoever answers, up to five
    times within about a second. Where a name such as ``dns:///wurao:50051`` has several
    addresses, calls go to each in turn.
    """
    config = json.loads(files("wurao.v1").joinpath("service_config.json").read_text("utf-8"))
    # We connect again so soon that the pauses need not outlast a second, a call's default deadline.
    for methods in config["methodConfig"]:
        methods["retryPolicy"]["backoffMultiplier"] = _BACKOFF_MULTIPLIER
    return [
        # A proxy in the environment is meant for the web, not for a server beside us.
        ("grpc.enable_http_proxy", 0),
        ("grpc.service_config", json.dumps(config)),
        ("grpc.initial_reconnect_backoff_ms", _RECONNECT_MILLISECONDS),
        # What is held on one subject may take more than the usual 4 MiB.
        ("grpc.max_receive_message_length", _MOST_RECEIVED_BYTES),
    ]


def checked_timeout(seconds: float) -> float:
    """Return the deadline of a client's calls.

    Args:
        seconds: As the caller wants it.

    Raises:
        CallError: It is no length of time.
    """
    if not 0 < seconds <= _MOST_SECONDS:  # not a number is neither
        raise CallError(f"timeout_seconds: must be above 0 and at most {_MOST_SECONDS:,}")
    return seconds


class DefaultedStub:
    """A stub whose calls have a deadline and a token unless they are given others."""

    def __init__(
        self,
        peer: Peer,
        stub: object,
        timeout_seconds: float,
        metadata: tuple[tuple[str, str], ...],
    ) -> None:
        """Wrap a stub.

        Args:
            peer: The server.
            stub: Of the contract.
            timeout_seconds: For each call.
            metadata: Sent with each call.
        """
        self._peer = peer
        self._stub: object | None = stub
        self._defaults = {"timeout": timeout_seconds, "metadata": metadata}

    def __getattr__(self, name: str) -> partial[Any]:
        """Return a call by its name.

        Raises:
            CallError: The client was closed.
        """
        return partial(getattr(opened(self._peer, self._stub), name), **self._defaults)

    def close(self) -> None:
        """Refuse further calls, also to those who keep this stub."""
        self._stub = None


def batches_of(turns: Sequence[Turn]) -> Iterator[pb.ClassifyBatchRequest]:
    """Yield requests within the limits of a server.

    Args:
        turns: Any number; for none nothing is yielded.
    """
    batch, size = pb.ClassifyBatchRequest(), 0
    for i, turn in enumerate(turns):
        request = request_from_turn(turn, str(i))
        size += request.ByteSize()
        if batch.requests and (size > _BATCH_BYTES or len(batch.requests) == _BATCH_TURNS):
            yield batch
            batch, size = pb.ClassifyBatchRequest(), request.ByteSize()
        batch.requests.append(request)
    if batch.requests:
        yield batch


class ConversationRequests:
    """Makes what is sent in one conversation: where and with whom it is, and the ids of turns."""

    def __init__(self, channel: Channel, contact: Contact | None) -> None:
        """Begin with the first turn.

        Args:
            channel: Of the conversation.
            contact: Whom the bot talks to; None records nothing.

        Raises:
            InvalidTurnError: The channel is none.
        """
        self._channel = Turn("-", channel).channel
        self._contact = contact
        self._turns_heard = 0
        self._open_turn = ""

    @property
    def is_open(self) -> bool:
        """Whether a turn of a contact was sent, and no answer says that it is kept."""
        return bool(self._open_turn)

    def said(self, said: ContextTurn) -> pb.ClassifyStreamRequest:
        """Return what is sent of a turn of the bot or an agent.

        Args:
            said: The turn.

        Raises:
            InvalidTurnError: The text breaks a limit.
        """
        turn = request_from_turn(Turn("-", self._channel, (said,))).turn
        return pb.ClassifyStreamRequest(
            channel=turn.channel, said=turn.context[0], contact=self._contact
        )

    def heard(
        self, text: str, final: bool, alternatives: Sequence[Alternative] = ()
    ) -> pb.ClassifyStreamRequest:
        """Return what is sent of the subject's turn while it is heard.

        Args:
            text: All of it so far.
            final: Whether the turn is over; the next text is then of another.
            alternatives: Other hypotheses of the recogniser.

        Raises:
            InvalidTurnError: The text breaks a limit.
        """
        turn_id = f"turn-{self._turns_heard}"
        self._turns_heard += final
        heard = Turn(text, self._channel, alternatives=tuple(alternatives))
        turn = request_from_turn(heard).turn
        self._open_turn = turn_id if self._contact is not None else ""
        return pb.ClassifyStreamRequest(
            channel=turn.channel,
            hypothesis=pb.Hypothesis(
                turn_id=turn_id, text=turn.text, final=final, alternatives=turn.alternatives
            ),
            contact=self._contact,
        )

    def answered(self, response: pb.ClassifyStreamResponse) -> Prediction:
        """Return what was answered.

        Args:
            response: As it came.

        Raises:
            InvalidTurnError: The server refused the text.
        """
        outcome = outcome_of(response)
        if isinstance(outcome, InvalidTurnError):
            raise outcome
        if response.final and response.turn_id == self._open_turn:
            self._open_turn = ""
        return outcome

    def failed(self) -> None:
        """Note that the caller was told of a failure, of which the end need not tell again."""
        self._open_turn = ""

    def unkept(self, why: CallError | InvalidTurnError) -> CallError:
        """Return what to raise where the end failed though a turn is open.

        Args:
            why: What failed.
        """
        message = f"{why}; what was heard last may not be kept: do not contact, and record it"
        reason, code = (why.reason, why.code) if isinstance(why, CallError) else ("", "")
        return CallError(message, reason=reason, code=code)


def outcome_of(
    result: pb.ClassifyBatchResult | pb.ClassifyStreamResponse,
) -> Prediction | InvalidTurnError:
    """Return what was answered about one turn.

    Args:
        result: As it came.
    """
    if result.WhichOneof("outcome") == "prediction":
        return prediction_from_wire(result.prediction)
    return InvalidTurnError([
        FieldViolation(v.field, v.description) for v in result.error.violations
    ])
