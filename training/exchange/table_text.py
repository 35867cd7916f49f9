"""How a table is written as text: its encoding, what parts its cells, where its columns are named.

Offices save CSV in UTF-8, GB18030, Big5 or UTF-16, with commas, semicolons or tabs, under a title.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from classifier.errors import DataError
from classifier.everyday_characters import count_unusual

SEPARATORS = (",", ";", "\t")
"""What may part the cells of a row."""

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip
_CHINESE = ("gb18030", "big5hkscs")
_MOST_TITLES = 10

IsHeader = Callable[[list[str]], bool]


def decoded(path: Path, content: bytes, encoding: str = "") -> str:
    """Return the text of a file.

    Args:
        path: The file, for messages.
        content: All of it.
        encoding: Python's name of its encoding; empty finds it out.

    Raises:
        DataError: There is no such encoding, it is in another or may be in two.
    """
    encoding = encoding or encoding_of(path, content)
    try:
        return content.decode(encoding)
    except LookupError:
        message = f"{encoding} is no encoding; name one such as gb18030 or big5"
        raise DataError(f"{path}: {message}") from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"{path}:{line}: is not {encoding.upper()}; save it as CSV UTF-8"
        raise DataError(message) from None


def encoding_of(path: Path, content: bytes) -> str:
    """Return the encoding of a text: by its byte order mark, else UTF-8, GB18030 or Big5.

    UTF-8 is told by the lines: a damaged character does not make Chinese of all the others. Of the
    other two, which often both read a text, it is the one that makes usual characters of it.

    Args:
        path: The file, for messages.
        content: All of it.

    Raises:
        DataError: Both make the same of it.
    """
    for mark, name in _MARKS.items():
        if content.startswith(mark):
            return name
    telling = [_is_utf8(line) for line in content.split(b"\n") if not line.isascii()]
    if 2 * sum(telling) >= len(telling):
        return "utf-8"
    unusual = {name: count_unusual([content.decode(name, "replace")], name) for name in _CHINESE}
    likeliest = min(unusual, key=lambda name: unusual[name])
    if list(unusual.values()).count(unusual[likeliest]) > 1:
        remedy = "save it as CSV UTF-8, or import it with --encoding gb18030 or --encoding big5"
        raise DataError(f"{path}: may be GB18030 or Big5; {remedy}")
    return likeliest


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


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
