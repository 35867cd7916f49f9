"""The records in a chunk of an archive, whatever its shape."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from classifier.archive.arrow import import_arrow
from classifier.archive.files import Chunk
from classifier.cells import from_cells
from classifier.columns import value_of
from classifier.errors import DataError, InvalidTurnError
from classifier.records import Record, parse_line
from classifier.table_text import undecoded

_UNREADABLE = "holds what cannot be read, perhaps a time finer than microseconds"


def records_of(chunk: Chunk, fields: Collection[str]) -> Iterator[tuple[int, Record | str]]:
    """Yield line or row of each record, and the record or what is wrong with it; skip blank ones.

    Args:
        chunk: From `classifier.archive.files.read_chunks`.
        fields: What is read of Parquet beside the texts; what nobody reads makes no row bad.
    """
    rows = chunk.rows
    if not isinstance(rows, list):
        rows = rows_of_batch(read_columns(chunk, fields))
    for number, row in enumerate(rows, start=chunk.first_row):
        try:
            if isinstance(row, str):
                yield number, row
            elif isinstance(row, bytes):
                if row.strip():
                    yield number, parse_line(row)
            elif isinstance(row, dict):
                yield number, record_of_row(row)
            elif any(row):
                yield number, from_cells(cells_of_row(chunk, row))
        except (DataError, InvalidTurnError) as error:
            yield number, str(error)


def read_columns(chunk: Chunk, fields: Collection[str]) -> Any:  # ruff: ignore[any-type]  # untyped
    """Return the columns of an Arrow batch that are read, each named by its field.

    Args:
        chunk: Of a Parquet file.
        fields: What is read beside the texts.
    """
    known = ("text", *fields)
    places = {field: place for place, field in enumerate(chunk.fields) if field in known}
    return chunk.rows.select(list(places.values())).rename_columns(list(places))


def rows_of_batch(batch: Any) -> list[dict[str, Any] | str]:  # ruff: ignore[any-type]  # untyped
    """Return the rows of an Arrow batch without its times; a text where one cannot be read.

    Args:
        batch: Its texts may be no UTF-8, and its times none that Python has, also within a list.
    """
    arrow = import_arrow()
    timeless = [field.name for field in batch.schema if not arrow.types.is_temporal(field.type)]
    try:
        rows: list[dict[str, Any] | str] = batch.select(timeless).to_pylist()
    except (ValueError, OverflowError, arrow.ArrowException) as error:
        if batch.num_rows == 1:
            is_text = isinstance(error, UnicodeDecodeError)
            return [undecoded("utf-8") if is_text else _UNREADABLE]
        half = batch.num_rows // 2
        return rows_of_batch(batch.slice(0, half)) + rows_of_batch(batch.slice(half))
    return rows


def cells_of_row(chunk: Chunk, row: list[str]) -> dict[str, str]:
    """Return field -> cell; columns that are passed over are left out.

    Args:
        chunk: Of a CSV file.
        row: One of its rows.
    """
    cells = zip(chunk.fields, row, strict=False)
    return {"text": ""} | {field: value_of(field, cell) for field, cell in cells if field}


def record_of_row(row: Mapping[str, Any]) -> Record:
    """Return the record of a row of an Arrow table; empty fields are left out.

    Args:
        row: Field -> value; all but the text may be written as in a cell of a CSV file.

    Raises:
        DataError: A cell cannot be read.
    """
    record = {name: value for name, value in row.items() if value is not None}
    cells = {n: value_of(n, v) for n, v in record.items() if n != "text" and isinstance(v, str)}
    return record | from_cells(cells)
