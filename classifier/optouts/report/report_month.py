"""A month in the tenant's time zone, and the events that lie in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from classifier.errors import FieldViolation, InvalidRequestError
from classifier.optouts.events.event import Event
from classifier.optouts.events.tables import Where
from classifier.optouts.registry import Registry
from classifier.optouts.times import microseconds, moment

_FIRST, _LAST = "1970-02", "9999-11"
_EVENTS_AT_ONCE = 5000
_CLOCK_SLACK = 10_000
"""Events looked at beyond the month's ends: a clock that is set back puts some out of order."""


@dataclass(frozen=True, slots=True)
class ReportMonth:
    """One month.

    Attributes:
        name: Such as ``2026-11``.
        zone: In which it begins and ends, and in which times are written.
        start_us: Its first microsecond since 1970.
        end_us: The first of the next month.
    """

    name: str
    zone: ZoneInfo
    start_us: int
    end_us: int

    def contains(self, time_us: int) -> bool:
        """Say whether a moment lies in the month.

        Args:
            time_us: Microseconds since 1970.
        """
        return self.start_us <= time_us < self.end_us

    def local(self, time_us: int) -> str:
        """Return a time as the report writes it; an empty string for 0.

        Args:
            time_us: Microseconds since 1970.
        """
        if not time_us:
            return ""
        return moment(time_us).astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")


def report_month(name: str, zone: ZoneInfo) -> ReportMonth:
    """Return a month.

    Args:
        name: Year and month, such as ``2026-11``.
        zone: In which it begins and ends.

    Raises:
        InvalidRequestError: It is not a month, or times do not reach to its ends.
    """
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", name)
    if not found or not _FIRST <= name <= _LAST:
        problem = f"must be a month such as 2026-11, from {_FIRST} to {_LAST}"
        raise InvalidRequestError([FieldViolation("month", problem)])
    year, month = int(found[1]), int(found[2])
    start = datetime(year, month, 1, tzinfo=zone)
    december = 12
    end = datetime(year + month // december, month % december + 1, 1, tzinfo=zone)
    return ReportMonth(name, zone, microseconds(start), microseconds(end))


def events_of(registry: Registry, tenant: str, month: ReportMonth) -> Iterator[Event]:
    """Yield the events of a tenant in a month, in order.

    Args:
        registry: Whose.
        tenant: Whose part of it.
        month: Which.
    """
    after = max(0, _first_at(registry, month.start_us) - 1 - _CLOCK_SLACK)
    last = _first_at(registry, month.end_us) - 1 + _CLOCK_SLACK
    while after < last:
        upto = min(after + _EVENTS_AT_ONCE, last)
        where = [Where("seq", ">", after), Where("seq", "<=", upto), Where("tenant", "=", tenant)]
        for event in _read(registry, where):
            if month.contains(event.time_us):
                yield event
        after = upto


def _first_at(registry: Registry, time_us: int) -> int:
    """Return the number of the first event from a moment on; one past the last where none is."""
    low, high = 1, registry.store.read(lambda view: view.head().seq) + 1
    while low < high:
        middle = (low + high) // 2
        # The next one there: an audit names those that are gone, and the report goes on.
        found = _read(registry, [Where("seq", ">=", middle)], 1)
        if found and found[0].time_us < time_us:
            low = middle + 1
        else:
            high = middle
    return low


def _read(registry: Registry, where: list[Where], limit: int | None = None) -> list[Event]:
    return registry.store.read(lambda view: view.events(where, limit))
