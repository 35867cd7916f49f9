"""What kind of archive a file is, and its chunks of rows."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import IO, Any, cast

from classifier.archive.arrow import import_arrow, open_zstd
from classifier.archive.csv_rows import (
    Head,
    Table,
    fields_of,
    known_columns,
    read_csv_rows,
)
from classifier.errors import ArchiveError, TableError
from classifier.table_text import another_encoding, encoding_of, undecoded

_TELLING_BYTES = 1 << 20  # of lines by which an encoding is told; ASCII tells none
_PACKED = frozenset({".zip", ".bz2", ".xz", ".7z"})
_FOREIGN = frozenset({
    ".xlsx", ".xls", ".ods", ".feather", ".arrow", ".avro", ".xml", ".yml", ".yaml",
})  # fmt: skip


class Shape(StrEnum):
    """How rows are written."""

    LINES = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file's name says of it.

    Attributes:
        shape: How rows are written.
        packed: ``gz``, ``zst``, or empty.
        separator: Between the cells that are written; empty for that of the source.
    """

    shape: Shape
    packed: str = ""
    separator: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of an archive.

    Attributes:
        number: Counted from 0.
        first_row: Line or row of the first, counted from 1; the header of a CSV file is row 1.
        rows: Lines as bytes, rows as lists of cells, or one Arrow record batch. A text stands for a
            line or row that cannot be read, and says why.
        share: How much of the file is read so far, above 0 and at most 1.
        head: Of a CSV file.
        fields: Of a table, for each column the field of a record that it holds; empty for none.
    """

    number: int
    first_row: int
    rows: Any
    share: float = 1.0
    head: Head | None = None
    fields: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.rows)


def kind_of(path: Path) -> Kind:
    """Return what a file's name says of it; JSON Lines where it says nothing.

    Args:
        path: Such as ``turns.csv.gz``.

    Raises:
        ArchiveError: It is of a kind that is not read, or Parquet, which packs itself, and packed
            once more.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    packed = suffixes[-1][1:] if suffixes and suffixes[-1] in {".gz", ".zst"} else ""
    named = suffixes[:-1] if packed else suffixes
    last = named[-1] if named else ""
    if last in _PACKED:
        raise ArchiveError(
            f"{path}: {last} is not known here; unpack it, or pack it as .gz or .zst"
        )
    if last in _FOREIGN:
        remedy = "save it as CSV, Parquet or JSON Lines (.jsonl)"
        raise ArchiveError(f"{path}: {last} is not known here; {remedy}")
    shapes = {".csv": Shape.CSV, ".tsv": Shape.CSV, ".parquet": Shape.PARQUET}
    if packed and last == ".parquet":
        raise ArchiveError(f"{path}: Parquet packs itself; name it without .{packed}")
    return Kind(shapes.get(last, Shape.LINES), packed, "\t" if last == ".tsv" else "")


def read_chunks(path: Path, rows: int, table: Table | None = None) -> Iterator[Chunk]:
    """Yield an archive in chunks, without holding more than one.

    What stands before a place where a file is broken is yielded; the place is a row of its own.
    A table without rows is one chunk, for its columns.

    Args:
        path: The file.
        rows: Rows of a chunk, at least 1.
        table: How to read a table; by its column ``text``, where it is not given.

    Raises:
        ArchiveError: It cannot be read at all, or needs a package that is not installed.
        TableError: It is in another encoding, or in one that is not told.
    """
    kind = kind_of(path)
    table = table or Table()
    _refuse_pipe(path)
    try:
        if kind.shape is Shape.PARQUET:
            yield from _batches(path, rows, table)
            return
        if kind.shape is Shape.CSV:
            table = replace(table, encoding=_encoding(path, kind, table))
        with path.open("rb") as packed:
            size = max(1, path.stat().st_size)
            file = _unpacked(packed, kind.packed)
            for chunk in _chunks(path, file, kind, rows, table):
                yield replace(chunk, share=min(1.0, max(1, packed.tell()) / size))
    except UnicodeError:
        raise TableError(another_encoding(path, table.encoding)) from None
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveError(f"{path}: cannot be read: {_reason(error)}") from None


def count_rows(path: Path, table: Table | None = None) -> int:
    """Return how many rows there are; blank lines count.

    Args:
        path: The file.
        table: How to read a table; by its column ``text``, where it is not given.

    Raises:
        ArchiveError: It cannot be read.
    """
    if kind_of(path).shape is Shape.PARQUET:
        _refuse_pipe(path)
        return int(_parquet(path, table or Table())[0].metadata.num_rows)
    return sum(chunk.size for chunk in read_chunks(path, 10_000, table))


