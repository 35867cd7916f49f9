"""Maps errors to gRPC status; the only place that does."""

from typing import NoReturn

from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc import StatusCode, aio

from classifier.errors import InvalidTurnError
from classifier.server.messages import MAX_VIOLATIONS

INTERNAL_MESSAGE = "internal error; the server's log has the cause"
_DETAILS_KEY = "grpc-status-details-bin"


async def abort_invalid(
    context: "aio.ServicerContext[object, object]", error: InvalidTurnError
) -> NoReturn:
    """End a call with INVALID_ARGUMENT and a google.rpc.BadRequest that names every field.

    Args:
        context: Of the call.
        error: What is wrong with the request.

    Raises:
        grpc.aio.AbortError: Always; that is how a call is ended.
    """
    message = "invalid request; the details name the fields"
    detail = any_pb2.Any()
    detail.Pack(
        error_details_pb2.BadRequest(
            field_violations=[
                error_details_pb2.BadRequest.FieldViolation(
                    field=violation.field, description=violation.problem
                )
                for violation in error.violations[:MAX_VIOLATIONS]
            ]
        )
    )
    status = status_pb2.Status(code=code_pb2.INVALID_ARGUMENT, message=message, details=[detail])
    await context.abort(
        StatusCode.INVALID_ARGUMENT, message, ((_DETAILS_KEY, status.SerializeToString()),)
    )
