"""Cells of Excel that are merged: all but the first are empty in the file, and look filled."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

MERGED = "merged"
"""Type of a cell that is merged with a filled one left of it or above."""

Row = tuple[list[str], list[str]]
"""Cells as text, and their types."""
Area = tuple[int, int, int, int]
"""First and last row, first and last column, counted from 1."""

_AREA = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']([A-Za-z0-9:$]+)["']""")


def merged_areas(sheet: Any) -> list[Area]:  # ruff: ignore[any-type]  # of an untyped library
    """Return the areas of a sheet whose cells are merged.

    Args:
        sheet: Of a workbook that is only read, of which openpyxl tells no merged cells.

    Raises:
        ValueError: One is no area of cells.
    """
    from openpyxl.utils.cell import range_boundaries

    with sheet._get_source() as file:  # ruff: ignore[private-member-access]
        found = [range_boundaries(area.decode()) for area in _AREA.findall(file.read())]
    return [(top, bottom, left, right) for left, top, right, bottom in found]


def mark_merged(areas: Iterable[Area], rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows in which what is merged with a filled cell has the type `MERGED`.

    Args:
        areas: Of their sheet.
        rows: All of them, from the first.
    """
    beginning = {top: list(some) for top, some in groupby(sorted(areas), itemgetter(0))}
    open_areas: list[Area] = []
    for number, (cells, types) in enumerate(rows, start=1):
        marked = [column for *_rows, left, right in open_areas for column in range(left, right + 1)]
        for area in beginning.get(number, ()):
            _top, _bottom, left, right = area
            if left <= len(cells) and cells[left - 1]:
                open_areas.append(area)
                marked += range(left + 1, right + 1)
        types += [""] * (max(marked, default=0) - len(types))
        for column in marked:
            types[column - 1] = MERGED
        yield cells, types
        open_areas = [area for area in open_areas if area[1] > number]
