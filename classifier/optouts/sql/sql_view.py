"""A moment of an SQL store, and a transaction on it."""

import json
import os
from collections.abc import Iterator, Sequence
from itertools import starmap
from operator import attrgetter
from typing import Any

from classifier.errors import StoreError
from classifier.optouts.events.event import (
    NEW_SUBJECT,
    SALT_BYTES,
    Draft,
    Event,
    Head,
    canonical,
    chain_hash,
    commitment,
    unreadable,
)
from classifier.optouts.events.event_kinds import DerivedState
from classifier.optouts.events.tables import EVENTS, KEY_CHECKS, LATEST_US, SECRETS, SUBJECTS, Where
from classifier.optouts.records import Json
from classifier.optouts.sql.database import Connection
from classifier.optouts.sql.sql_rows import SqlRows
from classifier.optouts.store import Ahead
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.times import now_us

_AT_ONCE = 500  # values in one statement
_MOST_EVENTS = 1 << 62
_EVENT_COLUMNS = EVENTS.columns[:-1]
_fields_of = attrgetter(*_EVENT_COLUMNS)


class SqlView(SqlRows):
    """Reads."""

    def __init__(self, connection: Connection, ring: KeyRing) -> None:
        """Read through a connection.

        Args:
            connection: Of which all statements see the same moment.
            ring: Opens what is encrypted.
        """
        super().__init__(connection)
        self._ring = ring

    def events(
        self, where: Sequence[Where] = (), limit: int | None = None, *, descending: bool = False
    ) -> list[Event]:
        """See `store.View.events`.

        Raises:
            StoreError: The time of one is none.
        """
        found = self.select(EVENTS, _EVENT_COLUMNS, where, limit, descending)
        events = list(starmap(Event, found))
        for event in events:
            if not 0 <= event.time_us <= LATEST_US:
                raise StoreError(unreadable(event.seq))
        return events

    def event(self, seq: int) -> Event:
        """See `store.View.event`.

        Raises:
            StoreError: It is gone.
        """
        for event in self.events([Where("seq", "=", seq)]):
            return event
        raise StoreError(f"event {seq} is gone; run `wurao optouts verify`, restore a backup")

    def subject_numbers(self, hashes: Sequence[bytes]) -> dict[bytes, int]:
        """See `store.View.subject_numbers`."""
        rows = self.rows(SUBJECTS, [Where("hash", "in", list(hashes))])
        return {row["hash"]: row["id"] for row in rows}

    def event_of_request(self, tenant: str, request_id: str) -> Event | None:
        """See `store.View.event_of_request`."""
        for event in self.events(_requests(tenant, [request_id])):
            return event
        return None

    def secret(self, seq: int) -> Json | None:
        """See `store.View.secret`."""
        return next(self.secrets([seq]), None)

    def secrets(self, seqs: Sequence[int]) -> Iterator[Json]:
        """See `store.View.secrets`."""
        for part in _parts(sorted(seqs, reverse=True)):
            for row in self.rows(SECRETS, [Where("seq", "in", part)], descending=True):
                plain = self._ring.unseal(row["sealed"], row["seq"], row["key_version"])
                yield json.loads(plain[SALT_BYTES:])

    def head(self) -> Head:
        """See `store.View.head`."""
        return read_head(self._connection, "")


