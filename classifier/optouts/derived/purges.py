"""What a purge removes from the derived tables; a rebuild removes the same again."""

from classifier.optouts.derived.caller_cases import CALLER_CASES
from classifier.optouts.derived.caller_counts import CALLER_HOURS
from classifier.optouts.derived.case_book import CASES
from classifier.optouts.derived.opt_outs import OPT_OUTS
from classifier.optouts.derived.review_queue import REVIEWS
from classifier.optouts.events.event import Event
from classifier.optouts.events.event_kinds import DerivedTables, EventKind
from classifier.optouts.events.tables import Table
from classifier.optouts.policy.profiles import RecordKind

PURGED = "records_purged"

TABLES: dict[RecordKind, Table] = {
    RecordKind.OPT_OUT: OPT_OUTS,
    RecordKind.REVIEW: REVIEWS,
    RecordKind.CASE: CASES,
    RecordKind.CALLER_CASE: CALLER_CASES,
}
"""Kinds whose rows are named by one number."""


def _purged(event: Event, tables: DerivedTables) -> None:
    kind, keys = RecordKind(event.asked()["kind"]), event.outcome()["keys"]
    if kind in TABLES:
        (column,) = TABLES[kind].key
        for key in keys:
            tables.delete(TABLES[kind], {column: key})
    elif kind is RecordKind.ATTEMPT:
        for key in keys:
            caller_kind, name, hour = key
            row = {"tenant": event.tenant, "kind": caller_kind, "name": name, "hour": hour}
            tables.delete(CALLER_HOURS, row)


KINDS = (EventKind(PURGED, _purged, erases=True),)
