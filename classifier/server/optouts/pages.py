"""Pages of a list: where one begins, and the token that leads to the next."""

import base64
import hmac
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from google.protobuf.message import Message

from classifier.errors import KeysError
from classifier.optouts.events.event import canonical
from classifier.optouts.subjects.keys import KeyRing
from classifier.server.optouts.reading import Reading

T = TypeVar("T")
M = TypeVar("M", bound=Message)

_DEFAULT_PAGE = 100
_MAX_PAGE = 1_000
_MOST_BYTES = 4_000_000  # clients stop at 4 MiB by default; token and lengths take some too
_MAC_BYTES = 16
_LONGEST_TOKEN = 2_000  # a name of 200 characters and its kind


class ListRequest(Protocol):
    """What every request for a list has."""

    page_size: int
    page_token: str

    def SerializeToString(self, *, deterministic: bool) -> bytes:
        """Return its bytes.

        Args:
            deterministic: Whether equal messages give equal bytes.
        """
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """The page that a request asks for.

    Attributes:
        limit: Most entries, 1 to 1,000.
        after: Place of the last entry of the page before, as it was given to `token`; empty for
            the first page.
        asked: The request without size and token: what a token is good for.
        ring: The keys that sign tokens.
    """

    limit: int
    after: tuple[Any, ...]
    asked: bytes
    ring: KeyRing

    @property
    def last(self) -> int:
        """Number of the last entry of the page before; 0 for the first page."""
        return int(self.after[0]) if self.after else 0

    def after_all(
        self,
        found: Sequence[T],
        place: Callable[[T], tuple[int | str, ...]],
        sent: int | None = None,
    ) -> str:
        """Return the token of the page after these entries; empty where they do not fill this one.

        Args:
            found: Entries of this page.
            place: Of an entry in the list.
            sent: How many of them, from the first, one answer holds; None where it holds all.
        """
        if sent is not None and sent < len(found):
            return self.token(*place(found[sent - 1]))
        return self.token(*place(found[-1])) if len(found) == self.limit else ""

    def token(self, *place: int | str) -> str:
        """Return the token of the next page. It is good for the same call and filter alone.

        Args:
            place: Of this page's last entry.
        """
        version = min(self.ring.versions)  # the newest may not be on every machine yet
        said = f"{version}.{canonical(place)}".encode()
        mac = _mac(self.ring, self.asked, said, version)
        return base64.urlsafe_b64encode(mac + said).decode().rstrip("=")


def fitting(entries: Iterable[M]) -> list[M]:
    """Return as many entries as an answer holds that every client takes, at least the first.

    Args:
        entries: Of a page, as they are sent.
    """
    sent, size_bytes = list[M](), 0
    for entry in entries:
        size_bytes += entry.ByteSize()
        if sent and size_bytes > _MOST_BYTES:
            break
        sent.append(entry)
    return sent


def read_page(reading: Reading, request: ListRequest) -> Page:
    """Return the page that a request asks for; notes a size or token that is not to be had.

    Args:
        reading: Of the request.
        request: As it came.
    """
    size, token, ring = request.page_size, request.page_token, reading.ring
    if not 0 <= size <= _MAX_PAGE:
        reading.refuse("page_size", f"must be from 1 to {_MAX_PAGE:,}; 0 takes {_DEFAULT_PAGE}")
    asked = _without_page(request)
    after: tuple[Any, ...] = ()
    if token:
        found = _place(token, ring, asked)
        if found is None:
            reading.refuse(
                "page_token",
                "does not belong to this call with these filters; send the filters of the page "
                "before, or no token to begin anew",
            )
        after = found or ()
    return Page(size or _DEFAULT_PAGE, after, asked, ring)


def _without_page(request: ListRequest) -> bytes:
    assert isinstance(request, Message)  # ruff: ignore[assert]
    bare = type(request)()
    bare.CopyFrom(request)
    bare.ClearField("page_size")
    bare.ClearField("page_token")
    name = bare.DESCRIPTOR.full_name.encode()
    return name + b"\0" + bare.SerializeToString(deterministic=True)


def _place(token: str, ring: KeyRing, asked: bytes) -> tuple[Any, ...] | None:
    if len(token) > _LONGEST_TOKEN:
        return None
    try:
        raw = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), b"-_", validate=True)
        mac, said = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        version, _, place = said.partition(b".")
        if not hmac.compare_digest(mac, _mac(ring, asked, said, int(version))):
            return None
        return tuple(json.loads(place))
    except (ValueError, KeysError, TypeError):  # a TypeError: of an older server, no list
        return None


def _mac(ring: KeyRing, asked: bytes, said: bytes, version: int) -> bytes:
    message = canonical(["page", asked.hex(), said.hex()]).encode()
    return ring.signature(message, version)[:_MAC_BYTES]
