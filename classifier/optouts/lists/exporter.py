"""Writes the records of a tenant as CSV or JSON Lines; what goes out is an event of its own."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time, timedelta, tzinfo
from enum import StrEnum
from typing import Any, BinaryIO

from msgspec.structs import replace

from classifier.csv_cells import defuse
from classifier.optouts.derived.data_handling import LIST_EXPORTED
from classifier.optouts.derived.opt_outs import OPT_OUTS, RECORDED, opt_out_from_row
from classifier.optouts.events.event import Draft, Event
from classifier.optouts.events.tables import Where
from classifier.optouts.lists.columns import Column
from classifier.optouts.lists.known_rows import recorded_us, requested_us
from classifier.optouts.lists.list_rows import json_cell
from classifier.optouts.records import Json, OptOut, OptOutState
from classifier.optouts.registry import Registry
from classifier.optouts.store import View
from classifier.optouts.times import moment, now_us

_RECORDS_AT_ONCE = 1000
_MARK = "\ufeff"


class ListFormat(StrEnum):
    """How a list is written."""

    CSV = "csv"
    JSON_LINES = "jsonl"


@dataclass(frozen=True, slots=True)
class Export:
    """What is asked for.

    Attributes:
        tenant: Whose records.
        actor: Who will see the clear numbers.
        zone: In which times are written.
        format: How it is written.
        texts: Whether what people said goes out too.
        every_state: Whether records that are over go out too; they cannot be imported.
    """

    tenant: str
    actor: str
    zone: tzinfo
    format: ListFormat = ListFormat.CSV
    texts: bool = False
    every_state: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """What went out.

    Attributes:
        written: Records.
        nameless: Those of them without a number: it was erased, and the record still blocks.
    """

    written: int
    nameless: int


def export_list(
    registry: Registry, export: Export, out: BinaryIO, tell: Callable[[int], None]
) -> Exported:
    """Write the list and return how many records it has.

    The event that names who takes the numbers out is on the disk before the first is written.
    Records made meanwhile are left out.

    Args:
        registry: Whose records.
        export: Which, and how.
        out: Takes the file, encoded in UTF-8; CSV with the mark by which spreadsheets know it.
        tell: Told after each page how many records were written.

    Raises:
        StoreError: The store cannot be read.
        OSError: `out` cannot be written.
    """
    payload = {"format": export.format, "texts": export.texts, "every_state": export.every_state}
    draft = Draft(LIST_EXPORTED, export.tenant, export.actor, payload=payload)
    last = registry.store.write(lambda transaction: transaction.append(draft).seq)
    columns = [column for column in Column if column is not Column.REGION]
    if not export.texts:
        columns = [c for c in columns if c not in {Column.TEXT, Column.CONTEXT}]
    if export.format is ListFormat.CSV:
        out.write((_MARK + _csv_line(columns)).encode())
    written = nameless = 0
    for entries in _pages(registry, export, last):
        for entry in entries:
            if export.format is ListFormat.CSV:
                line = _csv_line([defuse(json_cell(entry.get(column) or "")) for column in columns])
            else:
                known = {c.value: entry[c] for c in columns if entry.get(c) not in ("", [], {})}
                line = json.dumps(known, ensure_ascii=False) + "\n"
            out.write(line.encode("utf-8", "replace"))
        written += len(entries)
        nameless += sum(not entry[Column.SUBJECT] for entry in entries)
        tell(written)
    return Exported(written, nameless)


def _pages(registry: Registry, export: Export, last: int) -> Iterator[list[dict[Column, Any]]]:
    after, time_us = 0, now_us()
    while True:

        def work(view: View, after: int = after) -> tuple[int, list[dict[Column, Any]]]:
            where = [Where("seq", ">", after), Where("seq", "<", last)]
            where += [Where("tenant", "=", export.tenant), Where("kind", "=", RECORDED)]
            events = view.events(where, _RECORDS_AT_ONCE)
            if not events:
                return 0, []
            numbers = [event.seq for event in events]
            rows = view.rows(OPT_OUTS, [Where("record", "in", numbers)])
            records = [opt_out_from_row(row) for row in rows]
            stands = {one.record_id: replace(one, state=one.standing(time_us)) for one in records}
            return numbers[-1], [
                _entry(event, stands[event.seq], view.secret(event.seq) or {}, export)
                for event in events
                if event.seq in stands
                and (export.every_state or stands[event.seq].state is OptOutState.ACTIVE)
            ]

        after, entries = registry.store.read(work)
        if not after:
            return
        yield entries


def _entry(event: Event, record: OptOut, secret: Json, export: Export) -> dict[Column, Any]:
    asked = event.asked()
    facts = dict(asked["facts"])
    facts.pop("imported", None)
    facts.pop("until_us", 0)  # as it was asked; policy may have refused or moved it
    subject = secret.get("subject", {})
    return {
        Column.SUBJECT: subject.get("value", ""),
        Column.KIND: subject.get("kind", ""),
        Column.INTAKE: record.intake.value,
        Column.REQUESTED_AT: _time(requested_us(event), export.zone),
        Column.REASONS: asked["reasons"],
        Column.TEXT: secret.get("text", ""),
        Column.CONTEXT: secret.get("context", []),
        Column.REACH: record.scope.reach.value,
        Column.NAME: record.scope.name,
        Column.CHANNEL: record.scope.channel.value if record.scope.channel else "",
        Column.FACTS: facts,
        Column.STATE: record.state.value,
        Column.RECORD: str(record.record_id),
        Column.RECORDED_AT: _time(recorded_us(event), export.zone),
        Column.UNTIL: _end(record.until_us, export.zone),
    }


def _time(time_us: int, zone: tzinfo) -> str:
    return moment(time_us).astimezone(zone).isoformat() if time_us else ""


def _end(time_us: int, zone: tzinfo) -> str:
    """Return an end as import reads it: midnight is written as the day that it ends."""
    written, end = _time(time_us, zone), moment(time_us).astimezone(zone)
    if end.time() != time.min or not written:
        return written
    offset = written.removeprefix(f"{end.date()}T00:00:00")
    return f"{end.date() - timedelta(days=1)}{offset}"


def _csv_line(cells: list[Any]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)
    return line.getvalue()
