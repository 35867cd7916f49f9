"""Labels on their way out of the data set."""

from collections.abc import Iterator
from pathlib import Path

from classifier.errors import DataError, InvalidTurnError
from classifier.records import Record, parse_line


def read_split_records(data_folder: Path, split: str) -> Iterator[Record]:
    """Yield the records of a split as they stand, fields that nobody here knows included.

    Args:
        data_folder: The folder ``data``.
        split: One of `training.dataset.SPLITS`.

    Raises:
        DataError: The split has no file, or a line is no record.
    """
    paths = sorted((data_folder / split).glob("*.jsonl"))
    if not paths:
        message = f"{data_folder / split}: no *.jsonl here; is {data_folder} the data folder?"
        raise DataError(message)
    for path in paths:
        yield from read_file_records(path)


def read_file_records(path: Path) -> Iterator[Record]:
    """Yield the records of one file as they stand.

    Args:
        path: A JSON Lines file.

    Raises:
        DataError: A line is no record.
    """
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            yield parse_line(line)
        except InvalidTurnError as error:
            raise DataError(f"{path}:{number}: {error}") from None
