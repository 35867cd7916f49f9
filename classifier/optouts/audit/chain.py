"""Reads all events in order and says where the chain is broken."""

import hmac
from collections.abc import Iterator

from classifier.optouts.audit.findings import Anchor, Fault, Finding
from classifier.optouts.events.event import GENESIS, Event, chain_hash
from classifier.optouts.events.tables import EVENTS, Where
from classifier.optouts.sql.database import Connection
from classifier.optouts.sql.sql_rows import SqlRows
from classifier.optouts.sql.sql_view import head_signature, read_head
from classifier.optouts.store import Tell
from classifier.optouts.subjects.keys import KeyRing

AT_ONCE = 5000
"""Rows read at once."""


def stored_events(connection: Connection) -> Iterator[tuple[Event, bytes]]:
    """Yield every event in order with the hash that stands beside it.

    Args:
        connection: Of one moment.
    """
    last = -1 << 62
    while True:
        where = [Where("seq", ">", last)]
        rows = SqlRows(connection).select(EVENTS, EVENTS.columns, where, AT_ONCE, descending=False)
        for row in rows:
            yield Event(*row[:-1]), row[-1]
        if len(rows) < AT_ONCE:
            return
        last = rows[-1][0]


def check_chain(
    connection: Connection, ring: KeyRing, anchor: Anchor | None, tell: Tell
) -> Iterator[Finding]:
    """Yield what is wrong with the chain.

    Args:
        connection: Of one moment.
        ring: The keys.
        anchor: An earlier end of the chain that must be part of it.
        tell: Told how far it has come.
    """
    head = read_head(connection, "")
    previous: bytes | None = GENESIS
    due, anchored = 1, anchor is None or anchor.seq == 0
    for event, stored in stored_events(connection):
        if event.seq != due:
            yield Finding(Fault.EVENTS_MISSING, due, _gap(due, event.seq))
            previous = None
        if previous is not None and chain_hash(previous, event) != stored:
            detail = f"event {event.seq} does not follow from event {event.seq - 1}"
            yield Finding(Fault.EVENT_CHANGED, event.seq, f"{detail}: one of them was changed")
        if anchor is not None and event.seq == anchor.seq:
            anchored = stored.hex() == anchor.hash
        previous, due = stored, event.seq + 1
        if event.seq % AT_ONCE == 0:
            tell(event.seq, head.seq)
    if due <= head.seq:
        yield Finding(Fault.EVENTS_MISSING, due, _gap(due, head.seq + 1))
    elif due > head.seq + 1 or (previous is not None and previous != head.hash):
        yield Finding(Fault.END_FORGED, head.seq, "the events end elsewhere than the signed end")
    if not hmac.compare_digest(_signature(connection), head_signature(ring, head)):
        yield Finding(Fault.END_FORGED, head.seq, "the end of the chain was not signed by the keys")
    if not anchored and anchor is not None:
        yield Finding(Fault.ANCHOR_MISSED, anchor.seq, "the log is not the one that was anchored")


def _gap(first: int, after: int) -> str:
    if after <= first:
        return f"event {after} stands out of order"
    if after == first + 1:
        return f"event {first} was removed"
    return f"events {first} to {after - 1} were removed"


def _signature(connection: Connection) -> bytes:
    ((signature,),) = connection.query("SELECT signature FROM chain_head WHERE id = 1")
    return bytes(signature)
