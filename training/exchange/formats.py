"""The formats that labels come and go in, by name."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from classifier.errors import DataError
from classifier.records import Record, parse_line
from training.exchange.doccano import read_doccano, write_doccano
from training.exchange.label_studio import read_label_studio, write_label_studio
from training.exchange.rasa import read_rasa, write_rasa
from training.exchange.source import Found, each_line
from training.exchange.tables import read_csv, read_excel, write_csv, write_excel


def read_records(path: Path) -> Iterator[Found]:
    """Yield the turns of a file in this project's own format, such as review verdicts.

    Args:
        path: A JSON Lines file.

    Raises:
        DataError: The file cannot be read.
    """
    return each_line(path, parse_line)


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write turns in this project's own format.

    Args:
        path: Where to.
        records: Labelled records.
    """
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


READERS: dict[str, Callable[[Path], Iterator[Found]]] = {
    "records": read_records,
    "doccano": read_doccano,
    "label-studio": read_label_studio,
    "rasa": read_rasa,
    "csv": read_csv,
    "excel": read_excel,
}
WRITERS: dict[str, Callable[[Path, Iterable[Record]], None]] = {
    "records": write_records,
    "doccano": write_doccano,
    "label-studio": write_label_studio,
    "rasa": write_rasa,
    "csv": write_csv,
    "excel": write_excel,
}
_BY_SUFFIX = {
    ".json": "label-studio", ".yml": "rasa", ".yaml": "rasa", ".csv": "csv", ".xlsx": "excel",
}  # fmt: skip


def guess_format(path: Path) -> str:
    """Return the format that a file's name, and for JSON Lines its first line, speaks for.

    Args:
        path: The file; it need not be there.

    Raises:
        DataError: The name tells nothing.
    """
    suffix = path.suffix.lower()
    if suffix == ".jsonl":
        return "doccano" if path.is_file() and _has_label_list(path) else "records"
    if suffix not in _BY_SUFFIX:
        raise DataError(f"{path}: say with --format what it is: {', '.join(READERS)}")
    return _BY_SUFFIX[suffix]


def _has_label_list(path: Path) -> bool:
    with path.open("rb") as file:
        first = next((line for line in file if line.strip()), b"{}")
    try:
        record = json.loads(first)
    except ValueError:
        return False
    label = record.get("label", record.get("labels")) if isinstance(record, dict) else None
    return isinstance(label, list)
