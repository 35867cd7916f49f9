"""Fills an SQLite registry in bulk with the same rows that a registry writes one by one."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from classifier.optouts.derived.opt_outs import OPT_OUTS
from classifier.optouts.events.event import Event, Head, canonical, chain_hash, commitment
from classifier.optouts.events.tables import EVENTS, SECRETS, SUBJECTS, Table
from classifier.optouts.listing import Filter, list_events
from classifier.optouts.open_registry import create_registry, open_registry
from classifier.optouts.recording.subject_index import subject_row
from classifier.optouts.records import Intake, OptOutRequest
from classifier.optouts.sql.sql_view import head_signature
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.subjects.subject import Subject, SubjectKind

TENANT = "acme"
_AT_ONCE = 50_000
_FAST = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA cache_size = -3000000",
    "PRAGMA locking_mode = EXCLUSIVE",
)


def number(n: int) -> Subject:
    """Return the nth number; those below the count of records are in the registry."""
    return Subject(SubjectKind.PHONE, f"+861{n:010d}")


def request(n: int) -> OptOutRequest:
    """Return the request of the nth number."""
    return OptOutRequest(TENANT, f"r{n}", number(n), Intake.VOICE, "bot-7", text="以后不要再打了")


def fill(path: Path, ring: KeyRing, records: int, tell: Callable[[int], None]) -> None:
    """Make a registry of so many records.

    Args:
        path: Of the SQLite file; must not be there yet.
        ring: The keys; one version.
        records: How many, at least 1.
        tell: Told how many there are.
    """
    create_registry(str(path), ring)
    registry = open_registry(str(path), ring)
    registry.record(request(0))
    ((first, _hash),) = list_events(registry, Filter(TENANT))
    head = registry.store.read(lambda view: view.head())
    (opt_out,) = registry.store.read(lambda view: view.rows(OPT_OUTS))
    registry.close()
    connection = sqlite3.connect(path, isolation_level=None)
    for setting in _FAST:
        connection.execute(setting)
    for begin in range(1, records, _AT_ONCE):
        numbers = range(begin, min(begin + _AT_ONCE, records))
        head = _add(connection, ring, numbers, first, head, opt_out)
        tell(numbers.stop)
    values = (head.seq, head.hash, head_signature(ring, head))
    connection.execute("UPDATE chain_head SET seq = ?, hash = ?, signature = ?", values)
    connection.close()
    open_registry(str(path), ring).close()  # back to the write-ahead log


def _add(
    connection: sqlite3.Connection,
    ring: KeyRing,
    numbers: range,
    first: Event,
    head: Head,
    opt_out: dict[str, object],
) -> Head:
    rows: dict[Table, list[tuple[object, ...]]] = {
        table: [] for table in (EVENTS, SECRETS, SUBJECTS, OPT_OUTS)
    }
    version, digest = head.key_version, head.hash
    for n in numbers:
        seq = n + 1
        salt = os.urandom(16)
        plain = canonical({"subject": {"kind": "phone", "value": number(n).value}, "text": "x"})
        event = replace(
            first,
            seq=seq,
            time_us=first.time_us + n,
            subject=seq,
            request_id=f"r{n}",
            commitment=commitment(salt, plain.encode()),
        )
        digest = chain_hash(digest, event)
        rows[EVENTS].append((*(getattr(event, name) for name in EVENTS.columns[:-1]), digest))
        rows[SECRETS].append((seq, version, ring.seal(salt + plain.encode(), seq, version)))
        rows[SUBJECTS].append(tuple(subject_row(ring, number(n), seq, version).values()))
        own = {"record": seq, "subject": seq, "since_us": event.time_us, "etag": seq}
        rows[OPT_OUTS].append(tuple((opt_out | own).values()))
    connection.execute("BEGIN")
    for table, values in rows.items():
        marks = ", ".join("?" * len(table.columns))
        columns = ", ".join(table.columns)
        sql = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # ruff: ignore[hardcoded-sql-expression]
        connection.executemany(sql, values)
    connection.execute("COMMIT")
    return Head(numbers.stop, digest, version)
