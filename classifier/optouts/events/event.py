"""Events, the truth of the registry, and the hash chain that joins them."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn

from msgspec import Struct

from classifier.errors import StoreError
from classifier.optouts.records import Json

_quoted: Callable[[str], str] = json.encoder.encode_basestring
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))

SALT_BYTES = 16
"""Length of the salt that is encrypted in front of a secret part."""

GENESIS = bytes(32)
"""What the first event is chained to."""

NEW_SUBJECT = -1
"""As a draft's subject: one not seen before; its number becomes that of the event."""


class Head(Struct, frozen=True, gc=False):
    """The end of the chain.

    Attributes:
        seq: Number of the last event; 0 where there is none.
        hash: Its chain hash.
        key_version: Newest key version in use.
    """

    seq: int
    hash: bytes
    key_version: int


@dataclass(frozen=True, slots=True)
class Draft:
    """An event about to be appended.

    Attributes:
        kind: Such as ``opt_out_recorded``; one of the kinds that the store was opened with.
        tenant: In whose part of the registry it happens; empty for the registry itself.
        actor: Who does it.
        subject: Number of the subject, 0 for none, `NEW_SUBJECT` for one not seen before.
        request_id: Unique in its tenant, or empty.
        payload: What was asked. No personal data: this part can never be erased.
        decided: What the registry made of it, such as the scope after policy. The same rule.
        secret: Personal data, encrypted beside the event and erasable; only a commitment to it
            is chained.
    """

    kind: str
    tenant: str
    actor: str
    subject: int = 0
    request_id: str = ""
    payload: Json = field(default_factory=dict)
    decided: Json = field(default_factory=dict)
    secret: Json | None = None


class Event(Struct, frozen=True, gc=False):
    """An event that was appended, as the chain covers it.

    Attributes:
        seq: 1, 2, 3 and so on, without a gap.
        time_us: When it was appended, microseconds since 1970.
        kind: See `Draft`.
        actor: See `Draft`.
        tenant: See `Draft`.
        subject: Number of the subject, or 0.
        request_id: See `Draft`.
        payload: Canonical JSON.
        decided: Canonical JSON.
        commitment: SHA-256 of a random salt and the secret part, or empty. The salt is encrypted
            with the secret part: when that is erased, the commitment says nothing any more.
    """

    seq: int
    time_us: int
    kind: str
    actor: str
    tenant: str
    subject: int
    request_id: str
    payload: str
    decided: str
    commitment: bytes

    def asked(self) -> Json:
        """Return the payload.

        Raises:
            StoreError: It was damaged; so says the error of a field that is not in it.
        """
        return _Part(self.seq, self.payload)

    def outcome(self) -> Json:
        """Return what was decided.

        Raises:
            StoreError: See `asked`.
        """
        return _Part(self.seq, self.decided)


class _Part(Json):
    """A part of an event. Whoever takes out what every event of its kind has alters the log."""

    def __init__(self, seq: int, text: str) -> None:
        try:
            super().__init__(_decoded(text))
        except (ValueError, TypeError, RecursionError):  # is no JSON object
            raise StoreError(unreadable(seq)) from None
        self._seq = seq

    def __missing__(self, name: str) -> NoReturn:
        raise StoreError(unreadable(self._seq))


def unreadable(seq: int) -> str:
    """Return what to say of an event that is not as it was appended.

    Args:
        seq: Its number.
    """
    return f"event {seq} cannot be read; run `wurao optouts verify`, restore a backup"


@lru_cache(4096)
def _decoded(text: str) -> Json:
    # Several appliers read the same event, and many events decide the same.
    result: Json = json.loads(text)
    return result


def canonical(value: object) -> str:
    """Return JSON that is the same for equal values: sorted keys, no spaces.

    Args:
        value: Of JSON types.
    """
    return _ENCODER.encode(value)


def chain_hash(previous: bytes, event: Event) -> bytes:
    """Return SHA-256 over the hash before and the canonical bytes of an event.

    Args:
        previous: 32 bytes, `GENESIS` for the first event.
        event: The one to chain.
    """
    # The canonical JSON of the fields as a list; put together by hand, it costs a third.
    text = (
        f"[{event.seq},{event.time_us},{_quoted(event.kind)},{_quoted(event.actor)},"
        f"{_quoted(event.tenant)},{event.subject},{_quoted(event.request_id)},"
        f'{_quoted(event.payload)},{_quoted(event.decided)},"{event.commitment.hex()}"]'
    )
    # What is no UTF-8 is in no event that was appended, so it must not pass for one of those.
    return hashlib.sha256(previous + text.encode(errors="surrogateescape")).digest()


def commitment(salt: bytes, secret: bytes) -> bytes:
    """Return what is chained in place of a secret part.

    Args:
        salt: `SALT_BYTES` random bytes.
        secret: Its canonical JSON.
    """
    return hashlib.sha256(salt + secret).digest()