def _refuse_pipe(path: Path) -> None:
    if path.exists() and not path.is_file():
        remedy = "save it to a file first (`wurao classify - -o FILE` reads JSON Lines from one)"
        raise ArchiveError(f"{path}: is a pipe or device, and is read more than once; {remedy}")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "it is truncated or damaged"


def _unpacked(file: IO[bytes], packed: str) -> IO[bytes]:
    if packed == "gz":
        return cast("IO[bytes]", gzip.open(file, "rb"))
    if packed == "zst":
        return open_zstd(file)
    return file


def _encoding(path: Path, kind: Kind, table: Table) -> str:
    with path.open("rb") as packed:
        lines = _telling_lines(_unpacked(packed, kind.packed))
        known = partial(known_columns, text_column=table.text_column)
        return encoding_of(path, lines, known, table.encoding)


def _telling_lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield lines until enough of them tell an encoding, or all."""
    told = 0
    with suppress(OSError, EOFError, zlib.error):  # whoever reads the rows names it
        while told < _TELLING_BYTES and (line := file.readline()):
            told += 0 if line.isascii() else len(line)
            yield line


def _chunks(path: Path, file: IO[bytes], kind: Kind, rows: int, table: Table) -> Iterator[Chunk]:
    if kind.shape is Shape.LINES:
        for number, (first, lines) in enumerate(_cut(file, 1, rows)):
            yield Chunk(number, first, lines)
        return
    with io.TextIOWrapper(file, table.encoding, "surrogateescape", newline="") as text:
        head, cells = read_csv_rows(path, text, table)
        fields = fields_of(path, head.names, table.text_column)
        number = -1
        for number, (first, found) in enumerate(_cut(cells, 2, rows)):
            if number == 0 and found.count(undecoded(table.encoding)) * 2 > len(found):
                raise TableError(another_encoding(path, table.encoding))
            yield Chunk(number, first, found, head=head, fields=fields)
        if number < 0:
            yield Chunk(0, 2, [], head=head, fields=fields)


def _cut(units: Iterator[Any], first: int, rows: int) -> Iterator[tuple[int, list[Any]]]:
    start, broken = first, False
    while not broken:
        found: list[Any] = []
        try:
            found.extend(islice(units, rows))  # keeps what came before an error
        except (OSError, EOFError, zlib.error) as error:
            if first == start and not found:
                raise
            found.append(f"cannot be read from here on: {_reason(error)}")
            broken = True
        if not found:
            return
        yield first, found
        first += len(found)


def _batches(path: Path, rows: int, table: Table) -> Iterator[Chunk]:
    file, fields = _parquet(path, table)
    arrow = import_arrow()
    done, total = 0, file.metadata.num_rows
    if not total:
        empty = arrow.RecordBatch.from_pylist([], file.schema_arrow)
        yield Chunk(0, 1, empty, fields=fields)
        return
    batches = file.iter_batches(batch_size=rows)
    for number in count():
        try:
            batch = next(batches, None)
            if batch is None:
                return
            batch.validate()
        except (arrow.ArrowException, OSError) as error:
            problem = "it is encrypted" if _is_encrypted(error) else "it is damaged"
            if not done:
                raise ArchiveError(f"{path}: cannot be read: {problem}") from None
            yield Chunk(number, done + 1, [f"cannot be read from here on: {problem}"])
            return
        first, done = done + 1, done + batch.num_rows
        yield Chunk(number, first, batch, done / total, fields=fields)


def _parquet(path: Path, table: Table) -> tuple[Any, tuple[str, ...]]:  # an untyped package
    arrow = import_arrow()
    try:
        with path.open("rb"):  # whose errors say why
            file = arrow.parquet.ParquetFile(path)
        names = file.schema_arrow.names
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        if getattr(error, "strerror", None):
            problem = f"cannot be read: {_reason(error)}"
        elif _is_encrypted(error):
            problem = "is encrypted; save it without that"
        else:
            problem = "is no Parquet file, or a damaged one"
        raise ArchiveError(f"{path}: {problem}") from None
    if doubled := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        message = f"there are several columns {', '.join(doubled)}; rename all but one of each"
        raise ArchiveError(f"{path}: {message}")
    return file, fields_of(path, names, table.text_column)


def _is_encrypted(error: Exception) -> bool:
    return "crypt" in str(error)
