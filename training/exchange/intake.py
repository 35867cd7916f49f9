"""Sorts incoming labels: new, known already, or in conflict with what is there."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import structs

from classifier.errors import DataError, InvalidTurnError
from classifier.records import Record
from classifier.turns import Label
from training.checks import broken_fields, turn_key
from training.dataset import LabelledTurn, labelled_turn
from training.exchange.completion import complete, fresh_id
from training.exchange.conflicts import LABEL_FIELDS, Conflict, label_fields
from training.exchange.known import Known, leaks, read_known
from training.exchange.lines import append_lines
from training.exchange.source import Found


@dataclass(slots=True)
class Intake:
    """What came of an import; nothing is written yet.

    Attributes:
        new: Records to add.
        known: How many say what the data set says already.
        conflicts: For a person to decide.
        refused: One message for each entry that cannot be taken in, with its place.
        filled: Field -> in how many new records it was missing and filled in.
        renamed: Id that a new record was given -> its own, which another turn has.
    """

    new: dict[str, Record] = field(default_factory=dict)
    known: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    filled: Counter[str] = field(default_factory=Counter)
    renamed: dict[str, str] = field(default_factory=dict)


def sort_incoming(entries: Iterable[Found], data_folder: Path, industry: str) -> Intake:
    """Hold incoming labels against a data set.

    Args:
        entries: From a reader of `training.exchange.formats`.
        data_folder: The folder ``data``, which must be sound.
        industry: For turns that do not say.

    Raises:
        DataError: The data set is not sound, or the source cannot be read.
    """
    known = read_known(data_folder)
    intake = Intake()
    for entry in entries:
        if entry.record is None:
            intake.refused.append(f"{entry.place}: {entry.problem}")
            continue
        record, missing = complete(entry.record, industry)
        try:
            turn = labelled_turn(record, entry.place)
        except (DataError, InvalidTurnError) as error:
            intake.refused.append(f"{entry.place}: {error}")
            continue
        if problems := broken_fields([turn]) or leaks(turn, known):
            intake.refused += problems
        else:
            _sort(turn, record, missing, known, intake)
    fresh = {own: name for name, own in intake.renamed.items()}
    for record in intake.new.values():
        if (twin := record.get("pair")) in fresh:
            record["pair"] = fresh[twin]
    return intake


def _sort(
    turn: LabelledTurn, record: Record, missing: Sequence[str], known: Known, intake: Intake
) -> None:
    other = known.by_key.get(turn_key(turn.turn))
    if other is None:
        _take_in(turn, record, missing, known, intake)
        return
    differing = [
        f"{name} {_said(turn, name)} here, {_said(other, name)} at {other.place}"
        for name in LABEL_FIELDS
        if name not in missing and _said(turn, name) != _said(other, name)
    ]
    if not differing:
        intake.known += 1
        return
    if turn.label is not other.label and "kind" in missing:
        differing.append(f"kind {turn.kind} filled in")
    record |= _unsaid(turn, missing, other)
    problem, turn = f"{turn.place}: {'; '.join(differing)}", labelled_turn(record, turn.place)
    intake.conflicts.append(Conflict(problem, other.id, record, turn, label_fields(other)))
    if (first := intake.new.pop(other.id, None)) is not None:
        # The file contradicts itself: neither is taken in before somebody decides.
        problem = f"{other.place}: label {other.label} here, contradicted at {turn.place}"
        intake.conflicts.append(Conflict(problem, other.id, first, other, label_fields(turn)))
        intake.renamed.pop(other.id, None)


def _take_in(
    turn: LabelledTurn, record: Record, missing: Sequence[str], known: Known, intake: Intake
) -> None:
    if turn.id in known.ids:
        fresh = fresh_id(record, known.ids)
        intake.renamed[fresh] = turn.id
        record, turn = record | {"id": fresh}, structs.replace(turn, id=fresh)
    known.ids.add(turn.id)
    known.by_key[turn_key(turn.turn)] = turn
    intake.new[turn.id] = record
    intake.filled.update(missing)


def _unsaid(turn: LabelledTurn, missing: Sequence[str], other: LabelledTurn) -> Record:
    """Return from the turn that is there what the source leaves open, where it fits the label."""
    there: Record = {}
    if turn.label is other.label:
        there = {"kind": other.kind, "also_complaint": other.also_complaint}
    if turn.label is not Label.NORMAL:
        there["reasons"] = [reason.value for reason in other.reasons]
    return {name: value for name, value in there.items() if name in missing}


def _said(turn: LabelledTurn, name: str) -> str:
    value = getattr(turn, name)
    return " ".join(sorted(value)) or "none" if isinstance(value, tuple) else str(value)


def write_new(intake: Intake, path: Path) -> None:
    """Add the new records to a file of the training split; a failure leaves it as it was.

    Args:
        intake: From `sort_incoming`.
        path: A file in ``data/train``, which need not be there.

    Raises:
        OutputError: The file cannot be read or written.
    """
    append_lines(path, intake.new.values())
