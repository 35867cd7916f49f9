"""The rows of a list of opt-outs, from its beginning or from where reading stopped."""

import csv
import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from classifier.csv_cells import restore, strip_formula
from classifier.errors import InvalidInputError
from classifier.optouts.lists.columns import Column, columns_of, labelled
from classifier.optouts.subjects.subject import parse_subject

_LONGEST_CELL = 131_072  # characters; a quotation mark that never closes would swallow the file
_REGIONS = ("CN", "TW", "HK", "MO")  # in which a line that was swallowed may name somebody
_NO_OBJECT = 'is not a JSON object, or names a key twice; write {"phone": "…"}'
_OPEN = "a quotation mark opened here is never closed"


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row.

    Attributes:
        line: Number of its first line, counted from 1.
        raw: Its cells as they stand, in the order of the header; of JSON Lines the line.
        contacts: Whom it names: of each filled column of subjects its name, for messages, and the
            subject as `parse_subject` reads it.
        cells: What else is read of it; empty cells are left out.
        problem: Why nothing could be read of it, or empty.
        end: Where in the file the next row begins, in bytes.
        end_line: Number of the next row's first line.
    """

    line: int
    raw: tuple[str, ...]
    contacts: tuple[tuple[str, str], ...]
    cells: dict[Column, str]
    problem: str
    end: int
    end_line: int


@dataclass(frozen=True, slots=True)
class ListShape:
    """What a file is, found by looking at all of it once.

    Attributes:
        path: The file.
        digest: SHA-256, hexadecimal; names the import.
        size_bytes: Of the file.
        encoding: Python's name of it.
        delimiter: Between cells; empty for JSON Lines.
        header: Names of the columns; empty for JSON Lines, and where numbers stand alone.
        columns: Index to meaning; empty for JSON Lines.
        unread: Names of the columns, of JSON Lines of the keys, that are not read.
        labels: Names of columns of ids to the label that goes in front of them; see `labels_of`.
        several: Whether there are rows with several columns of subjects.
        start: Where the first row begins, in bytes.
        start_line: Its number.
    """

    path: Path
    digest: str
    size_bytes: int
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    columns: dict[int, Column]
    unread: tuple[str, ...]
    labels: dict[str, str]
    several: bool
    start: int
    start_line: int

    def rows(self, start: int = 0, line: int = 0) -> Iterator[ListRow]:
        """Yield the rows that are not blank.

        Args:
            start: `ListRow.end` of the row to go on after; 0 begins with the first.
            line: `ListRow.end_line` of that row.

        Raises:
            OSError: The file cannot be read any more.
        """
        start, line = (start, line) if start else (self.start, self.start_line)
        with self.path.open("rb") as file:
            file.seek(start)
            lines = Lines(file, self.encoding, start, line)
            yield from self._csv_rows(lines) if self.delimiter else self._json_rows(lines)

    def _csv_rows(self, lines: "Lines") -> Iterator[ListRow]:
        csv.field_size_limit(_LONGEST_CELL)  # of the whole process; others set their own
        reader = csv.reader(lines, delimiter=self.delimiter)
        while True:
            first = lines.line
            problem = ""
            lines.taken.clear()
            try:
                raw = next(reader)
            except StopIteration:
                return
            except csv.Error:
                raw = ["".join(lines.texts())]
                problem = f"lines {first} to {lines.line - 1} are no row: is a quotation mark open?"
            if len(lines.taken) > 1 and self._swallows(lines.texts()):
                lines.give_back()
                raw, problem = self._cells(lines.texts())[0], _OPEN
            if any(cell.strip() for cell in raw):
                named = [] if problem else self._named(raw)
                read = self._read(named)
                yield ListRow(first, tuple(raw), *read, problem, lines.offset, lines.line)

    def _cells(self, texts: list[str]) -> list[list[str]]:
        return list(csv.reader(texts, delimiter=self.delimiter))

    def _swallows(self, texts: list[str]) -> bool:
        """Say whether the lines of a row are several: the last cell is open, or one is a row."""
        try:
            is_open = len(self._cells([*texts, "end"])) == 1
        except csv.Error:  # longer than a cell may be
            is_open = True
        return is_open or any(map(self._is_row, texts[1:]))

    def _is_row(self, text: str) -> bool:
        """Say whether a line has a cell for each column, and somebody in one of them."""
        try:
            cells = self._cells([text])[0]
        except csv.Error:
            return False
        return len(cells) == max(1, len(self.header)) and any(
            _names_somebody(cell)
            for _name, column, cell in self._named(cells)
            if column is Column.SUBJECT
        )

    def _named(self, raw: list[str]) -> Iterator[tuple[str, Column, str]]:
        for i, column in self.columns.items():
            name = self.header[i] if self.header else Column.SUBJECT
            yield name, column, restore(strip_formula(raw[i])) if i < len(raw) else ""

    def _read(
        self, named: Iterable[tuple[str, Column, str]]
    ) -> tuple[tuple[tuple[str, str], ...], dict[Column, str]]:
        contacts: list[tuple[str, str]] = []
        cells: dict[Column, str] = {}
        for name, column, cell in named:
            if not cell.strip():
                continue
            if column is Column.SUBJECT:
                subject = labelled(cell, self.labels.get(name, ""))
                contacts.append((name if self.several else Column.SUBJECT, subject))
            else:
                cells[column] = cell
        return tuple(contacts), cells

    def _json_rows(self, lines: "Lines") -> Iterator[ListRow]:
        meanings: dict[tuple[str, ...], dict[int, Column]] = {}
        for text in lines:
            lines.taken.clear()
            if not text.strip():
                continue
            entry = json_object(text)
            if entry is None:
                named, problem = [], _NO_OBJECT
            else:
                keys = tuple(entry)
                if keys not in meanings:
                    meanings[keys] = columns_of(keys)
                cells = meanings[keys].items()
                named = [(keys[i], column, json_cell(entry[keys[i]])) for i, column in cells]
                problem = ""
            raw = (text.rstrip("\r\n"),)
            yield ListRow(
                lines.line - 1, raw, *self._read(named), problem, lines.offset, lines.line
            )


class Lines:
    """Lines of a file as text, and where we are in it.

    Attributes:
        offset: Where the next line begins, in bytes.
        line: Its number.
        taken: The lines read, as they stand in the file, until somebody clears it.
    """

    def __init__(self, file: Iterable[bytes], encoding: str, offset: int, line: int) -> None:
        """Begin with the next line of a file.

        Args:
            file: Open where that line begins.
            encoding: Python's name of it.
            offset: Where that is, in bytes.
            line: Its number.
        """
        self._file = iter(file)
        self._encoding = encoding
        self.offset = offset
        self.line = line
        self.taken: list[bytes] = []
        self._again: deque[bytes] = deque()

    def __iter__(self) -> Self:
        """Return itself."""
        return self

    def __next__(self) -> str:
        """Return the next line, with its end."""
        line = self._again.popleft() if self._again else next(self._file)
        self.offset += len(line)
        self.line += 1
        self.taken.append(line)
        return line.decode(self._encoding)

    def texts(self) -> list[str]:
        """Return the lines taken."""
        return [line.decode(self._encoding) for line in self.taken]

    def give_back(self) -> None:
        """Read the lines taken once more, but for the first of them."""
        back = self.taken[1:]
        del self.taken[1:]
        self._again.extendleft(reversed(back))
        self.offset -= sum(map(len, back))
        self.line -= len(back)


def json_object(text: str) -> dict[str, object] | None:
    """Return what a line of JSON Lines holds; None where it is no object, or names a key twice.

    Args:
        text: The line.
    """
    try:
        entry = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object of which no key was lost.

    Raises:
        ValueError: A key stands there twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _names_somebody(cell: str) -> bool:
    for region in _REGIONS:
        try:
            parse_subject(cell, None, region)
        except InvalidInputError:
            continue
        return True
    return False


def json_cell(value: object) -> str:
    """Return a value of JSON as a cell of CSV holds it.

    Args:
        value: None is an empty cell, a list of strings is its strings between commas.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return ",".join(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
