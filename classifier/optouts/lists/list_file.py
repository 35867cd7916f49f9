"""Reads lists of opt-outs row by row, and can go on where it stopped.

CSV with comma, semicolon, tab or bar, in UTF-8 (with or without a byte order mark), GB18030 or
Big5, with a header, or with numbers alone; and JSON Lines.
"""

import codecs
import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from classifier.errors import ListError
from classifier.optouts.lists.columns import Column, columns_of
from classifier.optouts.lists.csv_cells import restore, strip_formula

_ENCODINGS = ("utf-8-sig", "gb18030", "big5hkscs")
_DELIMITERS = ",\t;|"
_BLOCK = 1 << 20
_HEADER_BYTES = 64 * 1024
_MARK = codecs.BOM_UTF8
_DIGITS_OF_A_NUMBER = 6
_LONGEST_CELL = 131_072  # characters; a quotation mark that never closes would swallow the file


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row.

    Attributes:
        line: Number of its first line, counted from 1.
        raw: Its cells as they stand, in the order of the header; of JSON Lines the line.
        cells: What is read of it; empty cells are left out.
        problem: Why nothing could be read of it, or empty.
        end: Where in the file the next row begins, in bytes.
        end_line: Number of the next row's first line.
    """

    line: int
    raw: tuple[str, ...]
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
    start: int
    start_line: int

    @property
    def unread(self) -> tuple[str, ...]:
        """Names of the columns that are not read."""
        return tuple(name for i, name in enumerate(self.header) if i not in self.columns)

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
            lines = _Lines(file, self.encoding, start, line)
            yield from self._csv_rows(lines) if self.delimiter else self._json_rows(lines)

    def _csv_rows(self, lines: "_Lines") -> Iterator[ListRow]:
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
                raw = ["".join(lines.taken)]
                problem = f"lines {first} to {lines.line - 1} are no row: is a quotation mark open?"
            if any(cell.strip() for cell in raw):
                cells = {} if problem else self._cells(raw)
                yield ListRow(first, tuple(raw), cells, problem, lines.offset, lines.line)

    def _cells(self, raw: list[str]) -> dict[Column, str]:
        cells = {}
        for i, column in self.columns.items():
            cell = restore(strip_formula(raw[i])) if i < len(raw) else ""
            if cell.strip():
                cells[column] = cell
        return cells

    def _json_rows(self, lines: "_Lines") -> Iterator[ListRow]:
        meanings: dict[tuple[str, ...], dict[int, Column]] = {}
        for text in lines:
            if not text.strip():
                continue
            cells: dict[Column, str] = {}
            problem = ""
            try:
                entry = json.loads(text)
            except (ValueError, RecursionError):
                entry = None
            if isinstance(entry, dict):
                keys = tuple(entry)
                if keys not in meanings:
                    meanings[keys] = columns_of(list(keys))
                for i, column in meanings[keys].items():
                    if cell := _json_cell(entry[keys[i]]):
                        cells[column] = cell
            else:
                problem = 'is not a JSON object; write {"phone": "…"}'
            raw = (text.rstrip("\r\n"),)
            yield ListRow(lines.line - 1, raw, cells, problem, lines.offset, lines.line)


class _Lines:
    """Lines of a file as text, and where we are in it."""

    def __init__(self, file: Iterable[bytes], encoding: str, offset: int, line: int) -> None:
        self._file = iter(file)
        self._encoding = encoding.removesuffix("-sig")
        self.offset = offset
        self.line = line
        self.taken: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._file)
        self.offset += len(line)
        self.line += 1
        text = line.decode(self._encoding)
        self.taken.append(text)
        return text


def look_at_list(path: Path, encoding: str = "") -> ListShape:
    """Return what a file is.

    Args:
        path: The file.
        encoding: Python's name of its encoding; empty finds it out.

    Raises:
        ListError: It cannot be read, is in none of the encodings, or has no column of subjects.
    """
    try:
        digest, size = _digest(path)
        with path.open("rb") as file:
            head = file.read(_HEADER_BYTES)
    except OSError as error:
        raise ListError(f"{path}: cannot be read ({error.strerror})") from None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ListError(f"{path}: is UTF-16; save it as CSV UTF-8")
    shapes = []
    for name in [encoding] if encoding else _ENCODINGS:
        if _decodes(path, name):
            shape = _shape(path, digest, size, name, head)
            if shape.columns or not shape.delimiter:
                return shape
            shapes.append(shape)
    if not shapes:
        raise ListError(f"{path}: is not UTF-8, GB18030 or Big5; save it as CSV UTF-8")
    raise ListError(
        f"{path}: has no column of numbers known here; name one of them 手机号, 号码, phone, "
        "mobile or subject"
    )


def _shape(path: Path, digest: str, size: int, encoding: str, head: bytes) -> ListShape:
    start = len(_MARK) if head.startswith(_MARK) else 0
    body = head[start:].lstrip()
    if body.startswith(b"{"):
        return ListShape(path, digest, size, encoding, "", (), {}, start, 1)
    text = head[start:].decode(encoding.removesuffix("-sig"), "ignore")
    best: tuple[int, str, list[str]] = (0, ",", [])
    for delimiter in _DELIMITERS:
        header = next(csv.reader(text.splitlines(keepends=True)[:20], delimiter=delimiter), [])
        known = columns_of(header)
        if Column.SUBJECT in known.values() and len(known) > best[0]:
            best = (len(known), delimiter, header)
    if best[0]:
        lines = _Lines(head[start:].splitlines(keepends=True), encoding, start, 1)
        next(csv.reader(lines, delimiter=best[1]))
        columns = columns_of(best[2])
        return ListShape(
            path, digest, size, encoding, best[1], tuple(best[2]), columns, lines.offset, lines.line
        )
    # Numbers alone, one a line, need no header.
    first = text.split("\n", 1)[0]
    bare = not any(delimiter in first.rstrip(",;\t\r ") for delimiter in _DELIMITERS)
    digits = sum(character.isdecimal() for character in first)
    columns = {0: Column.SUBJECT} if bare and digits >= _DIGITS_OF_A_NUMBER else {}
    return ListShape(path, digest, size, encoding, ",", (), columns, start, 1)


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def _decodes(path: Path, encoding: str) -> bool:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise ListError(f"{encoding}: is no encoding; name one such as gb18030 or big5") from None
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _json_cell(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return ",".join(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
