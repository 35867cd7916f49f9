"""How a table is written as text: its encoding, what parts its cells, where its columns are named.

Offices save CSV in UTF-8, GB18030 or UTF-16, with commas, semicolons or tabs, under a title.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice

SEPARATORS = (",", ";", "\t")
"""What may part the cells of a row."""

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip
_MOST_TITLES = 10

IsHeader = Callable[[list[str]], bool]


def encoding_of(start: bytes) -> str:
    """Return the encoding of a text: by its byte order mark, else UTF-8 or GB18030.

    The two are told by the lines: a damaged character does not make Chinese of all the others.

    Args:
        start: The text or its first bytes.
    """
    for mark, name in _MARKS.items():
        if start.startswith(mark):
            return name
    *whole, cut = start.split(b"\n")
    telling = [_is_utf8(line, final=True) for line in whole if not line.isascii()]
    telling += [] if cut.isascii() else [_is_utf8(cut, final=False)]
    return "utf-8" if 2 * sum(telling) >= len(telling) else "gb18030"


def separator_of(start: str, is_header: IsHeader) -> str | None:
    """Return what parts the cells; None where no row names the columns.

    Args:
        start: The text of a table, or its first characters.
        is_header: Says of a row whether it names the columns.
    """
    for separator in SEPARATORS:
        with suppress(csv.Error):
            rows = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
            if find_header(rows, is_header):
                return separator
    return None


def find_header(rows: Iterable[list[str]], is_header: IsHeader) -> tuple[int, list[str]] | None:
    """Return the row that names the columns, with its number, counted from 1; None without one.

    Titles may stand above it, rows of one cell; below them a header must name two columns.

    Args:
        rows: From the first one on; read no further than the header.
        is_header: Says of a row whether it names the columns.
    """
    for number, row in enumerate(islice(rows, _MOST_TITLES), start=1):
        several = sum(map(bool, row)) > 1
        if is_header(row) and (several or number == 1):
            return number, row
        if several:
            return None
    return None


def _is_utf8(line: bytes, *, final: bool) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(line, final)
    except UnicodeDecodeError:
        return False
    return True
