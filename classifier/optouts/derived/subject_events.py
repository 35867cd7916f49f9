"""Kinds of events about a subject's data and about keys; they change no derived table."""

from classifier.optouts.events.event_kinds import EventKind, unchanged

SHOWN = "subject_shown"
EXPORTED = "subject_exported"
ERASED = "subject_erased"
KEY_TAKEN = "key_taken_into_use"
KEYS_RETIRED = "keys_retired"

KINDS = (
    *(EventKind(kind, unchanged) for kind in (SHOWN, EXPORTED, KEY_TAKEN, KEYS_RETIRED)),
    EventKind(ERASED, unchanged, erases=True),
)
