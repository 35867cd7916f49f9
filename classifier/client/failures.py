"""What a caller of the clients, blocking and asynchronous, is told of a failed call."""

from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from classifier.errors import CallError, FieldViolation, InvalidTurnError

_Stub = TypeVar("_Stub")
_UNREACHED = {
    False: "no server answers; start one with `wurao serve`, or give --tls-ca if it wants TLS",
    # What gRPC says of a handshake that failed depends on how, and on how many addresses there are.
    True: "no server is reached over TLS; see that one runs there and that its certificate has not "
    "run out (`wurao doctor` there tells), and check its authority (--tls-ca), the name in its "
    "certificate and, if it wants one, your own certificate",
}
# What grpc.aio says where a stream ended while it was written to: it loses the server's own reason.
_LOST = "Internal error from Core"
# In what gRPC says of the calls of a channel that is closed here, of a stream in more words.
_CLOSED = "Channel closed!"
_REFUSED = "refused or ended before it took what was said; pause, then begin another conversation"
_NOT_OPEN = "the client is not open; call inside its `with` block"
_FULLER_STILL = "too much waits there, or it is being stopped; pause, then try again"
_PAUSE_SECONDS = 0.5


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
        raise CallError(f"{peer.address}: {_NOT_OPEN}")
    return stub


def closed(peer: Peer) -> CallError:
    """Return what to raise where the client is not open, or was closed while a call waited.

    Args:
        peer: The server.
    """
    return CallError(f"{peer.address}: {_NOT_OPEN}")


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
    if code is grpc.StatusCode.CANCELLED and _CLOSED in details:
        return closed(peer)
    message = f"{code.name}: {details}"
    if code is grpc.StatusCode.UNAVAILABLE and not reason:  # gRPC's own: no server of ours said so
        message = _UNREACHED[peer.encrypted]
    elif code is grpc.StatusCode.INTERNAL and details == _LOST:
        code, message, retry_seconds = grpc.StatusCode.CANCELLED, _REFUSED, _PAUSE_SECONDS
    elif code is grpc.StatusCode.CANCELLED and not reason:  # our own is told before it comes here
        message, retry_seconds = f"{code.name}: {_FULLER_STILL}", _PAUSE_SECONDS
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
