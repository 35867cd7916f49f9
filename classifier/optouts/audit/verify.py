"""Verifies a store, and derives its tables anew."""

from collections.abc import Iterator
from itertools import islice

from classifier.errors import ChainBrokenError
from classifier.optouts.audit.chain import check_chain
from classifier.optouts.audit.companions import (
    check_removals,
    check_secrets,
    check_subjects,
    count_erased,
)
from classifier.optouts.audit.shadow import lost_tables, shadow_tables
from classifier.optouts.database import Connection, Database
from classifier.optouts.event_kinds import DerivedState
from classifier.optouts.findings import CHAIN_FAULTS, Anchor, Fault, Finding, Verification
from classifier.optouts.keys import KeyRing
from classifier.optouts.migrations import make_table
from classifier.optouts.sql_view import read_head
from classifier.optouts.store import Tell

MOST_FINDINGS = 1000
"""Findings listed; beyond that nobody reads on."""

_LOST = "the table is gone; `wurao optouts rebuild` makes it anew"


def verify_store(
    database: Database, ring: KeyRing, state: DerivedState, anchor: Anchor | None, tell: Tell
) -> Verification:
    """Check a store against its events, as of one moment; writers go on meanwhile.

    Args:
        database: Of the store.
        ring: The keys.
        state: What events change.
        anchor: An earlier end of the chain that must be part of it.
        tell: Told how far it has come.

    Raises:
        StoreError: The store cannot be read.
    """
    with database.snapshot() as connection:
        head = read_head(connection, "")
        findings = list(islice(check_chain(connection, ring, anchor, tell), MOST_FINDINGS))
        lost = lost_tables(connection, database, state)
        sound = not lost and all(finding.fault not in CHAIN_FAULTS for finding in findings)
        findings += [Finding(Fault.ROW_DIFFERS, 0, f"{table}: {_LOST}") for table in lost]
        more = _beside(connection, database, ring, state, tell, sound=sound)
        findings += list(more)[: MOST_FINDINGS - len(findings)]  # to its end, which drops tables
        return Verification(
            anchor=Anchor(head.seq, head.hash.hex()),
            erased=count_erased(connection),
            findings=tuple(findings),
            complete=sound and len(findings) < MOST_FINDINGS,
        )


def rebuild_store(database: Database, ring: KeyRing, state: DerivedState, tell: Tell) -> int:
    """Derive every table anew from the events; checks go on meanwhile, writers wait.

    Args:
        database: Of the store.
        ring: The keys.
        state: What events change.
        tell: Told how far it has come.

    Returns:
        How many rows were other than they should be, at most a hundred of each table and kind.

    Raises:
        ChainBrokenError: The events cannot be believed, so nothing is derived from them.
        StoreError: The store cannot be written.
    """
    with database.writing() as connection:
        read_head(connection, database.lock_head)
        for finding in check_chain(connection, ring, None, tell):
            raise ChainBrokenError(finding.detail)
        for lost in lost_tables(connection, database, state):
            make_table(connection, database, lost)
        wrong = 0
        shadow = shadow_tables(connection, database, state, tell)
        for table in shadow.tables:
            differences = len(list(shadow.differences(table)))
            if differences:
                shadow.replace(table)
            wrong += differences
        shadow.drop()
        return wrong


def _beside(
    connection: Connection,
    database: Database,
    ring: KeyRing,
    state: DerivedState,
    tell: Tell,
    *,
    sound: bool,
) -> Iterator[Finding]:
    yield from check_secrets(connection, ring)
    yield from check_removals(connection, state.erasing)
    yield from check_subjects(connection, ring)
    if sound:
        shadow = shadow_tables(connection, database, state, tell)
        for table in shadow.tables:
            yield from shadow.differences(table)
        shadow.drop()
