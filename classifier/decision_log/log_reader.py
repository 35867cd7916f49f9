"""Reads the decisions of a period back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from classifier.decision_log.decisions import LoggedDecision, decision_from_record
from classifier.decision_log.log_file import read_log_file
from classifier.decision_log.log_folder import log_files
from classifier.errors import DecisionLogError, InvalidTurnError
from classifier.records import Record

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Damage:
    """What could not be read.

    Attributes:
        lines: Lines of the log that were changed or cut off, or written by something else.
    """

    lines: int = 0


def read_records(
    folder: Path,
    keys: Mapping[int, bytes],
    since: datetime | None = None,
    until: datetime | None = None,
    damage: Damage | None = None,
) -> Iterator[Record]:
    """Yield the records of a period, file by file, each with an ``id`` of its own.

    Args:
        folder: Of the log.
        keys: Version -> key.
        since: First moment, with a time zone; None for all.
        until: First moment that is left out; None for all.
        damage: Counts what cannot be read.

    Raises:
        DecisionLogError: The folder or a file cannot be read, a key is not at hand, or the period
            ends before it begins.
    """
    since, until, damage = since or _FIRST, until or _LAST, damage or Damage()
    if since >= until:
        message = f"the period ends at {until:%F %T}, not after it begins, at {since:%F %T}"
        raise DecisionLogError(f"{folder}: {message}")
    # What was decided just before midnight may have been written after it.
    last = min(_day(until), date.max - timedelta(1)) + timedelta(1)
    today = datetime.now(UTC).date()
    for path in log_files(folder, _day(since), last):
        live = today.isoformat() in path.name
        for number, records in enumerate(read_log_file(path, keys, live=live), 1):
            if records is None:
                damage.lines += 1
                continue
            for place, record in enumerate(records, 1):
                if since <= datetime.fromisoformat(record["time"]) < until:
                    name = path.stem.removeprefix("decisions-")
                    yield {"id": f"{name}-{number}-{place}"} | record


def read_decisions(
    folder: Path,
    keys: Mapping[int, bytes],
    since: datetime | None = None,
    until: datetime | None = None,
    damage: Damage | None = None,
) -> Iterator[LoggedDecision]:
    """Yield the same as decisions; takes and raises what `read_records` does."""
    damage = damage or Damage()
    for record in read_records(folder, keys, since, until, damage):
        try:
            yield decision_from_record(record)
        except (InvalidTurnError, KeyError, ValueError, TypeError):
            damage.lines += 1


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
