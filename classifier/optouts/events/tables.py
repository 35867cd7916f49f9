"""Tables as the registry sees them: a name, a key, columns. Migrations create them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Row = dict[str, Any]
"""Column to value: str, int or bytes."""

Key = Mapping[str, Any]

LATEST_US = 253_402_214_400_000_000
"""No time of a row is after it: microseconds from 1970 to the last day of the year 9999."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table; each is made once, so two are the same where they are one object.

    Attributes:
        name: In the database.
        key: Columns that name a row.
        columns: All columns, the key's included.
        words: Column to all that may stand in it, where that is a fixed set.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    words: Mapping[str, Collection[str]] = field(default_factory=dict)


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


def of_subject(number: int, tenant: str | None = None) -> list[Where]:
    """Return the conditions on rows about a subject; their partial index asks for the second.

    Args:
        number: Of the subject; 0, which is none, has no rows.
        tenant: Of this tenant alone; None for all.
    """
    where = [Where("subject", "=", number), Where("subject", "<>", 0)]
    return where if tenant is None else [*where, Where("tenant", "=", tenant)]


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
