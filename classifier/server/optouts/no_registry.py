"""What a server without a registry says to those who ask for it."""

from typing import Any, NoReturn

import grpc
from grpc import StatusCode, aio

from classifier.server.status import abort_with, error_info

_Context = aio.ServicerContext[Any, Any]


async def abort_without_registry(context: _Context) -> NoReturn:
    """End a call that needs a registry on a server that has none.

    Args:
        context: Of the call.

    Raises:
        grpc.aio.AbortError: Always; that is how a call is ended.
    """
    message = "this server has no opt-out registry; set WURAO_REGISTRY and WURAO_REGISTRY_KEYS"
    info = error_info("REGISTRY_NOT_CONFIGURED")
    await abort_with(context, StatusCode.FAILED_PRECONDITION, message, info)


def refusing_handler() -> "grpc.RpcMethodHandler[bytes, Any]":
    """Return what answers every method of the registry's service."""
    return grpc.unary_unary_rpc_method_handler(_refuse, bytes)


async def _refuse(_request: bytes, context: _Context) -> NoReturn:
    await abort_without_registry(context)
