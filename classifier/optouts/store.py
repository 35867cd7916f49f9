"""What a store promises. SQLite and PostgreSQL keep it; one suite of tests holds them to it."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from classifier.optouts.events import Draft, Event, Head
from classifier.optouts.findings import Anchor, Verification
from classifier.optouts.records import Json
from classifier.optouts.tables import Key, Row, Table, Where

T = TypeVar("T")

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


class Store(Protocol):
    """Keeps events and the tables derived from them.

    Promises, whichever the database:

    1. `write` returns after its commit is on the disk; then every `read` and `lookup` that begins
       anywhere, in any process or machine, sees it.
    2. A write is whole or not there, also after ``kill -9`` or loss of power.
    3. Events get numbers without a gap, in the order of their commits, and are never changed.
    4. Derived rows are written with their event, never without.
    5. Writers in several threads and processes wait for one another; a reader waits for nobody.
    6. After a fork the child opens connections of its own.
    7. A lost connection or a full disk is a `StoreError`; the store goes on when the cause is gone.
    """

    instant: bool
    """Whether a read takes microseconds, so that an event loop may do it itself."""

    def read(self, work: Callable[[View], T]) -> T:
        """Run work over one moment of the store.

        Args:
            work: Reads; must not keep the view.

        Raises:
            StoreError: The database cannot be read.
        """
        ...

    def write(self, work: Callable[[Transaction], T], ahead: Ahead | None = None) -> T:
        """Run work in a transaction and commit it, together with what others write just now.

        Args:
            work: Must do the same when run again: if the batch fails it is. What it raises
                undoes all that it wrote and nothing else.
            ahead: What it is going to look for; makes it faster and changes nothing.

        Raises:
            StoreError: Nothing was committed, or whether it was is unknown: ask again with the
                same request_id.
        """
        ...

    def lookup(self, tenant: str, hashes: Sequence[bytes], caller: str, campaign: str) -> Lookup:
        """Return all that may refuse a contact, as of one moment.

        Args:
            tenant: Whose records.
            hashes: Of the subjects, under every key version at hand.
            caller: Whose suspension counts; empty, that of any.
            campaign: Whose suspension counts; empty, that of any.

        Raises:
            StoreError: The database cannot be read.
        """
        ...

    def renew_keys(self) -> None:
        """Read the keys again and compare them with all that are in use before any is used.

        Raises:
            KeysError: One in use is missing or another; the keys are as they were.
            StoreError: The database cannot be read.
        """
        ...

    def scrub(self) -> str:
        """Overwrite what was erased, where nobody has to wait for that.

        Returns:
            Where the store's files may still hold it, in words; empty where they do not.

        Raises:
            StoreError: The store cannot be written.
        """
        ...

    def verify(self, anchor: Anchor | None = None, tell: Tell = ...) -> Verification:
        """Check the whole store against its events, as of one moment; writers go on meanwhile.

        Args:
            anchor: An earlier end of the chain that must be part of it.
            tell: Told how far it has come.

        Raises:
            StoreError: The store cannot be read.
        """
        ...

    def rebuild(self, tell: Tell = ...) -> int:
        """Derive every table anew from the events; checks go on meanwhile, writers wait.

        Args:
            tell: Told how far it has come.

        Returns:
            How many rows were other than they should be, at most a hundred of each table and kind.

        Raises:
            ChainBrokenError: The events cannot be believed, so nothing is derived from them.
            StoreError: The store cannot be written.
        """
        ...

    def close(self) -> None:
        """Close every connection of this process."""
        ...
