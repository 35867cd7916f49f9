"""CSV and Excel: one row a turn, the names of the fields above, in English or Chinese."""

import csv
import io
import re
import zlib
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice, starmap, zip_longest
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from classifier.cells import COLUMNS, from_cells, to_cells
from classifier.columns import field_of, heading_of, value_of
from classifier.csv_cells import defuse, restore
from classifier.errors import DataError, OutputError, TableError
from classifier.records import Record
from classifier.table_text import SEPARATORS, another_encoding, encoding_of
from training.dataset import Place
from training.exchange.merged_cells import MERGED, Row, mark_merged, merged_areas
from training.exchange.source import Found, found
from training.files import read_bytes

# What the library raises where archive, XML (`SyntaxError`) or a cell is damaged.
_DAMAGED = (
    BadZipFile, SyntaxError, zlib.error, EOFError, RuntimeError, LookupError, ValueError, TypeError,
    AttributeError,
)  # fmt: skip
_MOST_TITLES = 10
_EXCEL_CELL_CHARACTERS = 32_767
# Characters that XML cannot hold stand as _xHHHH_ in Office files (ECMA-376, ST_Xstring).
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_WRITTEN = re.compile(r"_x([0-9A-Fa-f]{4})_")
_UNCALCULATED, _FORMATTED = "f", "formatted"
"""Types of ours: a formula that has no value yet, a number that is shown in another form.

Of Excel's, e is an error, d a date or time, b a truth value.
"""
_MADE = ("d", "b", _FORMATTED)
_PLAIN = ("General", "@")
_NO_TEXT = (
    "the first row must name the columns, and there is no text among them; "
    "write text, 文本 or 内容 over the column of texts"
)


def read_csv(path: Path, encoding: str = "") -> Iterator[Found]:
    """Yield the turns of a CSV file in UTF-8, UTF-16, GB18030 or Big5, or in another encoding.

    Args:
        path: The file.
        encoding: Python's name of its encoding; empty finds it out.

    Raises:
        DataError: The file cannot be read, no column is named ``text``, or two are named alike.
        TableError: It is in another encoding, or in one that is not told.
    """
    content = read_bytes(path)
    lines = io.BytesIO(content)
    encoding = encoding_of(path, lines, lambda start: bool(_separator(start)), encoding)
    try:
        text = content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TableError(another_encoding(path, encoding, line)) from None
    separator = _separator(text)
    if not separator:
        raise DataError(f"{path}: {_NO_TEXT}")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        yield from _turns(path, ((cells, []) for cells in rows), "row")
    except csv.Error as error:
        message = f"is no CSV: {error}; mend the quotation marks"
        raise DataError(f"{path}:{rows.line_num}: {message}") from None


def write_csv(path: Path, records: Iterable[Record], separator: str = ",") -> None:
    """Write turns as CSV that Excel opens with its characters right.

    Args:
        path: Where to.
        records: Labelled records.
        separator: What parts the cells.
    """
    rows = [to_cells(record) for record in records]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, _columns(rows), restval="", delimiter=separator)
        writer.writerow({name: defuse(heading_of(name)) for name in writer.fieldnames})
        writer.writerows(rows)


def read_excel(path: Path, sheet: str = "") -> Iterator[Found]:
    """Yield the turns of a sheet of an Excel file.

    Args:
        path: An ``.xlsx`` file.
        sheet: Its name; empty for the only one that has a column ``text``.

    Raises:
        DataError: The file cannot be read, it has no such sheet, or several and none is named, no
            column is named ``text``, or two are named alike.
    """
    import openpyxl

    content = read_bytes(path)
    with _readable(path):
        book, formulas = (
            openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=values)
            for values in (True, False)
        )
    sheets = {each.title: each for each in book.worksheets}
    if sheet and sheet not in sheets:
        raise DataError(f"{path}: has no sheet {sheet}; it has {', '.join(sheets)}")
    telling = [
        n for n in sheets if _header(cells for cells, _types in _rows(path, sheets[n], formulas[n]))
    ]
    if not sheet and len(telling) > 1:
        problem = f"several sheets have a column of texts: {', '.join(telling)}"
        raise DataError(f"{path}: {problem}; name one with --sheet, or save it alone")
    name = sheet or next(iter(telling), "")
    if name not in telling:
        raise DataError(f"{path}: {_NO_TEXT}")
    with _readable(path):
        areas = merged_areas(sheets[name])
    rows = mark_merged(areas, _rows(path, sheets[name], formulas[name]))
    yield from _turns(path, rows, f"sheet {name}, row")


def write_excel(path: Path, records: Iterable[Record]) -> None:
    """Write turns as an Excel file, every cell as text.

    Args:
        path: Where to.
        records: Labelled records.

    Raises:
        OutputError: A cell is longer than Excel takes.
    """
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    rows = [{n: _escape(cell) for n, cell in to_cells(record).items()} for record in records]
    for name, text in (cell for row in rows for cell in row.items()):
        if len(text) > _EXCEL_CELL_CHARACTERS:
            raise OutputError(f"{name} of a turn is too long for Excel; take CSV")
    columns = _columns(rows)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("turns")
    sheet.freeze_panes = "A2"
    header = {name: _escape(defuse(heading_of(name))) for name in columns}
    for row in (header, *rows):
        cells = []
        for name in columns:
            text = row.get(name, "")
            cell = WriteOnlyCell(sheet, text or None)
            cell.data_type = "s" if text else "n"
            cells.append(cell)
        sheet.append(cells)
    book.save(path)


