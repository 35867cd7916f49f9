"""What kind of archive a file is, and its chunks of rows."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from classifier.errors import ArchiveError


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
    """

    shape: Shape
    packed: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of an archive.

    Attributes:
        number: Counted from 0.
        first_row: Line or row of the first, counted from 1; the header of a CSV file is row 1.
        rows: Lines as bytes, rows as lists of cells, or one Arrow record batch.
        header: Names of the columns of a CSV file.
    """

    number: int
    first_row: int
    rows: Any
    header: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.rows)


def kind_of(path: Path) -> Kind:
    """Return what a file's name says of it; JSON Lines where it says nothing.

    Args:
        path: Such as ``turns.csv.gz``.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    packed = suffixes[-1][1:] if suffixes and suffixes[-1] in {".gz", ".zst"} else ""
    named = suffixes[:-1] if packed else suffixes
    last = named[-1] if named else ""
    shapes = {".csv": Shape.CSV, ".parquet": Shape.PARQUET}
    return Kind(shapes.get(last, Shape.LINES), packed)


def read_chunks(path: Path, rows: int) -> Iterator[Chunk]:
    """Yield an archive in chunks, without holding more than one.

    Args:
        path: The file.
        rows: Rows of a chunk, at least 1.

    Raises:
        ArchiveError: It cannot be read, is damaged, or needs a package that is not installed.
    """
    kind = kind_of(path)
    try:
        if kind.shape is Shape.PARQUET:
            yield from _batches(path, rows)
            return
        with ExitStack() as opened:
            file = opened.enter_context(_open(path, kind.packed))
            yield from (_lines if kind.shape is Shape.LINES else _cells)(file, rows)
    except UnicodeDecodeError:
        raise ArchiveError(f"{path}: is not UTF-8") from None
    except csv.Error as error:
        raise ArchiveError(f"{path}: is no CSV: {error}") from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "it is truncated or damaged"
        raise ArchiveError(f"{path}: cannot be read: {reason}") from None


def count_rows(path: Path) -> int:
    """Return how many rows there are; blank lines count.

    Args:
        path: The file.

    Raises:
        ArchiveError: It cannot be read.
    """
    if kind_of(path).shape is Shape.PARQUET:
        return int(_parquet(path).metadata.num_rows)
    return sum(chunk.size for chunk in read_chunks(path, 10_000))


def import_arrow() -> Any:  # ruff: ignore[any-type]  # an untyped package
    """Return pyarrow, which reads Parquet and zstd.

    Raises:
        ArchiveError: It is not installed.
    """
    try:
        import_module("pyarrow.parquet")
        return import_module("pyarrow")
    except ImportError:
        raise ArchiveError("Parquet and zst need pyarrow: `pip install wurao[bulk]`") from None


def _open(path: Path, packed: str) -> IO[bytes]:
    if packed == "gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if packed == "zst":
        stream = import_arrow().input_stream(str(path), compression="zstd")
        return io.BufferedReader(stream, 1 << 20)
    return path.open("rb")


def _lines(file: IO[bytes], rows: int) -> Iterator[Chunk]:
    number, first = 0, 1
    while lines := list(islice(file, rows)):
        yield Chunk(number, first, lines)
        number, first = number + 1, first + len(lines)


def _cells(file: IO[bytes], rows: int) -> Iterator[Chunk]:
    with io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
        reader = csv.reader(text)
        header = tuple(name.strip() for name in next(reader, []))
        if "text" not in header:
            raise csv.Error("the first row names the columns, and there is no text among them")
        number, first = 0, 2
        while cells := list(islice(reader, rows)):
            yield Chunk(number, first, cells, header)
            number, first = number + 1, first + len(cells)


def _batches(path: Path, rows: int) -> Iterator[Chunk]:
    number, first = 0, 1
    for batch in _parquet(path).iter_batches(batch_size=rows):
        yield Chunk(number, first, batch)
        number, first = number + 1, first + batch.num_rows


def _parquet(path: Path) -> Any:  # ruff: ignore[any-type]  # an untyped package
    arrow = import_arrow()
    try:
        file = arrow.parquet.ParquetFile(path)
    except arrow.ArrowInvalid:
        raise ArchiveError(f"{path}: is no Parquet file") from None
    if "text" not in file.schema_arrow.names:
        raise ArchiveError(f"{path}: has no column text")
    return file
