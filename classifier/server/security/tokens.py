"""Bearer tokens: made, stored as hashes, found again.

A token is ``wurao_<id>_<secret>``: the id is public and names the token in files and logs, the
secret is 256 bits from the system's source of randomness. Stored is its SHA-256. A slow hash, as
for passwords, would buy nothing: nobody can try 2^256 secrets, however fast; and it would cost
each call the milliseconds that it costs the guesser.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from classifier.errors import TokensError
from classifier.server.security.permissions import Role

_TOKEN = re.compile(r"wurao_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ID, _DIGEST = re.compile(r"[0-9a-f]{12}"), re.compile(r"[0-9a-f]{64}")
_NO_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token.

    Attributes:
        id: 12 hexadecimal digits, public.
        name: Who holds it: 1 to 64 letters, digits, dots, dashes and underscores. Two tokens may
            share a name while one replaces the other.
        roles: At least one.
        sha256: Of the whole token, hexadecimal.
        expires_at: First moment, with a time zone, at which it lets nobody in; None for never.
    """

    id: str
    name: str
    roles: frozenset[Role]
    sha256: str
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what `new_token` would not make.

        Raises:
            TokensError: A field is not as described above.
        """
        if not _NAME.fullmatch(self.name):
            message = "a token's name has 1 to 64 letters, digits, dots, dashes and underscores"
            raise TokensError(message)
        if not self.roles:
            raise TokensError(f"a token needs a role: {', '.join(Role)}")
        if not (_ID.fullmatch(self.id) and _DIGEST.fullmatch(self.sha256)):
            raise TokensError("a token's id has 12 hexadecimal digits, its hash 64")
        if self.expires_at is not None and self.expires_at.utcoffset() is None:
            raise TokensError("a token expires at a time with a time zone")

    def has_expired(self) -> bool:
        """Say whether its holder is let in no longer."""
        return self.expires_at is not None and datetime.now(UTC) >= self.expires_at


def new_token(
    name: str, roles: Iterable[Role], expires_at: datetime | None = None
) -> tuple[str, Token]:
    """Return a fresh token and what is to be kept of it.

    Args:
        name: Who will hold it.
        roles: What the holder may do.
        expires_at: With a time zone; None for never.

    Raises:
        TokensError: The name is not allowed, there is no role or no time zone.
    """
    token_id = secrets.token_hex(6)
    text = f"wurao_{token_id}_{secrets.token_urlsafe(32)}"
    return text, Token(token_id, name, frozenset(roles), _sha256(text), expires_at)


def find_token(tokens: Mapping[str, Token], text: str) -> Token | None:
    """Return the token that a caller holds, or None; how long it takes tells nothing of a secret.

    An expired one is returned too, so that its holder can be named where the call is refused.

    Args:
        tokens: Id -> token.
        text: What the caller sent, which may be anything.
    """
    match = _TOKEN.fullmatch(text)
    if match is None:
        return None
    token = tokens.get(match[1])
    stored = _NO_DIGEST if token is None else token.sha256
    return token if hmac.compare_digest(_sha256(text), stored) else None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
