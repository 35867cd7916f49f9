"""What is read and written of a store: a moment of it, a transaction, a lookup."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from classifier.optouts.events.event import Draft, Event, Head
from classifier.optouts.events.tables import Key, Row, Table, Where
from classifier.optouts.records import Json

Tell = Callable[[int, int], None]
"""Told how many events were read, and of how many."""


class Match(Struct, frozen=True, gc=False):
    """A record or suspension that may refuse a contact; doubtful while a review of it is open.

    Attributes:
        hash: Of the subject; empty for a suspension.
        record_id: Number of the event that made it.
        reach: ``all``, ``campaign`` or ``purpose``; of a suspension ``caller`` or ``campaign``.
        name: Of the campaign or purpose.
        channel: The one channel it is about, or empty.
        since_us: From when.
        until_us: To when, 0 for good.
    """

    hash: bytes
    record_id: int
    reach: str
    name: str
    channel: str
    since_us: int
    until_us: int
    doubtful: int


class Lookup(Struct, frozen=True, gc=False):
    """What one moment of the store says about a contact.

    Attributes:
        key_version: Newest key version in use at that moment: whoever does not hold it may have
            overlooked a subject and must not answer.
        matches: Every active record of these subjects and every suspension of caller and campaign.
    """

    key_version: int
    matches: tuple[Match, ...]


class Ahead(Struct, frozen=True, gc=False):
    """What a work is going to look for; looked up for all works of a commit together.

    Attributes:
        hashes: Of subjects.
        requests: Tenant and request id.
    """

    hashes: tuple[bytes, ...]
    requests: tuple[tuple[str, str], ...]


class View(Protocol):
    """One moment of the store: all that is read through it belongs together."""

    def rows(
        self,
        table: Table,
        where: Sequence[Where] = (),
        limit: int | None = None,
        *,
        descending: bool = False,
    ) -> list[Row]:
        """Return rows in the order of the table's key.

        Args:
            table: Which.
            where: Conditions; all must hold.
            limit: Most rows, or all.
            descending: Last first.

        Raises:
            StoreError: A row holds what the registry never writes.
        """
        ...

    def count(self, table: Table, where: Sequence[Where] = ()) -> int:
        """Return how many rows there are.

        Args:
            table: Which.
            where: Conditions; all must hold.
        """
        ...

    def events(
        self, where: Sequence[Where] = (), limit: int | None = None, *, descending: bool = False
    ) -> list[Event]:
        """Return events in order.

        Args:
            where: Conditions on the columns of `EVENTS`; all must hold.
            limit: Most events, or all.
            descending: Last first.

        Raises:
            StoreError: The time of one is none.
        """
        ...

    def event(self, seq: int) -> Event:
        """Return one event that rows or other events name.

        Args:
            seq: Its number.

        Raises:
            StoreError: It is gone.
        """
        ...

    def subject_numbers(self, hashes: Sequence[bytes]) -> dict[bytes, int]:
        """Return the numbers of those hashes that stand for a subject.

        Args:
            hashes: At least one.
        """
        ...

    def event_of_request(self, tenant: str, request_id: str) -> Event | None:
        """Return the event that a request made; None where there is none.

        Args:
            tenant: Whose.
            request_id: Not empty.
        """
        ...

    def secret(self, seq: int) -> Json | None:
        """Return the decrypted part of an event; None where it has none or it was erased.

        Args:
            seq: Number of the event.

        Raises:
            KeysError: It cannot be decrypted.
        """
        ...

    def secrets(self, seqs: Sequence[int]) -> Iterator[Json]:
        """Give the decrypted parts of those events that still have one, newest first.

        Args:
            seqs: Numbers of the events.

        Raises:
            KeysError: The one whose turn it is cannot be decrypted.
        """
        ...

    def head(self) -> Head:
        """Return the end of the chain."""
        ...


class Transaction(View, Protocol):
    """A view that also writes. Nothing is seen outside before the commit, all of it after."""

    def append(self, draft: Draft) -> Event:
        """Chain an event, encrypt its secret part, and apply it to the derived tables.

        Args:
            draft: Of a kind that the store was opened with.
        """
        ...

    def insert(self, table: Table, row: Row) -> None:
        """Add a row that is not there yet.

        Args:
            table: Which.
            row: Every column.
        """
        ...

    def put(self, table: Table, row: Row) -> None:
        """Add a row, or overwrite the one with the same key.

        Args:
            table: Which; a derived table only from within an event kind.
            row: Every column.
        """
        ...

    def delete(self, table: Table, key: Key) -> None:
        """Remove a row, where it is there.

        Args:
            table: Which.
            key: Every column of its key.
        """
        ...

    def take_key(self, version: int) -> None:
        """Use a key version for all that is written from here on, in every process.

        Args:
            version: At hand, and not in use yet.
        """
        ...