class SqlTransaction(SqlView):
    """Reads and writes; knows the end of the chain, which it holds locked."""

    def __init__(
        self, connection: Connection, ring: KeyRing, state: DerivedState, lock_head: str
    ) -> None:
        """Lock the chain and read where it ends.

        Args:
            connection: In a transaction that writes.
            ring: Encrypts and signs.
            state: What events change.
            lock_head: Added to the statement that reads the head.

        Raises:
            StoreError: The chain ends at no number that an event can have.
        """
        super().__init__(connection, ring)
        self._state = state
        self._no_subject: set[bytes] = set()
        self._no_request: set[tuple[str, str]] = set()
        self._head = self._sealed_head = read_head(connection, lock_head)
        if not 0 <= self._head.seq < _MOST_EVENTS:
            problem = "the end of the chain was altered; run `wurao optouts verify`"
            raise StoreError(f"{problem}, restore a backup")

    def head(self) -> Head:
        """See `store.View.head`."""
        return self._head

    def look_ahead(self, wanted: Sequence[Ahead]) -> None:
        """Find out at once what several works will look for in vain.

        Nobody else writes meanwhile, so what is not there stays so until it is written here.

        Args:
            wanted: By each work.
        """
        hashes = {digest for ahead in wanted for digest in ahead.hashes}
        requests = {request for ahead in wanted for request in ahead.requests}
        for part in _parts(sorted(hashes)):
            hashes -= super().subject_numbers(part).keys()
        for tenant in {tenant for tenant, _ in requests}:
            for part in _parts(sorted(name for whose, name in requests if whose == tenant)):
                found = self.select(
                    EVENTS, ("request_id",), _requests(tenant, part), None, descending=False
                )
                requests -= {(tenant, name) for (name,) in found}
        self._no_subject, self._no_request = hashes, requests

    def subject_numbers(self, hashes: Sequence[bytes]) -> dict[bytes, int]:
        """See `store.View.subject_numbers`."""
        left = [digest for digest in hashes if digest not in self._no_subject]
        return super().subject_numbers(left) if left else {}

    def event_of_request(self, tenant: str, request_id: str) -> Event | None:
        """See `store.View.event_of_request`."""
        if (tenant, request_id) in self._no_request:
            return None
        return super().event_of_request(tenant, request_id)

    def append(self, draft: Draft) -> Event:
        """See `store.Transaction.append`."""
        seq = self._head.seq + 1
        promise, sealed = self._seal(draft.secret, seq)
        event = Event(
            seq=seq,
            time_us=now_us(),
            kind=draft.kind,
            actor=draft.actor,
            tenant=draft.tenant,
            subject=seq if draft.subject == NEW_SUBJECT else draft.subject,
            request_id=draft.request_id,
            payload=canonical(draft.payload),
            decided=canonical(draft.decided),
            commitment=promise,
        )
        self._no_request.discard((event.tenant, event.request_id))
        digest = chain_hash(self._head.hash, event)
        self.insert_values(EVENTS, (*_fields_of(event), digest))
        self._head = Head(seq, digest, self._head.key_version)
        if sealed is not None:
            self.insert_values(SECRETS, (seq, self._head.key_version, sealed))
        self._state.apply(event, self)
        return event

    def take_key(self, version: int) -> None:
        """See `store.Transaction.take_key`."""
        self.insert(KEY_CHECKS, {"version": version, "proof": self._ring.proof(version)})
        self._head = Head(self._head.seq, self._head.hash, version)

    def finish(self) -> None:
        """Sign the end of the chain, once for all that was appended."""
        if self._head != self._sealed_head:
            head = self._head
            self._connection.send(
                "UPDATE chain_head SET seq = ?, hash = ?, key_version = ?, signature = ?"
                " WHERE id = 1",
                (head.seq, head.hash, head.key_version, head_signature(self._ring, head)),
            )

    def _write(self, sql: str, values: Sequence[Any]) -> None:
        self._no_subject.difference_update(values)  # no hash that is written is missing any more
        super()._write(sql, values)

    def _seal(self, secret: Json | None, seq: int) -> tuple[bytes, bytes | None]:
        if secret is None:
            return b"", None
        salt, plain = os.urandom(SALT_BYTES), canonical(secret).encode()
        sealed = self._ring.seal(salt + plain, seq, self._head.key_version)
        return commitment(salt, plain), sealed


def read_head(connection: Connection, lock: str) -> Head:
    """Return where the chain ends.

    Args:
        connection: To read through.
        lock: Added to the statement.

    Raises:
        StoreError: There is no head: rows were removed.
    """
    rows = connection.query(f"SELECT seq, hash, key_version FROM chain_head WHERE id = 1{lock}")
    if not rows:
        message = "the head of the chain is gone: the tables were tampered with"
        raise StoreError(f"{message}; restore a backup")
    return Head(*rows[0])


def head_signature(ring: KeyRing, head: Head) -> bytes:
    """Return what only a holder of the keys can write beside a head.

    Args:
        ring: Holds the head's key version.
        head: To sign.
    """
    message = canonical(["head", head.seq, head.hash.hex(), head.key_version]).encode()
    return ring.signature(message, head.key_version)


def _requests(tenant: str, request_ids: Sequence[str]) -> list[Where]:
    return [
        Where("tenant", "=", tenant),
        Where("request_id", "in", request_ids),
        Where("request_id", "<>", ""),  # lets the partial index be used
    ]


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
