"""Which key versions a store is using, and the proof that the right keys are at hand."""

import hmac

from classifier.errors import KeysError, SchemaError
from classifier.optouts.events.event import GENESIS, Head
from classifier.optouts.sql.database import Connection
from classifier.optouts.sql.sql_view import head_signature
from classifier.optouts.subjects.keys import KeyRing

_IN_USE = """
SELECT version, proof, key_version FROM key_checks LEFT JOIN chain_head ON id = 1 ORDER BY version
"""


def check_keys(connection: Connection, ring: KeyRing) -> None:
    """Refuse to go on with a missing or wrong key; the ring knows those in use as proven.

    Args:
        connection: Of a store that was made.
        ring: The keys at hand.

    Raises:
        KeysError: A version in use is missing, or is another key than before.
        SchemaError: The newest version is not among those in use: rows were removed.
    """
    in_use = connection.query(_IN_USE)
    for version, proof, _newest in in_use:
        if not hmac.compare_digest(proof, ring.proof(version)):
            message = f"key version {version} is not the one that this registry was made with"
            raise KeysError(message)
    proven = frozenset(version for version, _proof, _newest in in_use)
    if in_use and in_use[0][2] is None:
        raise SchemaError("the head of the chain is gone; restore a backup")
    if not in_use or in_use[0][2] not in proven:
        raise SchemaError("rows of the table key_checks were removed; restore a backup")
    ring.proven = proven


def begin_chain(connection: Connection, ring: KeyRing) -> None:
    """Take the newest key into use and sign the end of a chain without events.

    Args:
        connection: In a transaction that writes, of a store that is being made.
        ring: The keys at hand.
    """
    head = Head(0, GENESIS, max(ring.versions))
    sql = "INSERT INTO key_checks (version, proof) VALUES (?, ?)"
    connection.send(sql, (head.key_version, ring.proof(head.key_version)))
    sql = "INSERT INTO chain_head (id, seq, hash, key_version, signature) VALUES (1, ?, ?, ?, ?)"
    connection.send(sql, (head.seq, head.hash, head.key_version, head_signature(ring, head)))
