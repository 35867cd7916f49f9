"""A record as cells of a table, and back, without loss."""

import json
import re

from classifier.csv_cells import defuse, restore
from classifier.errors import DataError
from classifier.records import Record

COLUMNS = (
    "id", "group", "channel", "industry", "script", "context", "text", "label", "kind",
    "also_complaint", "reasons", "pair",
)  # fmt: skip
"""The first columns of a table; what else records hold comes behind."""

_TEXTS = frozenset(COLUMNS) - {"context", "also_complaint", "reasons"}
_NUMBERS = frozenset({"share"})
"""Read as numbers however they are written; elsewhere 1.10 is no 1.1 but perhaps a version."""
_SPEAKER = re.compile(r"(bot|user|agent): (.*)", re.DOTALL)


def to_cells(record: Record) -> dict[str, str]:
    """Return column -> cell.

    Args:
        record: A labelled record. Context becomes a line for each turn where that can be read
            back, reasons words, truth values ``true`` and ``false``, all else JSON.
    """
    return {name: defuse(_to_cell(name, value)) for name, value in record.items()}


def from_cells(cells: dict[str, str]) -> Record:
    """Return the record of a row; empty cells are left out.

    Args:
        cells: Column -> cell.

    Raises:
        DataError: A cell cannot be read.
    """
    record: Record = {}
    for name, cell in cells.items():
        if cell:
            record[name] = _from_cell(name, restore(cell))
    return record


def _to_cell(name: str, value: object) -> str:
    if name == "context" and isinstance(value, list):
        lines = [_line(said) for said in value]
        text = "\n".join(lines)
        return (
            text if value and _from_lines(text) == value else json.dumps(value, ensure_ascii=False)
        )
    if name == "reasons" and isinstance(value, list):
        return " ".join(map(str, value)) or "[]"
    if isinstance(value, str) and value and (name in _TEXTS or _json_or_none(name, value) is None):
        return value
    return json.dumps(value, ensure_ascii=False)


def _from_cell(name: str, cell: str) -> object:
    if name in _TEXTS:
        return cell
    if name == "context" and not cell.startswith("["):
        context = _from_lines(cell)
        if context is None:
            raise DataError("context: each line must begin with bot:, user: or agent:")
        return context
    if name == "reasons" and cell != "[]":
        return cell.replace(",", " ").split()
    if name == "also_complaint" and cell.lower() in {"true", "false"}:
        return cell.lower() == "true"
    parsed = _json_or_none(name, cell)
    return cell if parsed is None else parsed[0]


def _line(said: object) -> str:
    return (
        f"{said['speaker']}: {said['text']}"
        if isinstance(said, dict) and said.keys() == {"speaker", "text"}
        else "?"
    )


def _from_lines(text: str) -> list[Record] | None:
    matches = [_SPEAKER.fullmatch(line) for line in text.split("\n")]
    found = [{"speaker": m[1], "text": m[2]} for m in matches if m]
    return found if len(found) == len(matches) else None


def _json_or_none(name: str, text: str) -> tuple[object] | None:
    # A text that would be read as JSON is written as JSON itself, so that "1" stays a string.
    try:
        value = json.loads(text)
        written = json.dumps(value, allow_nan=False)  # NaN and 1e999 are none
    except (ValueError, RecursionError):
        return None
    respelt = isinstance(value, int | float) and written != text and name not in _NUMBERS
    return None if respelt else (value,)
