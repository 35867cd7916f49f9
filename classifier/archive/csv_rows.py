"""Reads CSV as people have it, row by row: a bad row stops no other."""

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.cells import COLUMNS
from classifier.columns import field_of
from classifier.errors import ArchiveError, TableError
from classifier.table_text import SEPARATORS, another_encoding, undecoded

Row = list[str] | str
"""Cells, or what is wrong with a row that cannot be read."""

TURN_COLUMNS = ("channel", "context", "alternatives")
"""Columns of a table that are read beside the one of the texts."""

_MOST_LINES = 1_000  # of one row; a quote that is never closed would else swallow the file
_MOST_CHARACTERS = 10_000_000  # of one cell; a hundred context turns may have a million


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is to be read.

    Attributes:
        text_column: Name of the column that holds the texts of the turns; ``text`` stands for
            whatever people call it.
        encoding: Of a CSV file; empty finds it out.
    """

    text_column: str = "text"
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """What the first row of a CSV file says of all.

    Attributes:
        names: Of the columns.
        separator: Between cells.
        marked: Whether Excel needs a byte order mark to read the same rows in UTF-8.
    """

    names: tuple[str, ...]
    separator: str
    marked: bool


def read_csv_rows(path: Path, text: Iterator[str], table: Table) -> tuple[Head, Iterator[Row]]:
    """Return the head of a CSV file and its other rows, one after the other.

    Args:
        path: For messages.
        text: Its lines, in which bytes that cannot be decoded stand as half surrogates.
        table: How to read it, with its encoding.

    Raises:
        TableError: It is in another encoding.
    """
    csv.field_size_limit(_MOST_CHARACTERS)
    first = next(text, "")
    line = first.removeprefix("\ufeff")
    marked = line != first or table.encoding.lower() not in {"utf-8", "utf8"}
    lines = _Lines(text, line)
    head = Head(*_columns(path, lines, table), marked)
    rows = _rows(lines, head, table.encoding)
    next(rows, None)  # the head
    return head, rows


def fields_of(path: Path, names: Sequence[str], text_column: str) -> tuple[str, ...]:
    """Return for each column of a table the field of a record that it holds.

    A column that is named as the field itself goes before one that people call so; what is passed
    over for it holds no field, which is empty.

    Args:
        path: Of the table.
        names: Of its columns.
        text_column: Name of the column of the texts.

    Raises:
        ArchiveError: There is no such column, or several for what is read of a turn.
    """
    if not _tells_text(names, text_column):
        there = f"its columns are {', '.join(names)}" if any(names) else "it has none"
        remedy = "name the one with what was said by --text-column of classify, or rename it"
        raise ArchiveError(f"{path}: there is no column {text_column}; {there}; {remedy}")
    fields = tuple(_field(name, names, text_column) for name in names)
    for field in ("text", *TURN_COLUMNS):
        held = dict.fromkeys(n for n, one in zip(names, fields, strict=True) if one == field)
        if fields.count(field) > 1:
            remedy = f"rename all but one, which is read as {field}"
            if field == "text" and len(held) > 1:
                remedy += ", or name it by --text-column"
            raise ArchiveError(f"{path}: there are several columns {', '.join(held)}; {remedy}")
    return fields


def known_columns(start: str, text_column: str) -> int:
    """Return how many columns are known by their names.

    Args:
        start: The first characters of a CSV file.
        text_column: Name of the column of the texts.
    """
    text = io.StringIO(start, newline="")
    lines = _Lines(text, text.readline())
    split = [
        [name == text_column or field_of(name) in COLUMNS for name in lines.names(separator)]
        for separator in SEPARATORS
    ]
    return max(map(sum, split))


def _tells_text(names: Sequence[str], text_column: str) -> bool:
    called = text_column == "text" and "text" in map(field_of, names)
    return text_column in names or called


def _field(name: str, names: Sequence[str], text_column: str) -> str:
    if name == text_column:
        return "text"
    field = field_of(name)
    passed_over = text_column in names if field == "text" else name != field and field in names
    return "" if passed_over else field


def _columns(path: Path, lines: "_Lines", table: Table) -> tuple[tuple[str, ...], str]:
    split = {separator: lines.names(separator) for separator in SEPARATORS}
    told = {s: (_tells_text(names, table.text_column), len(names)) for s, names in split.items()}
    separator = max(told, key=lambda s: told[s])
    names = split[separator]
    if _is_broken("".join(names)):
        raise TableError(another_encoding(path, table.encoding))
    return tuple(names), separator


class _Lines:
    """Gives lines to a reader of CSV, and again those behind the first of a bad row."""

    def __init__(self, text: Iterator[str], first: str) -> None:
        self._text = text
        self._again = deque([first])
        self._row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self._row) == _MOST_LINES:
            raise csv.Error(f"no end within {_MOST_LINES:,} lines")
        line = self._again.popleft() if self._again else next(self._text)
        self._row.append(line)
        return line

    def begin_row(self) -> None:
        self._row = []

    def give_back(self, first: int = 1) -> None:
        self._again.extendleft(reversed(self._row[first:]))

    def names(self, separator: str) -> list[str]:
        """Return what the cells of the next row say, which stays the next."""
        self.begin_row()
        try:
            cells = next(csv.reader(self, delimiter=separator, strict=True), [])
        except csv.Error:  # a quote that is not closed; it is no reason to read on
            cells = next(csv.reader(self._row[:1], delimiter=separator), [])
        self.give_back(0)
        return [cell.strip() for cell in cells]


def _rows(lines: _Lines, head: Head, encoding: str) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=head.separator, strict=True)
    while True:
        lines.begin_row()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back()
            yield f"is no row of a CSV file: {error}; is a quote not closed?"
            continue
        if len(row) > len(head.names) and any(row[len(head.names) :]):
            message = f"has {len(row)} cells, and the first row {len(head.names)}"
            yield f"{message}; quote a cell that holds {head.separator!r}"
        elif _is_broken("".join(row)):
            yield undecoded(encoding)
        else:
            yield row


def _is_broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
