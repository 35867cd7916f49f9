"""The store over SQL; one suite of tests holds SQLite and PostgreSQL to the same promises."""

import logging
from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeVar

from classifier.errors import StoreError, StoreMissingError
from classifier.optouts.audit.findings import Anchor, Verification
from classifier.optouts.audit.verify import rebuild_store, verify_store
from classifier.optouts.events.event_kinds import DerivedState
from classifier.optouts.events.tables import EVENTS, KEY_CHECKS, SECRETS, SUBJECTS
from classifier.optouts.sql.database import Ask, Connection, Database
from classifier.optouts.sql.group_commit import Batch, GroupCommit
from classifier.optouts.sql.key_checks import begin_chain, check_keys
from classifier.optouts.sql.migrations import migrate, require_tables
from classifier.optouts.sql.sql_view import SqlTransaction, SqlView
from classifier.optouts.store import Ahead, Lookup, Match, Tell, Transaction, View
from classifier.optouts.subjects.keys import KeyRing

T = TypeVar("T")

_log = logging.getLogger(__name__)

_LOOKUP = """
SELECT 'head', CAST(NULL AS BYTEA), key_version, '', '', '', 0, 0, 0 FROM chain_head WHERE id = 1
UNION ALL
SELECT 'suspension', CAST(NULL AS BYTEA), record, kind, name, '', since_us, 0, 0
FROM suspensions WHERE tenant = ? AND kind = 'caller' AND name {caller} ?
UNION ALL
SELECT 'suspension', CAST(NULL AS BYTEA), record, kind, name, '', since_us, 0, 0
FROM suspensions WHERE tenant = ? AND kind = 'campaign' AND name {campaign} ?
UNION ALL
SELECT 'opt_out', s.hash, o.record, o.reach, o.name, o.channel, o.since_us, o.until_us, o.doubtful
FROM subjects s {active_records}
WHERE s.hash IN ({marks})
"""
_MOST_MARKS = 512
UNDERIVED = (EVENTS.name, SECRETS.name, SUBJECTS.name, KEY_CHECKS.name, "chain_head")
"""Tables that a rebuild cannot make anew: without one of them no store is opened."""


def _in_silence(done: int, total: int) -> None:
    """Tell nobody."""


