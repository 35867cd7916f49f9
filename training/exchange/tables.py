"""CSV and Excel: one row a turn, the names of the fields in the first row."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zipfile import BadZipFile

from classifier.cells import COLUMNS, from_cells, to_cells
from classifier.errors import DataError, OutputError
from classifier.records import Record
from training.exchange.source import Found, found, read_bytes

_EXCEL_CELL_CHARACTERS = 32_767
# Characters that XML cannot hold stand as _xHHHH_ in Office files (ECMA-376, ST_Xstring).
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_WRITTEN = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_csv(path: Path) -> Iterator[Found]:
    """Yield the turns of a CSV file in UTF-8, with or without a byte order mark.

    Args:
        path: A CSV file.

    Raises:
        DataError: The file cannot be read, or has no column ``text``.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{path}: is not UTF-8 at byte {error.start + 1}; save it as CSV UTF-8"
        raise DataError(message) from None
    try:
        yield from _rows(path, iter(csv.reader(io.StringIO(text, newline=""))))
    except csv.Error as error:
        raise DataError(f"{path}: is no CSV: {error}") from None


def write_csv(path: Path, records: Iterable[Record]) -> None:
    """Write turns as CSV that Excel opens with its characters right.

    Args:
        path: Where to.
        records: Labelled records.
    """
    rows = [to_cells(record) for record in records]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, _columns(rows), restval="")
        writer.writeheader()
        writer.writerows(rows)


def read_excel(path: Path) -> Iterator[Found]:
    """Yield the turns of the first sheet of an Excel file.

    Args:
        path: An ``.xlsx`` file.

    Raises:
        DataError: The file cannot be read, or has no column ``text``.
    """
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(read_bytes(path)), read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError, openpyxl.utils.exceptions.InvalidFileException):
        raise DataError(f"{path}: is no Excel file (.xlsx)") from None
    rows = (
        ["" if cell is None else _unescape(_shown(cell)) for cell in row]
        for row in book.worksheets[0].iter_rows(values_only=True)
    )
    yield from _rows(path, rows)
    book.close()


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

    rows = [to_cells(record) for record in records]
    columns = _columns(rows)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("turns")
    sheet.freeze_panes = "A2"
    sheet.append(columns)
    for row in rows:
        cells = []
        for name in columns:
            text = _escape(row.get(name, ""))
            if len(text) > _EXCEL_CELL_CHARACTERS:
                raise OutputError(f"{path}: {name} of a turn is too long for Excel; take CSV")
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


def _rows(path: Path, rows: Iterator[list[str]]) -> Iterator[Found]:
    header = [name.strip() for name in next(rows, [])]
    if "text" not in header:
        raise DataError(f"{path}: the first row names the fields, and there is no text among them")
    for number, row in enumerate(rows, start=2):
        if any(row):
            cells = dict(zip(header, row, strict=False))
            yield found(path, number, lambda cells=cells: from_cells(cells))  # type: ignore[misc]
