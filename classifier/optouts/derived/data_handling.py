"""What is done with data and keys: lists in and out, data shown, erased, purged; from events."""

from classifier.optouts.derived.caller_cases import CALLER_CASES
from classifier.optouts.derived.caller_counts import CALLER_HOURS
from classifier.optouts.derived.case_book import CASES
from classifier.optouts.derived.opt_outs import OPT_OUTS
from classifier.optouts.derived.review_queue import REVIEWS
from classifier.optouts.events.event import Event
from classifier.optouts.events.event_kinds import DerivedTables, EventKind, unchanged
from classifier.optouts.events.tables import Table
from classifier.optouts.policy.profiles import RecordKind

LIST_IMPORTED = "list_imported"
LIST_EXPORTED = "list_exported"
LABELS_EXPORTED = "labels_exported"
SUBJECT_SHOWN = "subject_shown"
SUBJECT_EXPORTED = "subject_exported"
SUBJECT_ERASED = "subject_erased"
KEY_TAKEN = "key_taken_into_use"
KEYS_RETIRED = "keys_retired"
PURGED = "records_purged"

PROGRESS = (
    "offset_bytes", "line", "recorded", "known", "quarantined", "quarantine_bytes", "state",
)  # fmt: skip
LIST_IMPORTS = Table("list_imports", ("tenant", "digest"), ("tenant", "digest", *PROGRESS, "etag"))
"""How far the import of each list has come."""

PURGED_TABLES: dict[RecordKind, Table] = {
    RecordKind.OPT_OUT: OPT_OUTS,
    RecordKind.REVIEW: REVIEWS,
    RecordKind.CASE: CASES,
    RecordKind.CALLER_CASE: CALLER_CASES,
}
"""Kinds whose rows are named by one number."""


def _imported(event: Event, tables: DerivedTables) -> None:
    asked = event.asked()
    row = {"tenant": event.tenant, "digest": asked["digest"], "etag": event.seq}
    tables.put(LIST_IMPORTS, row | {column: asked[column] for column in PROGRESS})


def _purged(event: Event, tables: DerivedTables) -> None:
    """Remove what a purge removed; a rebuild removes the same again."""
    kind, keys = RecordKind(event.asked()["kind"]), event.outcome()["keys"]
    if kind in PURGED_TABLES:
        (column,) = PURGED_TABLES[kind].key
        for key in keys:
            tables.delete(PURGED_TABLES[kind], {column: key})
    elif kind is RecordKind.ATTEMPT:
        for key in keys:
            caller_kind, name, hour = key
            row = {"tenant": event.tenant, "kind": caller_kind, "name": name, "hour": hour}
            tables.delete(CALLER_HOURS, row)


KINDS = (
    EventKind(LIST_IMPORTED, _imported),
    EventKind(LIST_EXPORTED, unchanged),
    EventKind(LABELS_EXPORTED, unchanged),
    EventKind(SUBJECT_SHOWN, unchanged),
    EventKind(SUBJECT_EXPORTED, unchanged),
    EventKind(KEY_TAKEN, unchanged),
    EventKind(KEYS_RETIRED, unchanged),
    EventKind(SUBJECT_ERASED, unchanged, erases=True),
    EventKind(PURGED, _purged, erases=True),
)
