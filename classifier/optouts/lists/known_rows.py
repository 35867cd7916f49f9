"""Tells rows that ask for something new from those that the registry has had already."""

from collections.abc import Sequence
from enum import Enum, auto

from classifier.optouts.derived.opt_outs import asked_us, scope_to_json
from classifier.optouts.events.event import Event
from classifier.optouts.events.tables import Where
from classifier.optouts.lists.list_entries import Origin
from classifier.optouts.recording.changes import opt_outs_of
from classifier.optouts.recording.subject_index import find_subjects
from classifier.optouts.records import OptOut, OptOutRequest, OptOutState, Scope
from classifier.optouts.store import View
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.times import now_us


class Standing(Enum):
    """What a row is to the registry."""

    NEW = auto()
    """To be recorded. A row that this run recorded before a crash is: it is counted once."""
    KNOWN = auto()
    """Covered by an active record that has its time, or it has no time of its own; so the blacklist
    of last month, imported again, does not make everybody a repeater."""
    ENDED = auto()
    """Recorded from this very list before, and ended since: the person opted back in, say."""


def standings(
    view: View, ring: KeyRing, origin: Origin, requests: Sequence[OptOutRequest], again: bool
) -> list[Standing]:
    """Return what each row is to the registry, in the order of the rows.

    Args:
        view: To look in.
        ring: The keys.
        origin: Of the list.
        requests: What the rows ask.
        again: Whether what has ended is new.
    """
    if not requests:
        return []
    numbers = find_subjects(view, ring, [request.subject for request in requests])
    firsts: dict[tuple[str, Scope, int], Standing] = {}
    found: list[Standing] = []
    for request, number in zip(requests, numbers, strict=True):
        key = (request.subject.value, request.scope, request.detected_us)
        if key in firsts:
            first = firsts[key]
            found.append(Standing.KNOWN if first is Standing.NEW else first)
            continue
        standing = _standing(view, origin, request, number) if number else Standing.NEW
        firsts[key] = Standing.NEW if again and standing is Standing.ENDED else standing
        found.append(firsts[key])
    return found


def recorded_us(event: Event) -> int:
    """Return when an opt-out was recorded first, by this registry or the one that it came from.

    Args:
        event: Of the record.
    """
    imported = event.asked()["facts"].get("imported", {})
    return int(imported.get("recorded_us") or event.time_us)


def requested_us(event: Event) -> int:
    """Return when an opt-out was asked for: where nobody said it, when it came in first.

    Args:
        event: Of the record.
    """
    asked, first = asked_us(event), recorded_us(event)
    return min(asked, first) if not event.asked()["detected_us"] else asked


def _standing(view: View, origin: Origin, request: OptOutRequest, number: int) -> Standing:
    held = {record.record_id: record for record in opt_outs_of(view, request.tenant, number)}
    events = view.events([Where("seq", "in", list(held))]) if held else []
    if any(event.request_id == request.request_id for event in events):
        return Standing.NEW
    time_us = now_us()
    active = [e for e in events if held[e.seq].standing(time_us) is OptOutState.ACTIVE]
    if _is_known(request, held, active):
        return Standing.KNOWN
    scope = scope_to_json(request.scope)
    rows = [e for e in events if origin.holds(e.request_id) and e.asked()["scope"] == scope]
    if not rows:
        return Standing.NEW
    return Standing.KNOWN if any(event in active for event in rows) else Standing.ENDED


def _is_known(request: OptOutRequest, held: dict[int, OptOut], active: Sequence[Event]) -> bool:
    covering = [event for event in active if _covers(held[event.seq], event, request)]
    requested = {requested_us(event) for event in covering}
    return bool(covering) and (not request.detected_us or request.detected_us in requested)


def _covers(record: OptOut, event: Event, request: OptOutRequest) -> bool:
    # An export says how the record ends, other lists what was asked: policy may end it earlier.
    ends = (event.asked()["facts"].get("until_us"), record.until_us)
    same_end = not record.until_us or request.facts.get("until_us") in ends
    return same_end and request.scope.lies_within(record.scope)
