"""Reads the labelled data set: a folder for each split, one JSON object a line."""

import hashlib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

from classifier.errors import DataError, InvalidTurnError
from classifier.records import parse_line, turn_from_record
from classifier.turns import REASONS, Label, Reason, Turn
from training.files import read_bytes

KINDS: dict[Label, tuple[str, ...]] = {
    Label.OPT_OUT: (
        "stop_contact", "remove_data", "unsubscribe", "threat_to_stop", "rhetorical", "confirm",
        "indirect", "third_party",
    ),
    Label.COMPLAINT: (
        "service", "product", "contact_frequency", "privacy", "report_threat", "fraud_accusation",
        "abuse",
    ),
    Label.NORMAL: (
        "not_interested", "busy", "callback", "wrong_number", "interested", "question", "affirm",
        "deny", "filler", "hang_up", "stop_speaking", "cancel_other", "opt_in",
        "channel_preference", "deny_stop", "reported", "praise", "service_request", "other",
    ),
}  # fmt: skip
"""The finer kinds of each label, as data/LABELLING.md defines them."""

SCRIPTS = ("hans", "hant", "yue")
INDUSTRIES = (
    "loan", "insurance", "property", "education", "telecom", "utilities", "courier", "e-commerce",
    "bank", "debt_collection", "securities", "decoration", "medical", "survey", "government",
    "property_management", "recruitment", "travel", "car", "beauty", "food", "entertainment",
    "everyday", "other",
)  # fmt: skip
FROZEN_SPLITS = ("test", "challenge", "behaviour")
"""What training never sees, each with its own digest in data/frozen.toml."""

EXPECTATIONS = ("minimum", "invariance", "direction")
"""What a behaviour case asks: the label itself, the same as its twin, or what its difference from
its twin asks for, mostly another."""

SPLITS = ("train", *FROZEN_SPLITS)
HARD = "hard"
"""Turns of which the linear model learns nothing but harm, beside the splits: the second reader
alone learns them."""

UNSURE = "unsure.jsonl"
"""Turns about which careful readers differ, beside the splits; nobody trains on them."""

SHORT_CHARACTERS = 8
"""The most that a short turn has."""

LENGTHS = ("short", "middling", "long")
_LONG_CHARACTERS = 31
_MAX_NAME_CHARACTERS = 128
_LABELS = {label.value: label for label in Label}
_REASONS = {reason.value: reason for reason in REASONS}


class Place(Struct, frozen=True, gc=False):
    """Where a labelled turn stands.

    Attributes:
        path: The file, as it was named to the reader.
        line: Counted from 1.
        unit: What is counted where it is not lines, such as ``task``.
    """

    path: str
    line: int
    unit: str = ""

    def __str__(self) -> str:
        """Return ``path:line``, or ``path: unit line``."""
        return f"{self.path}: {self.unit} {self.line}" if self.unit else f"{self.path}:{self.line}"


class LabelledTurn(Struct, frozen=True, gc=False):
    """One turn with what a labeller said of it.

    Attributes:
        id: Unique in the whole data set.
        group: All turns of a scene and all members of a contrast set share it.
        turn: What is classified.
        label: By data/LABELLING.md.
        kind: The finer kind, one of `KINDS` of the label.
        also_complaint: For an opt_out: a complaint too, the request taken out.
        reasons: Why the subject objects; empty for normal.
        industry: Who calls or is written to, one of `INDUSTRIES`.
        script: One of `SCRIPTS`.
        place: File and line.
        pair: Id of its twin, for contrast sets and behaviour suites; else empty.
        capability: What a behaviour case is about; empty in other splits.
        expectation: One of `EXPECTATIONS`; empty in other splits.
    """

    id: str
    group: str
    turn: Turn
    label: Label
    kind: str
    also_complaint: bool
    reasons: tuple[Reason, ...]
    industry: str
    script: str
    place: Place
    pair: str = ""
    capability: str = ""
    expectation: str = ""


def split_files(data_folder: Path, split: str) -> list[Path]:
    """Return the files of a split, in the order of their names.

    Args:
        data_folder: The folder ``data``.
        split: One of `SPLITS`, or `HARD`.

    Raises:
        DataError: The split has no file.
    """
    paths = sorted((data_folder / split).glob("*.jsonl"))
    if not paths:
        message = f"{data_folder / split}: no *.jsonl here; is {data_folder} the data folder?"
        raise DataError(message)
    return paths


def read_split(data_folder: Path, split: str) -> tuple[list[LabelledTurn], list[str]]:
    """Read every file of a split, in the order of their names.

    Args:
        data_folder: The folder ``data``.
        split: One of `SPLITS`.

    Returns:
        The turns, and one message for each line that could not be read, naming file and line.

    Raises:
        DataError: The split has no file.
    """
    turns: list[LabelledTurn] = []
    problems: list[str] = []
    for path in split_files(data_folder, split):
        found, wrong = read_file(path)
        turns += found
        problems += wrong
    return turns, problems


