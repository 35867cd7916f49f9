"""How far the import of each list has come, and which lists went out; derived from events."""

from classifier.optouts.events.event import Event
from classifier.optouts.events.event_kinds import DerivedTables, EventKind, unchanged
from classifier.optouts.events.tables import Table

IMPORTED = "list_imported"
EXPORTED = "list_exported"
LABELS_EXPORTED = "labels_exported"

PROGRESS = (
    "offset_bytes", "line", "recorded", "known", "quarantined", "quarantine_bytes", "state",
)  # fmt: skip
LIST_IMPORTS = Table("list_imports", ("tenant", "digest"), ("tenant", "digest", *PROGRESS, "etag"))


def _imported(event: Event, tables: DerivedTables) -> None:
    asked = event.asked()
    row = {"tenant": event.tenant, "digest": asked["digest"], "etag": event.seq}
    tables.put(LIST_IMPORTS, row | {column: asked[column] for column in PROGRESS})


KINDS = (
    EventKind(IMPORTED, _imported),
    EventKind(EXPORTED, unchanged),
    EventKind(LABELS_EXPORTED, unchanged),
)
