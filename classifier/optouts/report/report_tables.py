"""A report: named tables of figures, the same for every format."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Cell = str | int | float
"""A float is a share from 0 to 1."""


@dataclass(frozen=True, slots=True)
class ReportTable:
    """One table.

    Attributes:
        key: Its name for programs.
        title: Its name for readers.
        columns: Name for programs and name for readers of each column.
        rows: Cells in the order of the columns.
        note: How it is counted, or empty.
    """

    key: str
    title: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A monthly report.

    Attributes:
        tenant: Whose.
        month: Such as ``2026-11``.
        zone: Name of the time zone of all times.
        made_at: When it was made, in that zone.
        policy: Version of the policy file.
        profiles: Names of the enabled profiles.
        tables: Its content.
    """

    tenant: str
    month: str
    zone: str
    made_at: str
    policy: str
    profiles: tuple[str, ...]
    tables: tuple[ReportTable, ...]


COUNTED = (("item", "项目"), ("count", "数量"), ("share", "占比"))
"""Columns of a table that counts."""


def counted(
    key: str,
    title: str,
    counts: Mapping[str, int],
    names: Mapping[str, str],
    note: str = "",
    total: int | None = None,
) -> ReportTable:
    """Return a table of counts with their shares, every known item with its row.

    Args:
        key: Its name for programs.
        title: Its name for readers.
        counts: Item to count.
        names: Item to its name for readers, in order; items without one follow with their own.
        note: How it is counted.
        total: What shares are of; None is the sum of the counts.
    """
    whole = sum(counts.values()) if total is None else total
    order = [*names, *sorted(item for item in counts if item not in names)]
    rows = [
        (names.get(item, item), counts.get(item, 0), round(counts.get(item, 0) / (whole or 1), 4))
        for item in order
    ]
    return ReportTable(key, title, COUNTED, tuple(rows), note)


def percentile(sorted_values: Sequence[int], share: float) -> int:
    """Return the value that this share of all values does not pass; 0 where there is none.

    Args:
        sorted_values: In rising order.
        share: From 0 to 1.
    """
    if not sorted_values:
        return 0
    return sorted_values[max(0, math.ceil(share * len(sorted_values)) - 1)]


def duration(time_us: int) -> str:
    """Return a span as readers know it.

    Args:
        time_us: Microseconds.
    """
    seconds = time_us / 1_000_000
    for unit, size in (("天", 86_400), ("小时", 3600), ("分钟", 60), ("秒", 1)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds * 1000:.0f} 毫秒"


def lines(parts: Iterable[str]) -> str:
    """Return what is there of several parts, in one cell.

    Args:
        parts: Some may be empty.
    """
    return ";".join(part for part in parts if part)
