"""How tables are written as text: what parts their cells, and which encodings are told apart.

People save them in UTF-8, with a byte order mark or without, in UTF-16, GB18030 and Big5. The last
two often both read a text: what is wrong is no everyday text.
"""

import codecs
import io
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

from classifier.errors import TableError

SEPARATORS = ",;\t|"
"""What may part the cells of a row."""

_MARKS = {
    codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip
# Encoding -> the character set of its usual characters, and the last lead byte of those of everyday
# use: level 1 of GB/T 2312, and of Big5; punctuation stands before them in both.
_USUAL = {"gb18030": ("gb2312", 0xD7), "big5hkscs": ("big5", 0xC6)}
_HEADER_BYTES = 64 * 1024
_TELLING_BYTES = 1 << 20  # of lines that are no UTF-8
_UTF8 = "save it as CSV UTF-8"


def encoding_of(
    path: Path, lines: Iterable[bytes], known: Callable[[str], int], named: str = ""
) -> str:
    """Return the encoding of a table: by its byte order mark, else UTF-8, GB18030 or Big5.

    UTF-8 is told by the lines: a damaged character does not make Chinese of all the others. Of the
    other two it is the one in which most columns are known, then the one that makes usual
    characters of the text.

    Args:
        path: The file, for messages.
        lines: All of them, or the first ones.
        known: Says how many columns are known, of the first characters of the table.
        named: Any of Python's names of the encoding, whose usual one is then returned; empty finds
            it out.

    Raises:
        TableError: There is no such encoding, or both make the same of it.
    """
    if named:
        try:
            io.TextIOWrapper(io.BytesIO(), named)
        except LookupError:
            message = f"{named} is no encoding; name one such as gb18030 or big5"
            raise TableError(f"{path}: {message}") from None
        return codecs.lookup(named).name
    lines = iter(lines)
    first = next(lines, b"")
    marked = next((name for mark, name in _MARKS.items() if first.startswith(mark)), "")
    return marked or _told(path, chain([first], lines), known)


def undecoded(encoding: str) -> str:
    """Return what is wrong with a row that is in another encoding.

    Args:
        encoding: The one in which it was read.
    """
    return f"is not {encoding.upper()}"


def another_encoding(path: Path, encoding: str, line: int = 0) -> str:
    """Return what is wrong with a file that is in another encoding.

    Args:
        path: Of the file.
        encoding: The one in which it was read.
        line: The first that is in another, counted from 1; 0 for most.
    """
    place = f"{path}:{line}" if line else path
    remedy = f"name its own by --encoding, such as gb18030 or big5, or {_UTF8}"
    return f"{place}: {undecoded(encoding)}; {remedy}"


def _told(path: Path, lines: Iterable[bytes], known: Callable[[str], int]) -> str:
    readable = unreadable = 0
    header, telling = bytearray(), bytearray()
    for line in lines:
        if len(header) < _HEADER_BYTES:
            header += line
        if line.isascii():
            continue
        if _is_utf8(line):
            readable += 1
            continue
        unreadable += 1
        if len(telling) < _TELLING_BYTES:
            telling += line
    if readable >= unreadable:
        return "utf-8"
    head = header[:_HEADER_BYTES]
    unlikely = {
        name: (-known(head.decode(name, "replace")), *_unusual(telling, name)) for name in _USUAL
    }
    likeliest, other = sorted(unlikely, key=lambda name: unlikely[name])
    if unlikely[likeliest] == unlikely[other]:
        remedy = "name it by --encoding gb18030 or --encoding big5 (utf-8 if few lines are damaged)"
        raise TableError(f"{path}: is not UTF-8 and may be GB18030 or Big5; {remedy}, or {_UTF8}")
    return likeliest


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _unusual(text: bytearray, encoding: str) -> tuple[int, int]:
    """Return how many characters are none of everyday use, and how many of them are none at all."""
    found = Counter(text.decode(encoding, "replace"))
    unusual = sum(times for one, times in found.items() if _is_unusual(one, encoding))
    return unusual, found["\ufffd"]


def _is_unusual(character: str, encoding: str) -> bool:
    usual, last = _USUAL[encoding]
    try:
        return not character.isascii() and character.encode(usual)[0] > last
    except UnicodeEncodeError:
        return True
