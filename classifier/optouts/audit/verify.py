"""Verifies a store, and derives its tables anew."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from classifier.errors import ChainBrokenError, StoreError
from classifier.optouts.audit.chain import check_chain
from classifier.optouts.audit.companions import (
    check_removals,
    check_secrets,
    check_subjects,
    count_erased,
    count_labelled,
)
from classifier.optouts.audit.definitions import (
    altered_sources,
    broken_tables,
    make_indexes,
    wrong_indexes,
)
from classifier.optouts.audit.findings import CHAIN_FAULTS, Anchor, Fault, Finding, Verification
from classifier.optouts.audit.shadow import shadow_tables
from classifier.optouts.audit.triggers import foreign_triggers, lost_triggers, make_triggers
from classifier.optouts.events.event_kinds import DerivedState
from classifier.optouts.sql.database import Connection, Database
from classifier.optouts.sql.migrations import table_steps
from classifier.optouts.sql.sql_view import read_head
from classifier.optouts.store import Tell
from classifier.optouts.subjects.keys import KeyRing

MOST_FINDINGS = 1000
"""Findings listed; beyond that nobody reads on."""

_STILL_WRONG = "rows would still be other than the events say; nothing was changed"


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
    with database.snapshot() as connection, database.damaged_texts():
        head = read_head(connection, "")
        findings = list(islice(check_chain(connection, ring, anchor, tell), MOST_FINDINGS))
        findings += foreign_triggers(connection, database)
        findings += lost_triggers(connection, database)
        findings += altered_sources(connection, database, state)
        findings += wrong_indexes(connection, database)
        broken = broken_tables(connection, database, state)
        sound = not broken and all(finding.fault not in CHAIN_FAULTS for finding in findings)
        findings += [Finding(Fault.ROW_DIFFERS, 0, detail) for detail in broken.values()]
        # To its end, which drops tables.
        findings += list(_beside(connection, database, ring, state, tell, sound=sound))
        return Verification(
            anchor=Anchor(head.seq, head.hash.hex()),
            erased=count_erased(connection),
            findings=tuple(map(_printable, findings[:MOST_FINDINGS])),
            complete=sound and len(findings) < MOST_FINDINGS,
            labelled=count_labelled(connection, ring) if sound else 0,
        )


def rebuild_store(database: Database, ring: KeyRing, state: DerivedState, tell: Tell) -> int:
    """Derive every table anew from the events; checks go on meanwhile, writers wait.

    On PostgreSQL checks wait too where a table itself has to be made anew.

    Args:
        database: Of the store.
        ring: The keys.
        state: What events change.
        tell: Told how far it has come.

    Returns:
        How many rows were other than they should be, at most a hundred of each table and kind.

    Raises:
        ChainBrokenError: The events cannot be believed, so nothing is derived from them.
        StoreError: The store cannot be written, or something beside the registry writes with it.
    """
    with database.writing() as connection, database.damaged_texts():
        read_head(connection, database.lock_head)
        for finding in check_chain(connection, ring, None, tell):
            raise ChainBrokenError(finding.detail)
        for finding in foreign_triggers(connection, database):
            raise StoreError(f"{finding.detail}, then rebuild; nothing was changed")
        home = database.home_schema(connection)
        for broken in broken_tables(connection, database, state):
            connection.send(f"DROP TABLE IF EXISTS {home}.{broken}")
            for step in table_steps(database, broken):
                connection.send(step)
        make_indexes(connection, database)
        make_triggers(connection, database)
        wrong = 0
        shadow = shadow_tables(connection, database, state, tell)
        for table in shadow.tables:
            differences = len(list(shadow.differences(table)))
            if differences:
                shadow.replace(table)
            wrong += differences
        if wrong and any(True for table in shadow.tables for _row in shadow.differences(table)):
            raise StoreError(f"{database.name}: {_STILL_WRONG}")
        shadow.drop()
        return wrong


def _printable(finding: Finding) -> Finding:
    """Write what is no UTF-8 in a name, such as a trigger's, as a terminal takes it."""
    return replace(finding, detail=finding.detail.encode(errors="backslashreplace").decode())


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
