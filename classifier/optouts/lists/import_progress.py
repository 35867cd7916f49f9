"""How far an import has come, run by run; each step of it is an event of the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from classifier.optouts.derived.data_handling import LIST_IMPORTS, PROGRESS
from classifier.optouts.events.tables import Where
from classifier.optouts.store import View


class ImportState(StrEnum):
    """Whether a run has come to the end of its list."""

    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far a run over a list has come.

    Attributes:
        offset_bytes: Where the next row begins.
        line: Its number.
        recorded: Opt-outs recorded, one for each contact that a row names.
        known: Contacts of which it said what the registry knew already.
        quarantined: Rows of which something could not be read.
        quarantine_bytes: Size of the quarantine file.
        state: Whether it is over.
        ended: Contacts left alone: this list had them recorded before, and their opt-out was ended.
        for_good: Opt-outs recorded for good although their row names an end, since no legal basis
            allows it.
        unknown_states: Rows taken though their state is a word unknown here.
        run: 1 for the first run over this list, 2 for the next one that reads it from its start.
        again: Whether it records rows anew whose opt-out was ended.
        reading: What the list is read by, such as region and encoding.
        etag: Number of the event that holds this; 0 before the first.
        actor: Whose event that is.
        time_us: When it was, microseconds since 1970.
    """

    offset_bytes: int = 0
    line: int = 0
    recorded: int = 0
    known: int = 0
    quarantined: int = 0
    quarantine_bytes: int = 0
    state: ImportState = ImportState.RUNNING
    ended: int = 0
    for_good: int = 0
    unknown_states: int = 0
    run: int = 1
    again: bool = False
    reading: Mapping[str, str] = field(default_factory=dict)
    etag: int = 0
    actor: str = ""
    time_us: int = 0

    def payload(self, digest: str) -> dict[str, Any]:
        """Return what the event of this progress holds.

        Args:
            digest: Of the list.
        """
        names = (*PROGRESS, "ended", "for_good", "unknown_states", "run", "again")
        held = {name: getattr(self, name) for name in names}
        return held | {"reading": dict(self.reading), "digest": digest}


def last_progress(view: View, tenant: str, digest: str) -> ImportProgress | None:
    """Return how far the last run over a list has come; None where it was never imported.

    Args:
        view: To look in.
        tenant: Whose list.
        digest: Of the list.
    """
    where = [Where("tenant", "=", tenant), Where("digest", "=", digest)]
    for row in view.rows(LIST_IMPORTS, where):
        event = view.event(row["etag"])
        held = event.asked()
        del held["digest"]
        held["state"] = ImportState(held["state"])
        return ImportProgress(**held, etag=event.seq, actor=event.actor, time_us=event.time_us)
    return None