class SqlStore:
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

    def __init__(self, database: Database, ring: KeyRing, state: DerivedState) -> None:
        """Open a store that was made: bring its tables up to date and check the keys.

        Args:
            database: Where it is.
            ring: The keys.
            state: What events change.

        Raises:
            StoreMissingError: No store was made there.
            StoreError: It cannot be opened, would not keep what is written, or is newer than this
                program.
            KeysError: A key version in use is missing or wrong.
        """
        self.instant = database.instant
        self._database = database
        self._ring = ring
        self._state = state
        if not database.holds_store():
            raise StoreMissingError(database.name)
        with database.writing() as connection:
            _refuse_flaw(connection, database)
            migrate(connection, database)
            require_tables(connection, database, UNDERIVED)
            check_keys(connection, ring)
            for risk in database.risks(connection).values():
                _log.warning("%s; %s", risk.problem, risk.remedy)
        self._group = GroupCommit(self._commit)

    def read(self, work: Callable[[View], T]) -> T:
        """Run work over one moment of the store.

        Args:
            work: Reads; must not keep the view.

        Raises:
            StoreError: The database cannot be read.
        """
        with self._database.snapshot() as connection:
            return work(SqlView(connection, self._ring))

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
        return self._group.run(work, ahead)

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
        if len(hashes) <= _MOST_MARKS:
            return self._look_up(self._database.ask, tenant, hashes, caller, campaign)
        parts = []
        with self._database.snapshot() as connection:
            for start in range(0, len(hashes), _MOST_MARKS):
                part = hashes[start : start + _MOST_MARKS]
                parts.append(self._look_up(connection.query, tenant, part, caller, campaign))
        matches = tuple(match for part in parts for match in part.matches)
        return Lookup(parts[0].key_version, matches)

    def renew_keys(self) -> None:
        """Read the keys again and compare them with all that are in use before any is used.

        Raises:
            KeysError: One in use is missing or another; the keys are as they were.
            StoreError: The database cannot be read.
        """
        with self._database.snapshot() as connection:
            self._renew_keys(connection)

    def scrub(self) -> str:
        """Overwrite what was erased, where nobody has to wait for that.

        Returns:
            Where the store's files may still hold it, in words; empty where they do not.

        Raises:
            StoreError: The store cannot be written.
        """
        return self._database.scrub().value

    def verify(self, anchor: Anchor | None = None, tell: Tell = _in_silence) -> Verification:
        """Check the whole store against its events, as of one moment; writers go on meanwhile.

        Args:
            anchor: An earlier end of the chain that must be part of it.
            tell: Told how far it has come.

        Raises:
            StoreError: The store cannot be read.
        """
        return verify_store(self._database, self._ring, self._state, anchor, tell)

    def rebuild(self, tell: Tell = _in_silence) -> int:
        """Derive every table anew from the events; checks go on meanwhile, writers wait.

        Args:
            tell: Told how far it has come.

        Returns:
            How many rows were other than they should be, at most a hundred of each table and kind.

        Raises:
            ChainBrokenError: The events cannot be believed, so nothing is derived from them.
            StoreError: The store cannot be written.
        """
        return rebuild_store(self._database, self._ring, self._state, tell)

    def close(self) -> None:
        """Close every connection of this process."""
        self._database.close()

    def _look_up(
        self, ask: Ask, tenant: str, hashes: Sequence[bytes], caller: str, campaign: str
    ) -> Lookup:
        width = 1 << max(len(hashes) - 1, 0).bit_length()  # few widths: statements stay prepared
        missing = [b""] * (width - len(hashes))
        named = bool(caller), bool(campaign)
        statement = _lookup_statement(self._database.active_records, width, *named)
        key_version, matches = 0, []
        for what, digest, number, *rest in ask(
            statement, [tenant, caller, tenant, campaign, tenant, *hashes, *missing]
        ):
            if what == "head":
                key_version = number
            else:
                matches.append(Match(digest or b"", number, *rest))
        return Lookup(key_version, tuple(matches))

    def _commit(self, run_all: Callable[[Batch], None]) -> None:
        with self._database.writing() as connection:
            lock = self._database.lock_head
            transaction = SqlTransaction(connection, self._ring, self._state, lock)
            if transaction.head().key_version not in self._ring.proven:
                self._renew_keys(connection)
            run_all(transaction)
            transaction.finish()

    def _renew_keys(self, connection: Connection) -> None:
        self._ring.reload(lambda fresh: check_keys(connection, fresh))


def make_store(database: Database, ring: KeyRing) -> None:
    """Make a new, empty store under the newest key.

    Args:
        database: Where.
        ring: The keys.

    Raises:
        StoreError: There is one already, or the database cannot be written or keep texts.
    """
    if database.holds_store():
        raise StoreError(f"{database.name}: holds a registry already; it is as it was")
    database.make_place()
    with database.writing() as connection:
        _refuse_flaw(connection, database)
        migrate(connection, database)
        begin_chain(connection, ring)


def _refuse_flaw(connection: Connection, database: Database) -> None:
    if flaw := database.flaw(connection):
        raise StoreError(f"{flaw.problem}; {flaw.remedy}")


@cache
def _lookup_statement(active_records: str, width: int, caller: bool, campaign: bool) -> str:
    return _LOOKUP.format(
        active_records=active_records,
        marks=", ".join("?" * width),
        # Who names none may mean any: whatever is suspended counts.
        caller="=" if caller else "<>",
        campaign="=" if campaign else "<>",
    )
