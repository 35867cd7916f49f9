"""Who may make a call, checked before its message is read."""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from grpc import aio

from classifier.server.security.allowances import Allowances
from classifier.server.security.caller import ANONYMOUS, NOBODY, Caller, current_caller, set_caller
from classifier.server.security.permissions import EVERYONE, METHOD_ROLES, may_call
from classifier.server.security.refusal_log import RefusalLog, machine_of
from classifier.server.security.token_file import TokenFile
from classifier.server.settings import Settings
from classifier.server.status import Refusal

_Context = aio.ServicerContext[Any, Any]
_SCHEME = "bearer "


def make_access(settings: Settings, refusals: RefusalLog) -> "Access":
    """Return the rules of access that a server's settings ask for.

    Args:
        settings: Of the server.
        refusals: Is told of each refusal.

    Raises:
        TokensError: The token file cannot be used.
    """
    allowances = None
    if settings.calls_per_second:
        allowances = Allowances(settings.calls_per_second, settings.call_burst)
    tokens = TokenFile(settings.tokens) if settings.tokens else None
    return Access(tokens, allowances, refusals)


class Access:
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

    def check(
        self, method: str, details: grpc.HandlerCallDetails
    ) -> Callable[..., Awaitable[None]] | None:
        """Note who makes a call; return what refuses it, None where it is let in.

        Args:
            method: Its full name.
            details: Hold the token.
        """
        needed = METHOD_ROLES.get(method)
        if needed is EVERYONE or (self._tokens is None and needed is not None):
            return None  # the caller is `ANONYMOUS` until it is told
        caller, refusal = self._judge(method, details)
        if refusal is None:
            set_caller(caller)
            return None

        async def refuse(_requests: object, context: _Context) -> None:
            await self._refusals.refuse(context, method, refusal, caller)

        return refuse

    def around(self, behave: Callable[..., Any], method: str) -> Callable[..., Any]:
        """Return what answers a method once the caller's allowance is asked.

        Args:
            behave: A coroutine function.
            method: Its full name.
        """
        allowances = self._allowances
        if allowances is None or METHOD_ROLES.get(method) is EVERYONE:
            return behave

        async def limited(request: object, context: _Context) -> object:
            caller = current_caller()
            wait = allowances.take(caller.name if caller.token_id else machine_of(context))
            if wait:
                refusal = Refusal.TOO_MANY_CALLS
                await self._refusals.refuse(context, method, refusal, caller, wait)
            return await behave(request, context)

        return limited

    def _judge(
        self, method: str, details: grpc.HandlerCallDetails
    ) -> tuple[Caller, Refusal | None]:
        caller = ANONYMOUS
        if self._tokens is not None:
            metadata = details.invocation_metadata or ()
            sent = [value for key, value in metadata if key == "authorization"]
            if not sent:
                return NOBODY, Refusal.NO_TOKEN
            token = self._tokens.find(_bearer(sent[0])) if len(sent) == 1 else None
            if token is None:
                return NOBODY, Refusal.UNKNOWN_TOKEN
            caller = Caller(token.name, token.id, token.roles)
            if token.has_expired():
                return caller, Refusal.EXPIRED_TOKEN
        return caller, None if may_call(method, caller.roles) else Refusal.WRONG_ROLE


def _bearer(header: str | bytes) -> str:
    text = header if isinstance(header, str) else header.decode("ascii", "replace")
    return text[len(_SCHEME) :].strip() if text[: len(_SCHEME)].lower() == _SCHEME else ""
