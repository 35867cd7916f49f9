"""The file of conflicts: what an import lists and a person decides."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from classifier.errors import DataError, InvalidTurnError
from classifier.records import Record, parse_line
from training.checks import Key, broken_fields, turn_key
from training.dataset import LabelledTurn, Place, labelled_turn
from training.exchange.lines import to_lines
from training.files import read_bytes, replace_file

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
        there: What the turn that is there is labelled, as `label_fields` has it, and whether it is
            unsure; empty for one that was read from a file.
        decision: One of `DECISIONS`; empty where nobody has decided.
        kept: What was there when ``keep`` or ``unsure`` had been carried out; empty where neither
            was.
        remarks: Whatever else somebody wrote into the line.
    """

    problem: str
    existing: str
    incoming: Record
    turn: LabelledTurn
    there: Record = field(default_factory=dict)
    decision: str = ""
    kept: Record = field(default_factory=dict)
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

    @property
    def is_kept(self) -> bool:
        """Whether ``keep`` or ``unsure`` was carried out, so that nothing is left to do."""
        return self.decision in {"keep", "unsure"} and bool(self.kept)


@dataclass(frozen=True, slots=True)
class Merged:
    """Conflicts of an import beside those that a file lists already.

    Attributes:
        conflicts: Of the import, with what was decided about the same turn and both its labels.
        others: Of earlier imports, and lines that say the same and came less often this time.
    """

    conflicts: tuple[Conflict, ...] = ()
    others: tuple[Conflict, ...] = ()

    @property
    def open(self) -> list[Conflict]:
        """Those of the import about which something is left to do."""
        return [conflict for conflict in self.conflicts if not conflict.is_kept]


def label_fields(turn: LabelledTurn) -> Record:
    """Return what a turn is labelled, as a record has it.

    Args:
        turn: Any.
    """
    return {
        "label": turn.label.value,
        "kind": turn.kind,
        "also_complaint": turn.also_complaint,
        "reasons": sorted(turn.reasons),
    }


def read_conflicts(path: Path) -> list[Conflict]:
    """Return what a file of conflicts lists.

    Args:
        path: One that `write_conflicts` wrote, its field ``decision`` perhaps filled in.

    Raises:
        DataError: The file cannot be read or a line is damaged; the message says which field.
    """
    numbered = enumerate(read_bytes(path).splitlines(), start=1)
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
    kept = remarks.pop("kept", {})
    return Conflict(problem, existing, incoming, turn, {}, decision, kept, remarks)


def merge_conflicts(conflicts: Sequence[Conflict], path: Path) -> Merged:
    """Return conflicts with the decisions that stand in a file about the same.

    Lines that say the same keep each its own decision and remarks, in their order.

    Args:
        conflicts: From an intake.
        path: A file of earlier conflicts, or none.

    Raises:
        DataError: The file is there and lists no conflicts.
    """
    before = read_conflicts(path) if path.exists() else []
    incoming = Counter(conflict.says for conflict in conflicts)
    listed: dict[tuple[Any, ...], list[Conflict]] = {}
    for old in before:
        listed.setdefault(old.says, []).append(old)
    for says, twins in listed.items():
        if len(twins) > incoming[says]:
            twins.sort(key=lambda old: not old.decision)
    turns = Counter[tuple[Any, ...]]()
    carried = []
    for conflict in conflicts:
        twins, place = listed.get(conflict.says, []), turns[conflict.says]
        turns[conflict.says] += 1
        carried.append(_carry(twins[place] if place < len(twins) else _another(twins), conflict))
    done = {id(old) for says, twins in listed.items() for old in twins[: incoming[says]]}
    others = (
        old
        for old in before
        if id(old) not in done and (old.decision or old.remarks or not incoming[old.says])
    )
    return Merged(tuple(carried), tuple(others))


def _another(twins: Sequence[Conflict]) -> Conflict | None:
    """Return what a line that the file does not list yet is given, where others say the same."""
    decided = next((old for old in twins if old.decision), None)
    if decided is None:
        return None
    decision = "keep" if decided.decision == "take" else decided.decision  # one is to be taken
    return replace(decided, decision=decision, remarks={})


def _carry(old: Conflict | None, new: Conflict) -> Conflict:
    if old is None:
        return new
    if old.is_kept and old.kept != new.there:
        return replace(new, remarks=old.remarks)  # another label than this was kept
    return replace(new, decision=old.decision, kept=old.kept, remarks=old.remarks)


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
        | ({"kept": c.kept} if c.is_kept else {})
        | c.remarks
        for c in conflicts
    )
    replace_file(path, to_lines(lines))