def _escape(text: str) -> str:
    return _UNWRITABLE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def _unescape(text: str) -> str:
    return _WRITTEN.sub(lambda match: chr(int(match[1], 16)), text)


def _shown(cell: object) -> str:
    # Excel turns 1 and TRUE into its own types.
    if isinstance(cell, bool):
        return str(cell).lower()
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _columns(rows: Sequence[dict[str, str]]) -> list[str]:
    others = {name: None for row in rows for name in row if name not in COLUMNS}
    return [*COLUMNS, *others]


@contextmanager
def _readable(path: Path) -> Generator[None]:
    from openpyxl.formula.tokenizer import TokenizerError
    from openpyxl.formula.translate import TranslatorError
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        yield
    except (*_DAMAGED, InvalidFileException, TokenizerError, TranslatorError):
        message = "is no Excel file (.xlsx), or a damaged one; save its turns anew"
        raise DataError(f"{path}: {message}") from None


def _rows(path: Path, sheet: Any, formulas: Any) -> Iterator[Row]:  # ruff: ignore[any-type]
    with _readable(path):
        sheet.reset_dimensions()  # what it says of its own size may be wrong
        formulas.reset_dimensions()
        for row, written in zip(sheet.iter_rows(), formulas.iter_rows(), strict=True):
            cells = ["" if c.value is None else _unescape(_shown(c.value)) for c in row]
            yield cells, list(starmap(_type, zip(row, written, strict=True)))


def _type(cell: Any, written: Any) -> str:  # ruff: ignore[any-type]  # of a library
    kind: str = cell.data_type
    if cell.value is None:  # an empty text that a formula came to is of type str
        return _UNCALCULATED if written.data_type == "f" and kind == "n" else ""
    if kind != "n" or cell.number_format in _PLAIN:
        return kind
    whole = not isinstance(cell.value, float) or cell.value.is_integer()
    return kind if cell.number_format == "0" and whole else _FORMATTED


def _names_text(row: Sequence[str]) -> bool:
    return "text" in map(field_of, row)


def _separator(start: str) -> str:
    """Return what parts the cells; nothing where no row names the columns."""
    for separator in SEPARATORS:
        with suppress(csv.Error):
            if _header(csv.reader(io.StringIO(start, newline=""), delimiter=separator)):
                return separator
    return ""


def _header(rows: Iterable[list[str]]) -> tuple[int, list[str]] | None:
    """Return the row that names the columns, with its number, counted from 1; None without one.

    Titles may stand above it, rows of one cell; below them a header must name two columns.
    """
    for number, row in enumerate(islice(rows, _MOST_TITLES), start=1):
        several = sum(map(bool, row)) > 1
        if _names_text(row) and (several or number == 1):
            return number, row
        if several:
            return None
    return None


def _turns(path: Path, rows: Iterator[Row], unit: str) -> Iterator[Found]:
    header = _header(cells for cells, _types in rows)
    if header is None:
        raise DataError(f"{path}: {_NO_TEXT}")
    first, names = header[0], [field_of(restore(name)) for name in header[1]]
    for name, times in Counter(filter(None, names)).items():
        if times > 1:
            place = Place(str(path), first, unit)
            raise DataError(f"{place}: {times} columns are named {name}; rename all but one")
    for number, (cells, types) in enumerate(rows, start=first + 1):
        if any(cells) or _UNCALCULATED in types:
            yield found(Place(str(path), number, unit), partial(_record, names, cells, types))


def _record(names: Sequence[str], row: Sequence[str], types: Sequence[str]) -> Record:
    columns = zip_longest(names, row, types, fillvalue="")
    for column, (name, cell, kind) in enumerate(columns, start=1):
        if cell.strip() and not name:
            remedy = "put a text that holds the separator into quotation marks, or name the column"
            raise DataError(f"column {column}: has a cell and no name; {remedy}")
        if name and kind == MERGED:
            raise DataError(f"{name}: is a merged cell; unmerge and fill it")
        if kind == _UNCALCULATED:
            problem = "holds a formula that was never calculated"
            remedy = "open it in Excel or LibreOffice and save it"
            raise DataError(f"{name or f'column {column}'}: {problem}; {remedy}")
        if cell and kind == "e" and name in COLUMNS:
            raise DataError(f"{name}: holds an Excel error such as #N/A; mend its formula")
        if cell and kind in _MADE and name == "text":
            remedy = "format the column as text and write it anew"
            made = "a date, time, truth value or formatted number that Excel made"
            raise DataError(f"text: holds {made}; {remedy}")
    cells = {n: value_of(n, cell) for n, cell in zip(names, row, strict=False) if n}
    return from_cells(cells)
