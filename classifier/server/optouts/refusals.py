"""How the registry's errors go over the wire."""

import logging
from typing import Any, NoReturn

from grpc import StatusCode, aio

from classifier.errors import (
    ClaimedError,
    KeysError,
    RecordChangedError,
    RecordMissingError,
    RegistryError,
    RequestConflictError,
    ResolvedError,
    RewordedError,
    StoreError,
)
from classifier.server.status import abort_with, error_info

_log = logging.getLogger(__name__)
_Refusal = tuple[type[RegistryError], StatusCode, str, str]
_NO_REASON = "UNSPECIFIED"
# The errors' own texts may name paths and hosts, so each has a text for callers; empty where its
# own are fixed ones, which say what is over. The first that fits counts.
_REFUSALS: tuple[_Refusal, ...] = (
    (
        RequestConflictError,
        StatusCode.ALREADY_EXISTS,
        "REQUEST_ID_REUSED",
        "request_id: was used before with other content; send a new one",
    ),
    (
        RecordMissingError,
        StatusCode.NOT_FOUND,
        "NOT_FOUND",
        "there is nothing of that id, or nothing in force, in this tenant",
    ),
    (
        RecordChangedError,
        StatusCode.ABORTED,
        "ETAG_MISMATCH",
        "it changed since it was read; read it again",
    ),
    (
        ClaimedError,
        StatusCode.FAILED_PRECONDITION,
        "CLAIMED_BY_ANOTHER",
        "somebody else has this review; wait until they decide or give it back",
    ),
    (ResolvedError, StatusCode.FAILED_PRECONDITION, "ALREADY_DONE", ""),
    (RewordedError, StatusCode.FAILED_PRECONDITION, _NO_REASON, ""),
    (
        KeysError,
        StatusCode.FAILED_PRECONDITION,
        "KEY_MISSING",
        "a key that the registry needs is not at hand; the operator must add it to the key file",
    ),
    (
        StoreError,
        StatusCode.UNAVAILABLE,
        "STORE_UNAVAILABLE",
        "the registry's store cannot be used now; do not contact, and try again",
    ),
)
# Tells gRPC's own retries to stop: tried again at once the store is away still, and a caller with a
# short deadline would see that end and never the reason.
_NO_RETRY = ("grpc-retry-pushback-ms", "-1")
_UNKNOWN = (RegistryError, StatusCode.FAILED_PRECONDITION, "ALREADY_DONE", "this cannot be done")


def reason_of(error: RegistryError) -> str:
    """Return the ErrorReason of an error, without its prefix.

    Args:
        error: From the registry.
    """
    return _refusal(error)[2]


def log_store_error(error: StoreError) -> None:
    """Tell the operator why the store cannot be used; callers are not told.

    Args:
        error: From the registry.
    """
    _log.error("the registry's store cannot be used: %s", error, exc_info=error)


async def abort_registry(
    context: "aio.ServicerContext[Any, Any]", error: RegistryError
) -> NoReturn:
    """End a call as an error of the registry says; the log gets why a store cannot be used.

    Args:
        context: Of the call.
        error: From the registry.

    Raises:
        grpc.aio.AbortError: Always; that is how a call is ended.
    """
    if isinstance(error, StoreError):
        log_store_error(error)
        context.set_trailing_metadata((*(context.trailing_metadata() or ()), _NO_RETRY))
    _kind, code, reason, message = _refusal(error)
    details = [] if reason == _NO_REASON else [error_info(reason)]
    await abort_with(context, code, message or str(error), *details)


def _refusal(error: RegistryError) -> _Refusal:
    return next((one for one in _REFUSALS if isinstance(error, one[0])), _UNKNOWN)
