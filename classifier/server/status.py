"""Maps errors to gRPC status; the only place that does."""

import asyncio
from enum import Enum
from typing import Any, NoReturn

from google.protobuf import any_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode, aio

from classifier.errors import InvalidInputError
from classifier.messages import MAX_VIOLATIONS

INTERNAL_MESSAGE = "internal error; the server's log has the cause"
_AHEAD_SECONDS = 0.01
_DETAILS_KEY = "grpc-status-details-bin"


class Refusal(Enum):
    """Why a call was refused at the door; the name is the reason of its google.rpc.ErrorInfo.

    That a token has expired is for the log alone.
    """

    NO_TOKEN = StatusCode.UNAUTHENTICATED, "send a token: `authorization: Bearer …`"
    UNKNOWN_TOKEN = StatusCode.UNAUTHENTICATED, "the token is not known here, or has expired"
    EXPIRED_TOKEN = StatusCode.UNAUTHENTICATED, "the token has expired"
    WRONG_ROLE = StatusCode.PERMISSION_DENIED, "the token's roles do not allow this call"
    TOO_MANY_CALLS = (
        StatusCode.RESOURCE_EXHAUSTED,
        "more calls than one client may make; try again as RetryInfo says",
    )
    OVERLOADED = (
        StatusCode.RESOURCE_EXHAUSTED,
        "more calls than this worker can answer; try again as RetryInfo says",
    )

    @property
    def told(self) -> "Refusal":
        """What the caller is told."""
        return Refusal.UNKNOWN_TOKEN if self is Refusal.EXPIRED_TOKEN else self


def code_of(error: BaseException, context: "aio.ServicerContext[Any, Any]") -> int:
    """Return the number of the code that a call ends with.

    Args:
        error: What the handler raised.
        context: Of the call.
    """
    if isinstance(error, (asyncio.CancelledError, GeneratorExit)):
        remaining = context.time_remaining()
        # The caller's clock runs a little ahead of ours: its own end of the call may come first.
        late = remaining is not None and remaining <= _AHEAD_SECONDS
        return int((StatusCode.DEADLINE_EXCEEDED if late else StatusCode.CANCELLED).value[0])
    code: object = context.code()
    number = code.value[0] if isinstance(code, StatusCode) else code
    return number if isinstance(number, int) and number else int(StatusCode.UNKNOWN.value[0])


async def abort_invalid(
    context: "aio.ServicerContext[object, object]", error: InvalidInputError
) -> NoReturn:
    """End a call with INVALID_ARGUMENT and a google.rpc.BadRequest that names every field.

    Args:
        context: Of the call.
        error: What is wrong with the request.

    Raises:
        grpc.aio.AbortError: Always; that is how a call is ended.
    """
    bad_request = error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(
                field=violation.field, description=violation.problem
            )
            for violation in error.violations[:MAX_VIOLATIONS]
        ]
    )
    message = "invalid request; the details name the fields"
    await abort_with(context, StatusCode.INVALID_ARGUMENT, message, bad_request)


async def abort_refused(
    context: "aio.ServicerContext[object, object]", refusal: Refusal, retry_seconds: float = 0.0
) -> NoReturn:
    """End a call that is not let in, with a google.rpc.ErrorInfo that gives the reason.

    Args:
        context: Of the call.
        refusal: The reason.
        retry_seconds: When to try again, as google.rpc.RetryInfo; 0 where that would not help.

    Raises:
        grpc.aio.AbortError: Always; that is how a call is ended.
    """
    told = refusal.told
    details: list[Message] = [error_info(told.name)]
    if retry_seconds:
        delay = Duration()
        delay.FromNanoseconds(round(retry_seconds * 1e9))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    code, message = told.value
    await abort_with(context, code, message, *details)


def error_info(reason: str) -> error_details_pb2.ErrorInfo:
    """Return why a call was refused, as programs read it.

    Args:
        reason: An ErrorReason without its prefix.
    """
    return error_details_pb2.ErrorInfo(reason=reason, domain="wurao")


async def abort_late(context: "aio.ServicerContext[object, object]") -> NoReturn:
    """End a call whose deadline passed before it was worked on.

    Args:
        context: Of the call.

    Raises:
        grpc.aio.AbortError: Always; that is how a call is ended.
    """
    await context.abort(StatusCode.DEADLINE_EXCEEDED, "the deadline passed before work began")


async def abort_with(
    context: "aio.ServicerContext[object, object]",
    code: StatusCode,
    message: str,
    *details: Message,
) -> NoReturn:
    """End a call with a rich status.

    Args:
        context: Of the call.
        code: What kind of failure.
        message: For people; nothing that a caller said.
        details: Messages of google.rpc, for programs.

    Raises:
        grpc.aio.AbortError: Always; that is how a call is ended.
    """
    status = status_pb2.Status(code=code.value[0], message=message)
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    trailers = (*(context.trailing_metadata() or ()), (_DETAILS_KEY, status.SerializeToString()))
    await context.abort(code, message, trailers)
