"""The file of conflicts: what an import lists and a person decides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from classifier.errors import DataError, InvalidTurnError
from classifier.records import Record, parse_line
from training.checks import Key, broken_fields, turn_key
from training.dataset import LabelledTurn, Place, labelled_turn
from training.exchange.lines import replace_file, to_lines

DECISIONS = ("keep", "take", "unsure")
LABEL_FIELDS = ("label", "kind", "also_complaint", "reasons")


@dataclass(frozen=True, slots=True)
class Conflict:
    """An incoming label that says something else than one that is there.

    Attributes:
        problem: What differs, in words.
        existing: Id of the turn that is there, or that came first in the same file.
        incoming: The record that came, complete.
        turn: The same as a noun, with the place where it was read.
        decision: One of `DECISIONS`; empty where nobody has decided.
        remarks: Whatever else somebody wrote into the line.
    """

    problem: str
    existing: str
    incoming: Record
    turn: LabelledTurn
    decision: str = ""
    remarks: Record = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What makes two turns the same."""
        return turn_key(self.turn.turn)

    @property
    def says(self) -> tuple[Any, ...]:
        """What makes two conflicts the same: the turn and what the incoming record says of it."""
        turn = self.turn
        return (self.key, turn.label, turn.kind, turn.also_complaint, tuple(sorted(turn.reasons)))


@dataclass(frozen=True, slots=True)
class Merged:
    """Conflicts of an import beside those that a file lists already.

    Attributes:
        conflicts: Of the import, with what was decided about the same turn and incoming label.
        others: Of earlier imports.
    """

    conflicts: tuple[Conflict, ...] = ()
    others: tuple[Conflict, ...] = ()

    @property
    def open(self) -> list[Conflict]:
        """Those of the import that nobody has answered with ``keep``, which needs no more."""
        return [conflict for conflict in self.conflicts if conflict.decision != "keep"]


def read_conflicts(path: Path) -> list[Conflict]:
    """Return what a file of conflicts lists.

    Args:
        path: One that `write_conflicts` wrote, its field ``decision`` perhaps filled in.

    Raises:
        DataError: The file cannot be read or a line is damaged; the message says which field.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    numbered = enumerate(lines, start=1)
    return [_read(line, Place(str(path), number)) for number, line in numbered if line.strip()]


def _read(line: bytes, place: Place) -> Conflict:
    try:
        remarks = parse_line(line)
    except InvalidTurnError as error:
        raise DataError(f"{place}: {error}") from None
    try:
        decision, problem, existing, incoming = (
            remarks.pop(name) for name in ("decision", "problem", "existing", "incoming")
        )
        complete = isinstance(incoming, dict) and incoming.keys() >= set(LABEL_FIELDS)
    except KeyError:
        complete = False
    if not complete:
        raise DataError(f"{place}: is no conflict of `wurao data import`")
    if decision not in ("", *DECISIONS):
        raise DataError(f"{place}: decision: must be one of {', '.join(DECISIONS)}, or empty")
    try:
        turn = labelled_turn(incoming, place)
    except (DataError, InvalidTurnError) as error:
        raise DataError(f"{place}: incoming: {error}") from None
    if broken := broken_fields([turn]):
        raise DataError("\n".join(broken))
    return Conflict(problem, existing, incoming, turn, decision, remarks)


def merge_conflicts(conflicts: Sequence[Conflict], path: Path) -> Merged:
    """Return conflicts with the decisions that stand in a file about the same.

    Args:
        conflicts: From an intake.
        path: A file of earlier conflicts, or none.

    Raises:
        DataError: The file is there and lists no conflicts.
    """
    before = read_conflicts(path) if path.exists() else []
    listed = {conflict.says for conflict in conflicts}
    decided = {old.says: old for old in sorted(before, key=lambda old: bool(old.decision))}
    carried = tuple(
        replace(c, decision=old.decision, remarks=old.remarks)
        if (old := decided.get(c.says)) is not None
        else c
        for c in conflicts
    )
    return Merged(carried, tuple(old for old in before if old.says not in listed))


def write_conflicts(conflicts: Sequence[Conflict], path: Path) -> Merged:
    """List conflicts for decision, one JSON object a line; what the file lists already stays.

    Args:
        conflicts: From an intake.
        path: Where to; a file of earlier conflicts, or none.

    Raises:
        DataError: The file is there and lists no conflicts.
        OutputError: It cannot be written.
    """
    merged = merge_conflicts(conflicts, path)
    replace_conflicts([*merged.others, *merged.conflicts], path)
    return merged


def replace_conflicts(conflicts: Iterable[Conflict], path: Path) -> None:
    """Write a file that lists these conflicts and no other.

    Args:
        conflicts: With decisions or without.
        path: Where to.

    Raises:
        OutputError: It cannot be written.
    """
    lines = (
        {"decision": c.decision, "problem": c.problem, "existing": c.existing}
        | {"incoming": c.incoming}
        | c.remarks
        for c in conflicts
    )
    replace_file(path, to_lines(lines))
