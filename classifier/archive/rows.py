"""The records in a chunk of an archive, whatever its shape."""

from collections.abc import Iterator, Mapping
from typing import Any

from classifier.archive.files import Chunk, import_arrow
from classifier.cells import from_cells
from classifier.errors import DataError, InvalidTurnError
from classifier.records import Record, parse_line
from classifier.table_text import undecoded


def records_of(chunk: Chunk) -> Iterator[tuple[int, Record | str]]:
    """Yield line or row of each record, and the record or what is wrong with it; skip blank ones.

    Args:
        chunk: From `classifier.archive.files.read_chunks`.
    """
    rows = chunk.rows if isinstance(chunk.rows, list) else rows_of_batch(chunk.rows)
    for number, row in enumerate(rows, start=chunk.first_row):
        try:
            if isinstance(row, str):
                yield number, row
            elif isinstance(row, bytes):
                if row.strip():
                    yield number, parse_line(row)
            elif isinstance(row, dict):
                yield number, record_of_row(row | {"text": row.get(chunk.text_column)})
            elif any(row):
                yield number, from_cells(cells_of_row(chunk, row))
        except (DataError, InvalidTurnError) as error:
            yield number, str(error)


def rows_of_batch(batch: Any) -> list[dict[str, Any] | str]:  # ruff: ignore[any-type]  # untyped
    """Return the rows of an Arrow batch without its times; a text where one cannot be read.

    Args:
        batch: Its texts may be no UTF-8, and its times none that Python has.
    """
    timeless = [
        field.name for field in batch.schema if not import_arrow().types.is_temporal(field.type)
    ]
    try:
        rows: list[dict[str, Any] | str] = batch.select(timeless).to_pylist()
    except UnicodeDecodeError:
        if batch.num_rows == 1:
            return [undecoded("utf-8")]
        half = batch.num_rows // 2
        return rows_of_batch(batch.slice(0, half)) + rows_of_batch(batch.slice(half))
    return rows


def cells_of_row(chunk: Chunk, row: list[str]) -> dict[str, str]:
    """Return name of the column -> cell, with what was said as ``text``.

    Args:
        chunk: Of a CSV file.
        row: One of its rows.
    """
    cells = dict(zip(chunk.head.names if chunk.head else (), row, strict=False))
    return cells | {"text": cells.get(chunk.text_column, "")}


def record_of_row(row: Mapping[str, Any]) -> Record:
    """Return the record of a row of an Arrow table; empty fields are left out.

    Args:
        row: Column -> value; context and alternatives may be written as in a cell of a CSV file.

    Raises:
        DataError: A cell cannot be read.
    """
    record = {name: value for name, value in row.items() if value is not None}
    cells = {n: v for n, v in record.items() if n not in {"text", "channel"} and isinstance(v, str)}
    return record | from_cells(cells)
