"""Finds out what a list of opt-outs is by looking at all of it once.

CSV with comma, semicolon, tab or bar, in UTF-8 (with or without a byte order mark), GB18030 or
Big5, with a header, or with numbers alone; and JSON Lines.
"""

import codecs
import csv
import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

from classifier.errors import ListError
from classifier.optouts.lists.columns import Column, columns_of, labels_of
from classifier.optouts.lists.encodings import ENCODINGS, decodes, unusual_characters
from classifier.optouts.lists.list_rows import Lines, ListShape, json_object

_DELIMITERS = ",\t;|"
_BLOCK = 1 << 20
_HEADER_BYTES = 64 * 1024
_MARK = codecs.BOM_UTF8
_DIGITS_OF_A_NUMBER = 6


def look_at_list(path: Path, encoding: str = "") -> ListShape:
    """Return what a file is.

    Args:
        path: The file.
        encoding: Python's name of its encoding; empty finds it out.

    Raises:
        ListError: It cannot be read, is in none of the encodings or may be in two of them, or has
            no column of subjects.
    """
    try:
        digest, size = _digest(path)
        with path.open("rb") as file:
            head = file.read(_HEADER_BYTES)
    except OSError as error:
        raise ListError(f"{path}: cannot be read ({error.strerror})") from None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ListError(f"{path}: is UTF-16; save it as CSV UTF-8")
    names = [encoding] if encoding else ENCODINGS
    readable = [name for name in names if decodes(path, name)]
    if not readable:
        raise ListError(f"{path}: is not UTF-8, GB18030 or Big5; save it as CSV UTF-8")
    if readable[0] == ENCODINGS[0]:
        readable = readable[:1]
    shapes = [_shape(path, digest, size, name, head) for name in readable]
    shapes = [shape for shape in shapes if shape.columns or not shape.delimiter]
    if not shapes:
        raise ListError(
            f"{path}: has no column of numbers known here; name one of them 手机号, 号码, phone, "
            "mobile or subject"
        )
    return _likeliest(shapes)


def _likeliest(shapes: Sequence[ListShape]) -> ListShape:
    """Return the shape with most columns known here; of as many the one that reads as Chinese.

    Raises:
        ListError: Both do.
    """
    most = max(len(shape.columns) for shape in shapes)
    shapes = [shape for shape in shapes if len(shape.columns) == most]
    if len(shapes) == 1:
        return shapes[0]
    first, second = (unusual_characters(shape.path, shape.encoding) for shape in shapes)
    if first == second:
        raise ListError(
            f"{shapes[0].path}: may be GB18030 or Big5; name it with --encoding gb18030 or "
            "--encoding big5, or save it as CSV UTF-8"
        )
    return shapes[first > second]


def _shape(path: Path, digest: str, size: int, encoding: str, head: bytes) -> ListShape:
    start = len(_MARK) if head.startswith(_MARK) else 0
    body = head[start:].lstrip()
    if body.startswith(b"{"):
        return _json_shape(path, digest, size, encoding, start)
    text = head[start:].decode(encoding.removesuffix("-sig"), "ignore")
    best: tuple[int, str, list[str]] = (0, ",", [])
    for delimiter in _DELIMITERS:
        header = next(csv.reader(text.splitlines(keepends=True)[:20], delimiter=delimiter), [])
        known = columns_of(header)
        if Column.SUBJECT in known.values() and len(known) > best[0]:
            best = (len(known), delimiter, header)
    if best[0]:
        lines = Lines(head[start:].splitlines(keepends=True), encoding, start, 1)
        next(csv.reader(lines, delimiter=best[1]))
        known = columns_of(best[2])
        names, told = tuple(best[2]), _told([best[2]])
        return ListShape(
            path, digest, size, encoding, best[1], names, known, *told, lines.offset, lines.line
        )
    # Numbers alone, one a line, need no header.
    first = text.split("\n", 1)[0]
    bare = not any(delimiter in first.rstrip(",;\t\r ") for delimiter in _DELIMITERS)
    digits = sum(character.isdecimal() for character in first)
    columns = {0: Column.SUBJECT} if bare and digits >= _DIGITS_OF_A_NUMBER else {}
    return ListShape(path, digest, size, encoding, ",", (), columns, *_told([]), start, 1)


def _json_shape(path: Path, digest: str, size: int, encoding: str, start: int) -> ListShape:
    with path.open("rb") as file:
        file.seek(start)
        entries = (json_object(line.decode(encoding.removesuffix("-sig"))) for line in file)
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


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size
