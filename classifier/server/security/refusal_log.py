"""The audit lines of refused calls."""

import asyncio
import logging
from collections import Counter
from typing import Any, NoReturn

from grpc import aio

from classifier.server.security.caller import Caller
from classifier.server.status import Refusal, abort_refused

_log = logging.getLogger(__name__)
_WINDOW_SECONDS = 1.0
_MAX_OPEN_WINDOWS = 1_000
_Key = tuple[str, str, str, str, str]


class RefusalLog:
    """Writes who was refused what and why: token, method, reason, address of the machine.

    The first refusal of a kind is written at once; further ones of the same kind within a second
    are counted in one more line, so that a flood of calls is no flood of lines. The sum of
    ``times`` is the number of refusals.
    """

    def __init__(self) -> None:
        """Start with nothing refused."""
        self._repeats: Counter[_Key] = Counter()

    async def refuse(
        self,
        context: aio.ServicerContext[Any, Any],
        method: str,
        refusal: Refusal,
        caller: Caller,
        retry_seconds: float = 0.0,
    ) -> NoReturn:
        """Write or count a refusal and end the call with it.

        Args:
            context: Of the call.
            method: Full name of a method that is served; never what a caller made up.
            refusal: The reason.
            caller: Whose token it was, expired or not; `NOBODY` without a known one.
            retry_seconds: As for `abort_refused`.

        Raises:
            grpc.aio.AbortError: Always; that is how a call is ended.
        """
        self._note((method, refusal.name, caller.name, caller.token_id, machine_of(context)))
        await abort_refused(context, refusal, retry_seconds)

    def _note(self, key: _Key) -> None:
        if key not in self._repeats and len(self._repeats) >= _MAX_OPEN_WINDOWS:
            # Very many machines at once: their addresses are given up, the count is not.
            key = (*key[:-1], "many")
        if key in self._repeats:
            self._repeats[key] += 1
            return
        self._repeats[key] = 0
        _write(key, 1)
        asyncio.get_running_loop().call_later(_WINDOW_SECONDS, self._close, key)

    def _close(self, key: _Key) -> None:
        if times := self._repeats.pop(key, 0):
            _write(key, times)


def machine_of(context: aio.ServicerContext[Any, Any]) -> str:
    """Return the address of the machine that calls, without its port.

    Args:
        context: Of the call; gRPC names a peer ``ipv4:10.0.0.7:4711`` or ``ipv6:%5B::1%5D:4711``.
    """
    kind, _, rest = (context.peer() or "").partition(":")
    if kind not in ("ipv4", "ipv6"):
        return kind
    return rest.rpartition(":")[0].removeprefix("%5B").removesuffix("%5D")


def _write(key: _Key, times: int) -> None:
    names = ("method", "reason", "caller", "token_id", "machine")
    fields = {name: value for name, value in zip(names, key, strict=True) if value}
    _log.warning("refused", extra={"fields": fields | {"times": times}})
