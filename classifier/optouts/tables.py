"""Tables as the registry sees them: a name, a key, columns. Migrations create them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Row = dict[str, Any]
"""Column to value: str, int or bytes."""

Key = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table; each is made once, so two are the same where they are one object.

    Attributes:
        name: In the database.
        key: Columns that name a row.
        columns: All columns, the key's included.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """One condition on a column.

    Attributes:
        column: Of the table that is asked.
        operator: How it compares; ``in`` takes a list that is not empty.
        value: With what.
    """

    column: str
    operator: Literal["=", "<>", "<", "<=", ">", ">=", "in"]
    value: Any


EVENTS = Table(
    "events",
    ("seq",),
    (
        "seq", "time_us", "kind", "actor", "tenant", "subject", "request_id",
        "payload", "decided", "commitment", "hash",
    ),
)  # fmt: skip
"""Append-only; rows are never changed or removed."""

SECRETS = Table("secrets", ("seq",), ("seq", "key_version", "sealed"))
"""The encrypted part of an event, beside it so that it can be erased."""

SUBJECTS = Table("subjects", ("id",), ("id", "hash", "key_version", "tag"))
"""Keyed hash of a subject to its number; the tag binds the two under the audit key."""

KEY_CHECKS = Table("key_checks", ("version",), ("version", "proof"))
"""Key versions in use, each with a proof that tells a wrong key."""