def read_unsure(data_folder: Path) -> tuple[list[LabelledTurn], list[str]]:
    """Read the turns marked unsure; a data set need not have any.

    Args:
        data_folder: The folder ``data``.

    Returns:
        The turns, and one message for each line that could not be read, naming file and line.

    Raises:
        DataError: The file is there and cannot be opened.
    """
    path = data_folder / UNSURE
    return read_file(path) if path.exists() else ([], [])


def read_hard(data_folder: Path) -> tuple[list[LabelledTurn], list[str]]:
    """Read the turns that the second reader alone learns; a data set need not have any.

    Args:
        data_folder: The folder ``data``.

    Returns:
        The turns, and one message for each line that could not be read, naming file and line.
    """
    return read_split(data_folder, HARD) if (data_folder / HARD).is_dir() else ([], [])


def read_file(path: Path) -> tuple[list[LabelledTurn], list[str]]:
    """Read one labelled file.

    Args:
        path: A JSON Lines file.

    Returns:
        The turns, and one message for each line that could not be read, naming file and line.

    Raises:
        DataError: The file cannot be opened.
    """
    turns: list[LabelledTurn] = []
    problems: list[str] = []
    for number, line in enumerate(read_bytes(path).splitlines(), start=1):
        place = Place(str(path), number)
        try:
            turns.append(labelled_turn(parse_line(line), place))
        except (DataError, InvalidTurnError) as error:
            problems.append(f"{place}: {error}")
    return turns, problems


def length_of(turn: Turn) -> str:
    """Return ``short`` (up to 8 characters), ``middling`` (up to 30) or ``long``.

    Args:
        turn: Any.
    """
    size = len(turn.text)
    if size <= SHORT_CHARACTERS:
        return "short"
    return "long" if size >= _LONG_CHARACTERS else "middling"


def digest_files(paths: Iterable[Path]) -> str:
    """Return one SHA-256 over names and contents, in the order of the names.

    Args:
        paths: Files; each counts by its folder's and its own name.

    Raises:
        DataError: One cannot be opened.
    """
    total = hashlib.sha256()
    for path in sorted(paths):
        content = hashlib.sha256(read_bytes(path)).hexdigest()
        total.update(f"{path.parent.name}/{path.name} {content}\n".encode())
    return total.hexdigest()


def labelled_turn(record: dict[str, Any], place: Place) -> LabelledTurn:
    """Return the labelled turn that a record describes.

    Args:
        record: With every field of the data set; data/README.md lists them.
        place: Where it stands.

    Raises:
        DataError: A labeller's field is missing or not allowed.
        InvalidTurnError: The turn itself breaks the contract.
    """
    label = _LABELS[_one_of(record, "label", _LABELS)]
    reasons = record.get("reasons", [])
    if not isinstance(reasons, list) or not _REASONS.keys() >= set(map(str, reasons)):
        raise DataError(f"reasons: must be a list of {', '.join(sorted(_REASONS))}")
    also_complaint = record.get("also_complaint", False)
    if not isinstance(also_complaint, bool):
        raise DataError("also_complaint: must be true or false")
    return LabelledTurn(
        id=_text(record, "id"),
        group=_text(record, "group"),
        turn=turn_from_record(record),
        label=label,
        kind=_one_of(record, "kind", KINDS[label]),
        also_complaint=also_complaint,
        reasons=tuple([_REASONS[reason] for reason in reasons]),
        industry=_one_of(record, "industry", INDUSTRIES),
        script=_one_of(record, "script", SCRIPTS),
        place=place,
        pair=_text(record, "pair") if "pair" in record else "",
        capability=_text(record, "capability") if "capability" in record else "",
        expectation=_one_of(record, "expectation", EXPECTATIONS) if "expectation" in record else "",
    )


def is_name(value: str) -> bool:
    """Say whether a text may stand in a field that messages repeat, such as an id.

    Args:
        value: Any text.
    """
    return 0 < len(value) <= _MAX_NAME_CHARACTERS and value.isprintable()


def _text(record: dict[str, Any], field: str) -> str:
    value = record.get(field)
    if not isinstance(value, str) or not value:
        raise DataError(f"{field}: must be a non-empty string")
    if not is_name(value):
        limit = f"{_MAX_NAME_CHARACTERS} printable characters"
        raise DataError(f"{field}: must have at most {limit}; messages repeat it")
    return value


def _one_of(record: dict[str, Any], field: str, allowed: Collection[str]) -> str:
    value = record.get(field)
    if not isinstance(value, str) or value not in allowed:
        raise DataError(f"{field}: must be one of {', '.join(allowed)}")
    return value
