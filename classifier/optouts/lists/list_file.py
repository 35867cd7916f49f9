"""Finds out what a list of opt-outs is by looking at all of it: CSV, bare numbers or JSON Lines."""

import codecs
import csv
import hashlib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from classifier.errors import ListError, TableError
from classifier.optouts.lists.columns import Column, columns_of, labels_of
from classifier.optouts.lists.list_rows import Lines, ListShape, json_object
from classifier.table_text import SEPARATORS, another_encoding, encoding_of

_HEADER_BYTES = 64 * 1024
_HEADER_LINES = 20
_MARK = codecs.BOM_UTF8
_DIGITS_OF_A_NUMBER = 6


def look_at_list(path: Path, encoding: str = "") -> ListShape:
    """Return what a file is.

    Args:
        path: The file.
        encoding: Python's name of its encoding; empty finds it out.

    Raises:
        ListError: It cannot be read, is UTF-16, ends its lines with CR or has no column of
            subjects.
        TableError: It is in another encoding, or in one that is not told.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
            file.seek(0)
            encoding = encoding_of(path, file, lambda start: _known(_header(start)[1]), encoding)
            if encoding.startswith((
                "utf-16",
                "utf-32",
            )):  # a byte that ends a line may be half a character
                raise ListError(f"{path}: is {encoding.upper()}; save it as CSV UTF-8")
            file.seek(0)
            _check(path, file, encoding)
            file.seek(0)
            head = file.read(_HEADER_BYTES)
            if b"\r" in head and b"\n" not in head:
                raise ListError(f"{path}: its lines end with CR; save it as CSV UTF-8")
            shape = _shape(path, digest, size, encoding, head)
    except OSError as error:
        raise ListError(f"{path}: cannot be read ({error.strerror})") from None
    if shape.delimiter and not shape.columns:
        raise ListError(
            f"{path}: has no column of numbers known here; name one of them 手机号, 号码, phone, "
            "mobile or subject"
        )
    return shape


def _check(path: Path, lines: Iterable[bytes], encoding: str) -> None:
    for number, line in enumerate(lines, start=1):
        try:
            line.decode(encoding)
        except UnicodeDecodeError:
            raise TableError(another_encoding(path, encoding, number)) from None


def _header(start: str) -> tuple[str, list[str]]:
    """Return what parts the cells of most columns known here, and the names of all columns."""
    lines = start.splitlines(keepends=True)[:_HEADER_LINES]
    found = [(each, next(csv.reader(lines, delimiter=each), [])) for each in SEPARATORS]
    return max(found, key=lambda one: _known(one[1]))


def _known(header: Sequence[str]) -> int:
    columns = columns_of(header).values()
    return len(columns) if Column.SUBJECT in columns else 0


def _shape(path: Path, digest: str, size: int, encoding: str, head: bytes) -> ListShape:
    start = len(_MARK) if head.startswith(_MARK) else 0
    body = head[start:].lstrip()
    if body.startswith(b"{"):
        return _json_shape(path, digest, size, encoding, start)
    text = head[start:].decode(encoding, "ignore")
    delimiter, header = _header(text)
    if _known(header):
        lines = Lines(head[start:].splitlines(keepends=True), encoding, start, 1)
        next(csv.reader(lines, delimiter=delimiter))
        known, told = columns_of(header), _told([header])
        return ListShape(
            path, digest, size, encoding, delimiter, tuple(header), known, *told, lines.offset,
            lines.line,
        )  # fmt: skip
    # Numbers alone, one a line, need no header.
    first = text.split("\n", 1)[0]
    bare = not any(delimiter in first.rstrip(f"{SEPARATORS}\r ") for delimiter in SEPARATORS)
    digits = sum(character.isdecimal() for character in first)
    columns = {0: Column.SUBJECT} if bare and digits >= _DIGITS_OF_A_NUMBER else {}
    return ListShape(path, digest, size, encoding, ",", (), columns, *_told([]), start, 1)


def _json_shape(path: Path, digest: str, size: int, encoding: str, start: int) -> ListShape:
    with path.open("rb") as file:
        file.seek(start)
        entries = (json_object(line.decode(encoding)) for line in file)
        told = _told(dict.fromkeys(tuple(entry) for entry in entries if entry))
    return ListShape(path, digest, size, encoding, "", (), {}, *told, start, 1)


def _told(headers: Collection[Sequence[str]]) -> tuple[tuple[str, ...], dict[str, str], bool]:
    """Return `ListShape.unread`, `labels` and `several`; each row of JSON has its own header."""
    unread: dict[str, None] = {}
    several = False
    for header in headers:
        columns = columns_of(header)
        unread |= {name: None for i, name in enumerate(header) if i not in columns}
        several |= list(columns.values()).count(Column.SUBJECT) > 1
    return tuple(unread), labels_of(name for header in headers for name in header), several
