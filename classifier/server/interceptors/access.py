"""Who may make a call, checked before its message is read."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeAlias

import grpc
from grpc import aio

from classifier.server.security.allowances import Allowances
from classifier.server.security.caller import ANONYMOUS, Caller, current_caller, set_caller
from classifier.server.security.permissions import EVERYONE, METHOD_ROLES, may_call
from classifier.server.security.refusal_log import RefusalLog, machine_of
from classifier.server.security.token_file import TokenFile
from classifier.server.settings import Settings
from classifier.server.status import Refusal, abort_refused

_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
_Context = aio.ServicerContext[Any, Any]
_SCHEME = "bearer "
_KINDS: dict[str, Callable[..., _Handler]] = {
    "unary_unary": grpc.unary_unary_rpc_method_handler,
    "unary_stream": grpc.unary_stream_rpc_method_handler,
    "stream_unary": grpc.stream_unary_rpc_method_handler,
    "stream_stream": grpc.stream_stream_rpc_method_handler,
}


def access_interceptor(settings: Settings) -> "AccessInterceptor":
    """Return the interceptor that a server's settings ask for.

    Args:
        settings: Of the server.

    Raises:
        TokensError: The token file cannot be used.
    """
    allowances = None
    if settings.calls_per_second:
        allowances = Allowances(settings.calls_per_second, settings.call_burst)
    tokens = TokenFile(settings.tokens) if settings.tokens else None
    return AccessInterceptor(tokens, allowances, RefusalLog())


class AccessInterceptor(aio.ServerInterceptor):
    """Lets a call in by its token's roles and its client's allowance, or refuses it."""

    def __init__(
        self, tokens: TokenFile | None, allowances: Allowances | None, refusals: RefusalLog
    ) -> None:
        """Keep what decides.

        Args:
            tokens: Who is known; None lets everyone in as `ANONYMOUS`.
            allowances: How many calls a client may make; None sets no limit.
            refusals: Is told of each refusal.
        """
        self._tokens = tokens
        self._allowances = allowances
        self._refusals = refusals
        self._limited: dict[str, tuple[_Handler, _Handler]] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["_Handler | None"]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler:
        """Hand out the call's handler, or one that refuses.

        Args:
            continuation: Finds the handler.
            handler_call_details: Names the method and holds the token.
        """
        handler = await continuation(handler_call_details)
        method = str(handler_call_details.method)
        if handler is None or METHOD_ROLES.get(method) is EVERYONE:
            return handler  # type: ignore[return-value]  # gRPC answers UNIMPLEMENTED to None
        caller, refusal = self._judge(method, handler_call_details)
        if refusal is not None:
            return self._refuse(method, refusal, caller)
        set_caller(caller or ANONYMOUS)
        if self._allowances is None:
            return handler
        known = self._limited.get(method)
        if known is None or known[0] is not handler:
            known = self._limited[method] = (handler, self._limit(handler, method))
        return known[1]

    def _judge(
        self, method: str, details: grpc.HandlerCallDetails
    ) -> tuple[Caller | None, Refusal | None]:
        caller = ANONYMOUS
        if self._tokens is not None:
            metadata = details.invocation_metadata or ()
            sent = [value for key, value in metadata if key == "authorization"]
            if not sent:
                return None, Refusal.NO_TOKEN
            token = self._tokens.find(_bearer(sent[0])) if len(sent) == 1 else None
            if token is None:
                return None, Refusal.UNKNOWN_TOKEN
            caller = Caller(token.name, token.id, token.roles)
            if token.has_expired():
                return caller, Refusal.EXPIRED_TOKEN
        return caller, None if may_call(method, caller.roles) else Refusal.WRONG_ROLE

    def _refuse(self, method: str, refusal: Refusal, caller: Caller | None) -> _Handler:
        async def refuse(_requests: object, context: _Context) -> None:
            self._refusals.note(method, refusal, caller, machine_of(context))
            await abort_refused(context, refusal)

        # A handler of streams, whatever the call: it answers before a message is read.
        return grpc.stream_stream_rpc_method_handler(refuse)

    def _limit(self, handler: _Handler, method: str) -> _Handler:
        for kind, make in _KINDS.items():
            behave = getattr(handler, kind)
            if behave is not None:
                limit = self._limit_answer if kind.endswith("unary") else self._limit_answers
                limited = limit(behave, method)
                return make(limited, handler.request_deserializer, handler.response_serializer)
        return handler

    def _limit_answer(self, behave: Callable[..., Any], method: str) -> Callable[..., Any]:
        async def limited(request: object, context: _Context) -> object:
            await self._take(method, context)
            return await behave(request, context)

        return limited

    def _limit_answers(self, behave: Callable[..., Any], method: str) -> Callable[..., Any]:
        async def limited(request: object, context: _Context) -> AsyncIterator[object]:
            await self._take(method, context)
            async with aclosing(behave(request, context)) as responses:
                async for response in responses:
                    yield response

        return limited

    async def _take(self, method: str, context: _Context) -> None:
        caller, machine = current_caller(), machine_of(context)
        client = caller.name if caller.token_id else machine
        wait = self._allowances.take(client) if self._allowances else 0.0
        if wait:
            self._refusals.note(method, Refusal.TOO_MANY_CALLS, caller, machine)
            await abort_refused(context, Refusal.TOO_MANY_CALLS, wait)


def _bearer(header: str | bytes) -> str:
    text = header if isinstance(header, str) else header.decode("ascii", "replace")
    return text[len(_SCHEME) :].strip() if text[: len(_SCHEME)].lower() == _SCHEME else ""
