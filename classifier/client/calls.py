"""What the clients, blocking and asynchronous, have in common: channel, batches, errors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any, TypeVar

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from wurao.v1 import classifier_pb2 as pb
from wurao.v1.subjects_pb2 import Contact

from classifier.errors import CallError, FieldViolation, InvalidTurnError
from classifier.server.messages import prediction_from_wire, request_from_turn
from classifier.turns import Alternative, Channel, ContextTurn, Prediction, Turn

_Stub = TypeVar("_Stub")
_BATCH_TURNS = 100  # a server reads so many doubtful ones twice well within the deadline of a call
_BATCH_BYTES = 2 * 1024 * 1024  # well below what a server takes in one message
_RECONNECT_MILLISECONDS = 100
_UNREACHED = {
    False: "no server answers; start one with `wurao serve`, or give --tls-ca if it wants TLS",
    # What gRPC says of a handshake that failed depends on how, and on how many addresses there are.
    True: "no server is reached over TLS; see that one runs there, and check its authority "
    "(--tls-ca), the name in its certificate and, if it wants one, your own certificate",
}

# What grpc.aio says where a stream ended while it was written to: it loses the server's own reason.
_LOST = "Internal error from Core"
_REFUSED = "refused or ended before it took what was said; pause, then begin another conversation"


def channel_options() -> list[tuple[str, str | int]]:
    """Return gRPC channel options by which a call survives the death of a server process.

    Reads are sent again to whoever answers, up to five times within about a second. Where a name
    such as ``dns:///wurao:50051`` has several addresses, calls go to each in turn.
    """
    config = files("wurao.v1").joinpath("service_config.json").read_text("utf-8")
    return [
        # A proxy in the environment is meant for the web, not for a server beside us.
        ("grpc.enable_http_proxy", 0),
        ("grpc.service_config", config),
        ("grpc.initial_reconnect_backoff_ms", _RECONNECT_MILLISECONDS),
    ]


class DefaultedStub:
    """A stub whose calls have a deadline and a token unless they are given others."""

    def __init__(
        self, stub: object, timeout_seconds: float, metadata: tuple[tuple[str, str], ...]
    ) -> None:
        """Wrap a stub.

        Args:
            stub: Of the contract.
            timeout_seconds: For each call.
            metadata: Sent with each call.
        """
        self._stub = stub
        self._defaults = {"timeout": timeout_seconds, "metadata": metadata}

    def __getattr__(self, name: str) -> partial[Any]:
        """Return a call by its name."""
        return partial(getattr(self._stub, name), **self._defaults)


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


def request_to_wire(turn: Turn, turn_id: str, contact: Contact | None) -> pb.ClassifyRequest:
    """Return what is sent to ask about one turn.

    Args:
        turn: The turn.
        turn_id: The caller's own id of it.
        contact: Whom the bot talks to; None records nothing.
    """
    request = request_from_turn(turn, turn_id)
    if contact is not None:
        request.contact.CopyFrom(contact)
    return request


class ConversationRequests:
    """Makes what is sent in one conversation: where and with whom it is, and the ids of turns."""

    def __init__(self, channel: Channel, contact: Contact | None) -> None:
        """Begin with the first turn.

        Args:
            channel: Of the conversation.
            contact: Whom the bot talks to; None records nothing.
        """
        self._channel = channel
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
        turn = request_from_turn(Turn("-", self._channel, (said,)), "").turn
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
        turn = request_from_turn(heard, "").turn
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


@dataclass(frozen=True, slots=True)
class Peer:
    """The server that a client calls.

    Attributes:
        address: Host and port.
        encrypted: Whether the connection is.
    """

    address: str
    encrypted: bool


def opened(peer: Peer, stub: _Stub | None) -> _Stub:
    """Return the stub of a client.

    Args:
        peer: The server.
        stub: None where the client is not open.

    Raises:
        CallError: It is not.
    """
    if stub is None:
        raise CallError(f"{peer.address}: the client is not open; call inside its `with` block")
    return stub


def late(peer: Peer, timeout_seconds: float) -> CallError:
    """Return what to raise where an answer of a conversation did not come in time.

    Args:
        peer: The server.
        timeout_seconds: How long was waited.
    """
    message = f"{peer.address}: no answer in {timeout_seconds} s"
    return CallError(message, code=grpc.StatusCode.DEADLINE_EXCEEDED.name)


def over(peer: Peer) -> CallError:
    """Return what to raise where a conversation has ended already.

    Args:
        peer: The server.
    """
    return CallError(f"{peer.address}: the conversation is over; begin another")


def error_of(peer: Peer, error: grpc.RpcError) -> CallError | InvalidTurnError:
    """Return a failed call as an error of ours.

    Args:
        peer: Who was called.
        error: From gRPC, blocking or asynchronous.
    """
    address = peer.address
    code = error.code() if hasattr(error, "code") else None
    if code is None:
        return CallError(f"{address}: the call failed")
    violations, retry_seconds, reason = _read_details(error)
    if violations:
        return InvalidTurnError(violations)
    details = (error.details() if hasattr(error, "details") else "") or ""
    message = f"{code.name}: {details}"
    if code is grpc.StatusCode.UNAVAILABLE and not reason:  # gRPC's own: no server of ours said so
        message = _UNREACHED[peer.encrypted]
    elif code is grpc.StatusCode.INTERNAL and details == _LOST:
        message = _REFUSED
    return CallError(f"{address}: {message}", retry_seconds, reason, code.name)


def _read_details(
    error: Any,  # ruff: ignore[any-type]  # two kinds of call
) -> tuple[list[FieldViolation], float | None, str]:
    bad_request, retry = error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    info = error_details_pb2.ErrorInfo()
    violations: list[FieldViolation] = []
    retry_seconds, reason = None, ""
    try:
        status = rpc_status.from_call(error)
    except (ValueError, DecodeError):  # a server that is none of ours
        status = None
    for detail in status.details if status is not None else ():
        if detail.Unpack(bad_request):
            violations = [
                FieldViolation(v.field, v.description) for v in bad_request.field_violations
            ]
        elif detail.Unpack(retry):
            retry_seconds = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9
        elif detail.Unpack(info):
            reason = info.reason
    return violations, retry_seconds, reason
