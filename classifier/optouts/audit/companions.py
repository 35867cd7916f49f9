"""Checks what stands beside the events: encrypted parts and the hashes of subjects."""

import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from classifier.errors import KeysError
from classifier.optouts.audit.chain import AT_ONCE
from classifier.optouts.audit.findings import Fault, Finding
from classifier.optouts.events.event import SALT_BYTES, commitment
from classifier.optouts.sql.database import Connection
from classifier.optouts.subjects.keys import KeyRing, subject_tag
from classifier.optouts.subjects.subject import SubjectKind, bears_label
from classifier.optouts.times import now_us

_SECRETS = """
SELECT s.seq, s.key_version, s.sealed, e.commitment
FROM secrets s LEFT JOIN events e ON e.seq = s.seq
WHERE s.seq > ? ORDER BY s.seq LIMIT ?
"""
_SUBJECTS = """
SELECT e.seq, s.hash, s.key_version, s.tag
FROM events e LEFT JOIN subjects s ON s.id = e.seq
WHERE e.subject = e.seq AND e.seq > ? ORDER BY e.seq LIMIT ?
"""
_STRANGERS = """
SELECT s.id FROM subjects s LEFT JOIN events e ON e.seq = s.id AND e.subject = s.id
WHERE e.seq IS NULL AND s.id > ? ORDER BY s.id LIMIT ?
"""
_REMOVALS = """
SELECT seq, decided FROM events WHERE kind IN ({marks}) AND seq > ? ORDER BY seq LIMIT ?
"""
_GONE = """
SELECT e.seq FROM events e LEFT JOIN secrets s ON s.seq = e.seq
WHERE length(e.commitment) > 0 AND s.seq IS NULL AND e.seq > ? ORDER BY e.seq LIMIT ?
"""
_NUMBERS = "SELECT count(*), max(seq) FROM events"
_PRESENT = "SELECT seq FROM secrets WHERE seq > ? ORDER BY seq LIMIT ?"
_IN_FORCE = """
SELECT o.record, s.key_version, s.sealed
FROM opt_outs o JOIN secrets s ON s.seq = o.record
WHERE o.state = 'active' AND (o.until_us = 0 OR o.until_us > ?) AND o.record > ?
ORDER BY o.record LIMIT ?
"""
_ERASED = """
SELECT count(*) FROM events e LEFT JOIN secrets s ON s.seq = e.seq
WHERE length(e.commitment) > 0 AND s.seq IS NULL
"""


def check_secrets(connection: Connection, ring: KeyRing) -> Iterator[Finding]:
    """Yield every encrypted part that is not what its event promised.

    Args:
        connection: Of one moment.
        ring: The keys.
    """
    for seq, version, sealed, promise in _paged(connection, _SECRETS):
        try:
            plain = ring.unseal(sealed, seq, version)
        except KeysError as error:
            yield Finding(Fault.SECRET_CHANGED, seq, str(error))
            continue
        if commitment(plain[:SALT_BYTES], plain[SALT_BYTES:]) != promise:
            detail = f"the encrypted part of event {seq} is not the one that was chained"
            yield Finding(Fault.SECRET_CHANGED, seq, detail)


def check_removals(connection: Connection, erasing: Sequence[str]) -> Iterator[Finding]:
    """Yield every encrypted part that is gone though nothing erased it, or there though it was.

    Args:
        connection: Of one moment.
        erasing: Kinds of the events that erase, at least one.
    """
    removed = _removed(connection, erasing)
    for (seq,) in _paged(connection, _GONE):
        if not removed(seq):
            detail = f"the encrypted part of event {seq} is gone; no erasure and no purge names it"
            yield Finding(Fault.SECRET_LOST, seq, detail)
    for (seq,) in _paged(connection, _PRESENT):
        if removed(seq):
            detail = f"the encrypted part of event {seq} was erased or purged, and is there again"
            yield Finding(Fault.SECRET_RETURNED, seq, detail)


def _removed(connection: Connection, erasing: Sequence[str]) -> Callable[[int], bool]:
    """Return whether an event's part was erased or purged, by one bit an event: there are many."""
    ((count, highest),) = connection.query(_NUMBERS)
    # A forged number must not ask for the memory of all that would lie before it.
    last = min(highest or 0, 2 * count + AT_ONCE)
    bits = bytearray(max(last, 0) // 8 + 1)
    removals = _REMOVALS.format(marks=", ".join("?" * len(erasing)))
    for seq, decided in _paged(connection, removals, erasing):
        for gone in _named(decided):
            if 0 < gone < min(seq, last + 1):
                bits[gone >> 3] |= 1 << (gone & 7)
    return lambda seq: bool(seq >> 3 < len(bits) and bits[seq >> 3] >> (seq & 7) & 1)


def _named(decided: str) -> list[int]:
    """Return the events that an event erased; none where it was damaged, as the chain tells."""
    try:
        value = json.loads(decided)
    except (ValueError, RecursionError):
        return []
    events = value.get("events") if isinstance(value, dict) else None
    return [one for one in events if type(one) is int] if isinstance(events, list) else []


def check_subjects(connection: Connection, ring: KeyRing) -> Iterator[Finding]:
    """Yield every subject whose hash is gone, changed or made up.

    Args:
        connection: Of one moment.
        ring: The keys.
    """
    for number, digest, version, tag in _paged(connection, _SUBJECTS):
        if digest is None:
            detail = f"the hash of subject {number} is gone: no check finds it any more"
            yield Finding(Fault.SUBJECT_LOST, number, detail)
        elif version not in ring.versions:
            detail = f"the hash of subject {number} is of key version {version}, not at hand"
            yield Finding(Fault.SUBJECT_CHANGED, number, detail)
        elif not hmac.compare_digest(tag, subject_tag(ring, number, digest, version)):
            detail = f"the hash of subject {number} was changed"
            yield Finding(Fault.SUBJECT_CHANGED, number, detail)
    for (number,) in _paged(connection, _STRANGERS):
        yield Finding(Fault.SUBJECT_CHANGED, number, f"no event names subject {number}")


def count_erased(connection: Connection) -> int:
    """Return how many events had an encrypted part that is no longer there.

    Args:
        connection: Of one moment.
    """
    ((count,),) = connection.query(_ERASED)
    return int(count)


def count_labelled(connection: Connection, ring: KeyRing) -> int:
    """Return how many opt-outs in force are of a chat account by what is now read as a label.

    Args:
        connection: Of one moment, its tables sound.
        ring: The keys.
    """
    count = 0
    for record, version, sealed in _paged(connection, _IN_FORCE, (now_us(),)):
        try:
            plain = ring.unseal(sealed, record, version)[SALT_BYTES:]
        except KeysError:
            continue  # found by `check_secrets`
        if b'"chat"' in plain:
            named = json.loads(plain).get("subject", {})
            is_chat = named.get("kind") == SubjectKind.CHAT
            count += is_chat and bears_label(named["value"])
    return count


def _paged(
    connection: Connection, sql: str, values: Sequence[Any] = ()
) -> Iterator[tuple[Any, ...]]:
    last = 0
    while True:
        rows = connection.query(sql, (*values, last, AT_ONCE))
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1][0]
