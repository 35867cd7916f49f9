"""The formats that labels come and go in, by name."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from classifier.errors import DataError, InvalidTurnError, OutputError
from classifier.records import Record, parse_line
from training.exchange.doccano import read_doccano, write_doccano
from training.exchange.label_studio import read_label_studio, write_label_studio
from training.exchange.lines import to_lines
from training.exchange.rasa import UNLABELLED, read_rasa, write_rasa
from training.exchange.source import Found, LabelFile, each_line
from training.exchange.tables import read_csv, read_excel, write_csv, write_excel
from training.files import check_place, replacement


def read_records(path: Path) -> Iterator[Found]:
    """Yield the turns of a file in this project's own format, such as review verdicts.

    Args:
        path: A JSON Lines file.

    Raises:
        DataError: The file cannot be read.
    """
    return each_line(path, _own)


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write turns in this project's own format.

    Args:
        path: Where to.
        records: Labelled records.
    """
    path.write_bytes(to_lines(records))


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
    ".jsonl": "records", ".json": "label-studio", ".yml": "rasa", ".yaml": "rasa", ".csv": "csv",
    ".tsv": "csv", ".xlsx": "excel",
}  # fmt: skip
_LINES_TO_GUESS = 1_000


def read_labels(file: LabelFile) -> Iterator[Found]:
    """Yield the turns of a file, or what is wrong with one.

    Args:
        file: And how it is to be read.

    Raises:
        DataError: The file cannot be read, or its format not be guessed.
    """
    path, name = file.path, file.format or guess_format(file.path)
    if file.encoding and name != "csv":
        raise DataError(f"{path}: only CSV files have an encoding; leave out --encoding")
    if file.sheet and name != "excel":
        raise DataError(f"{path}: only Excel files have sheets; leave out --sheet")
    if name == "csv":
        return read_csv(path, file.encoding)
    if name == "excel":
        return read_excel(path, file.sheet)
    return READERS[name](path)


def check_output(path: Path, name: str | None = None, *, labelled: bool = True) -> None:
    """Refuse a file that cannot be written, before there is anything to write.

    Args:
        path: Where to.
        name: Of the format; None for that of the file's name.
        labelled: Whether the turns will have labels.

    Raises:
        DataError: The name tells no format.
        OutputError: There is no such folder, or the format has no place for turns without labels.
    """
    if (name or _named_format(path)) == "rasa" and not labelled:
        raise OutputError(f"{path}: {UNLABELLED}")
    check_place(path)


def write_labels(path: Path, records: Iterable[Record], name: str | None = None) -> None:
    """Write turns in a format; a file that was there is replaced when all are written.

    Args:
        path: Where to.
        records: With a text each.
        name: Of the format; None for that of the file's name.

    Raises:
        DataError: The name tells no format.
        OutputError: The file cannot be written, or the format has no place for a turn.
    """
    write = WRITERS[name or _named_format(path)]
    if write is write_csv and path.suffix.lower() == ".tsv":
        write = partial(write_csv, separator="\t")
    try:
        with replacement(path) as new:
            write(new, records)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
    except OutputError as error:
        raise OutputError(f"{path}: {error}") from None


def guess_format(path: Path) -> str:
    """Return the format that a file's name, and for JSON Lines its first label, speaks for.

    Args:
        path: The file; it need not be there.

    Raises:
        DataError: The name tells nothing.
    """
    if path.suffix.lower() == ".xlsm":
        return "excel"  # only read: Excel opens none that was written without macros
    name = _named_format(path, " to `wurao data import`")  # no other reader has the option
    return "doccano" if name == "records" and path.is_file() and _has_label_list(path) else name


def _named_format(path: Path, by: str = "") -> str:
    suffix = path.suffix.lower()
    if suffix == ".xls":
        raise DataError(f"{path}: is of an Excel before 2007; save it as .xlsx")
    if suffix not in _BY_SUFFIX:
        endings = ", ".join(_BY_SUFFIX)
        named = f"say{by} with --format what it is: {', '.join(READERS)}"
        raise DataError(f"{path}: {named}; or let it end in {endings}")
    return _BY_SUFFIX[suffix]


def _has_label_list(path: Path) -> bool:
    with path.open("rb") as file:
        labels = (_label(line) for line in islice(file, _LINES_TO_GUESS))
        return isinstance(next((label for label in labels if label is not None), None), list)


def _label(line: bytes) -> object:
    try:
        record = parse_line(line)
    except InvalidTurnError:
        return None
    label = record.get("label")
    return record.get("labels") if label is None else label


def _own(line: bytes) -> Record:
    record = parse_line(line)
    if isinstance(record.get("label"), list):
        raise DataError("label: is a list, as doccano writes; import it with --format doccano")
    return record
