"""What the readers of all formats share: a turn or a problem, and where it stood."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from classifier.errors import DataError, InvalidTurnError
from classifier.records import Record
from training.dataset import Place
from training.files import read_bytes


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of a file.

    Attributes:
        place: File and line, row or place in the list, counted from 1.
        record: What it says; None where it cannot be read.
        problem: Why not; empty otherwise.
    """

    place: Place
    record: Record | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A file of turns, and how it is to be read where that is said.

    Attributes:
        path: The file.
        format: One of `training.exchange.formats.READERS`; None to guess it.
        sheet: Of an Excel file; empty for the only one that has a column of texts.
        encoding: Python's name of the encoding of a CSV file; empty finds it out.
    """

    path: Path
    format: str | None = None
    sheet: str = ""
    encoding: str = ""


def found(place: Place, read: Callable[[], Record]) -> Found:
    """Return what a reader makes of one entry, or why it cannot.

    Args:
        place: Where the entry stands.
        read: Reads it; may raise `DataError` or `InvalidTurnError`.
    """
    try:
        return Found(place, read())
    except (DataError, InvalidTurnError) as error:
        return Found(place, None, str(error))


def leave_unasked_open(entries: Iterable[Found]) -> Iterator[Found]:
    """Yield the turns of a labelling project without what it did not ask its labellers.

    Where none has a kind, a reason or a complaint beside its label, that nobody gave one says
    nothing of those that the data set has.

    Args:
        entries: Of the whole project; each record has all three of them, or the last two empty.
    """
    known = list(entries)
    beside = ("kind", "reasons", "also_complaint")
    asked = any(entry.record and any(map(entry.record.get, beside)) for entry in known)
    for entry in known:
        if asked or entry.record is None:
            yield entry
        else:
            kept = {name: value for name, value in entry.record.items() if name not in beside}
            yield replace(entry, record=kept)


def each_line(path: Path, read: Callable[[bytes], Record]) -> Iterator[Found]:
    """Yield what a reader makes of every line that is not blank.

    Args:
        path: A file of lines.
        read: Reads one line.

    Raises:
        DataError: The file cannot be read.
    """
    for number, line in enumerate(read_bytes(path).split(b"\n"), start=1):
        if line.strip():
            yield found(Place(str(path), number), partial(read, line))
