"""Who makes the call that is being answered."""

from contextvars import ContextVar
from dataclasses import dataclass

from classifier.server.security.permissions import ANY_ROLE, Role


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as the server knows.

    Attributes:
        name: Name of the token; that of `ANONYMOUS` where the server asks for none.
        token_id: Public id of the token; empty where the server asks for none.
        roles: What the caller may do.
    """

    name: str
    token_id: str
    roles: frozenset[Role]


ANONYMOUS = Caller("anonymous", "", ANY_ROLE)
"""Everyone, on a server without a token file."""

NOBODY = Caller("", "", frozenset())
"""Whoever shows no token that is known here, on a server with a token file."""

_caller: ContextVar[Caller] = ContextVar("wurao_caller", default=ANONYMOUS)


def current_caller() -> Caller:
    """Return who makes the call that is being answered, to be recorded as its actor.

    Whether it may make the call at all was checked before. A service asks for a role only where
    that depends on a field: ``Role.REVIEW in current_caller().roles``.

    Each call has a context of its own. A thread sees it only if it is handed over, as
    ``asyncio.to_thread`` does and ``loop.run_in_executor`` does not: ask on the event loop.
    """
    return _caller.get()


def set_caller(caller: Caller) -> None:
    """Note who makes the current call; for the middleware that found it out.

    Args:
        caller: Who.
    """
    _caller.set(caller)
