"""Labels on their way out of the data set."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from classifier.errors import DataError
from classifier.records import Record
from training.dataset import split_files
from training.exchange.formats import read_labels
from training.exchange.source import LabelFile, found

_DECIDED = {
    "label": (str, "a string"), "kind": (str, "a string"), "reasons": (list, "a list of names"),
    "also_complaint": (bool, "true or false"),
}  # fmt: skip


def read_split_records(data_folder: Path, split: str) -> Iterator[Record]:
    """Yield the records of a split as they stand, fields that nobody here knows included.

    Args:
        data_folder: The folder ``data``.
        split: One of `training.dataset.SPLITS`.

    Raises:
        DataError: The split has no file, or a line is no record.
    """
    for path in split_files(data_folder, split):
        yield from read_file_records(LabelFile(path, "records"))


def read_file_records(file: LabelFile) -> Iterator[Record]:
    """Yield the records of one file as they stand, but for decisions of a labeller that are null.

    Args:
        file: In any format that labels come in.

    Raises:
        DataError: The file cannot be read, or an entry not be written.
    """
    for entry in read_labels(file):
        if entry.record is not None:
            entry = found(entry.place, partial(_writable, entry.record))
        if entry.record is None:
            raise DataError(f"{entry.place}: {entry.problem}")
        yield entry.record


def _writable(record: Record) -> Record:
    kept = {k: v for k, v in record.items() if k not in _DECIDED or v is not None}
    if not isinstance(kept.get("text"), str):
        raise DataError("text: must be a string; every record needs one")
    for field, (kind, said) in _DECIDED.items():
        if field in kept and not isinstance(kept[field], kind):
            raise DataError(f"{field}: must be {said}")
    return kept
