"""What an audit of the registry finds."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What is wrong."""

    EVENT_CHANGED = "event_changed"
    EVENTS_MISSING = "events_missing"
    END_FORGED = "end_forged"
    ANCHOR_MISSED = "anchor_missed"
    SECRET_CHANGED = "secret_changed"  # ruff: ignore[hardcoded-password-string]
    SECRET_LOST = "secret_lost"  # ruff: ignore[hardcoded-password-string]
    SECRET_RETURNED = "secret_returned"  # ruff: ignore[hardcoded-password-string]
    SUBJECT_LOST = "subject_lost"
    SUBJECT_CHANGED = "subject_changed"
    ROW_DIFFERS = "row_differs"
    INDEX_DIFFERS = "index_differs"
    TRIGGER_ADDED = "trigger_added"
    TRIGGER_LOST = "trigger_lost"


CHAIN_FAULTS = frozenset({
    Fault.EVENT_CHANGED,
    Fault.EVENTS_MISSING,
    Fault.END_FORGED,
    Fault.ANCHOR_MISSED,
})
"""Those after which the events cannot be believed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        fault: What.
        place: Number of the event, subject or record.
        detail: In words; holds no personal data.
    """

    fault: Fault
    place: int
    detail: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the chain at some moment, to be kept elsewhere.

    Whoever holds the keys and the database could put an old copy back, or write the whole log
    anew; an anchor that was handed to somebody else tells.

    Attributes:
        seq: Number of the last event then.
        hash: Its chain hash, hexadecimal.
    """

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of an audit.

    Attributes:
        anchor: The end of the chain that was read.
        erased: How many events had an encrypted part that is no longer there.
        findings: What is wrong; nothing is if there are none.
        complete: False where the derived tables were not compared, the events being wrong, or
            where there were too many findings to list.
        labelled: Opt-outs in force of chat accounts by what is now read as a label, such as
            ``phone:13800001111`` of an older registry: no check finds them.
    """

    anchor: Anchor
    erased: int
    findings: tuple[Finding, ...]
    complete: bool
    labelled: int = 0
