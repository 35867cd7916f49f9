"""Sorts incoming labels: new, known already, or in conflict with what is there."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classifier.errors import DataError, InvalidTurnError
from classifier.records import Record
from classifier.text.fold import fold
from training.checks import TELLING_CHARACTERS, Key, broken_fields, read_checked, turn_key
from training.dataset import FROZEN_SPLITS, LabelledTurn, Place, labelled_turn, read_file
from training.exchange.completion import complete
from training.exchange.source import Found

UNSURE = "unsure.jsonl"
LABEL_FIELDS = ("label", "kind", "also_complaint", "reasons")


@dataclass(frozen=True, slots=True)
class Conflict:
    """An incoming label that says something else than one that is there.

    Attributes:
        problem: What differs, in words.
        existing: Id of the turn that is there, or that came first in the same file.
        incoming: The record that came, complete.
    """

    problem: str
    existing: str
    incoming: Record


@dataclass(slots=True)
class Intake:
    """What came of an import; nothing is written yet.

    Attributes:
        new: Records to add.
        known: How many say what the data set says already.
        conflicts: For a person to decide.
        refused: One message for each entry that cannot be taken in, with its place.
        filled: Field -> in how many new records it was missing and filled in.
    """

    new: dict[str, Record] = field(default_factory=dict)
    known: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    filled: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the data set holds, by everything that an incoming turn may meet there."""

    by_id: dict[str, LabelledTurn]
    by_key: dict[Key, LabelledTurn]
    frozen_groups: Mapping[str, Place]
    frozen_texts: Mapping[str, Place]
    unsure: frozenset[Key]


def sort_incoming(entries: Iterable[Found], data_folder: Path, industry: str) -> Intake:
    """Hold incoming labels against a data set.

    Args:
        entries: From a reader of `training.exchange.formats`.
        data_folder: The folder ``data``, which must be sound.
        industry: For turns that do not say.

    Raises:
        DataError: The data set is not sound, or the source cannot be read.
    """
    known = _read_known(data_folder)
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
        if problems := broken_fields([turn]) or _leaks(turn, known):
            intake.refused += problems
        else:
            _sort(turn, record, missing, known, intake)
    return intake


def _sort(
    turn: LabelledTurn, record: Record, missing: Sequence[str], known: _Known, intake: Intake
) -> None:
    key = turn_key(turn.turn)
    same_id, same_turn = known.by_id.get(turn.id), known.by_key.get(key)
    if same_id is not None and turn_key(same_id.turn) != key:
        where = f"{same_id.place} has this id for another turn"
        intake.conflicts.append(Conflict(f"{turn.place}: id: {where}", same_id.id, record))
        return
    other = same_id or same_turn
    if other is None:
        known.by_id[turn.id] = known.by_key[key] = turn
        intake.new[turn.id] = record
        intake.filled.update(missing)
        return
    differing = [
        f"{name} {_said(turn, name)} here, {_said(other, name)} at {other.place}"
        for name in LABEL_FIELDS
        if name not in missing and _said(turn, name) != _said(other, name)
    ]
    if not differing:
        intake.known += 1
        return
    intake.conflicts.append(Conflict(f"{turn.place}: {'; '.join(differing)}", other.id, record))
    if (first := intake.new.pop(other.id, None)) is not None:
        # The file contradicts itself: neither is taken in before somebody decides.
        intake.conflicts.append(Conflict(f"{other.place}: contradicted below", other.id, first))


def _said(turn: LabelledTurn, name: str) -> str:
    value = getattr(turn, name)
    return " ".join(sorted(value)) or "none" if isinstance(value, tuple) else str(value)


def _leaks(turn: LabelledTurn, known: _Known) -> list[str]:
    key, bare = turn_key(turn.turn), fold(turn.turn.text).bare
    if key in known.unsure:
        return [f"{turn.place}: text: is among the turns marked unsure, which nobody trains on"]
    if key in known.by_key:
        return []
    if (place := known.frozen_groups.get(turn.group)) is not None:
        return [f"{turn.place}: group: {turn.group} is in a frozen part, at {place}"]
    if len(bare) >= TELLING_CHARACTERS and (place := known.frozen_texts.get(bare)) is not None:
        return [f"{turn.place}: text: the same is in a frozen part, at {place}"]
    return []


def _read_known(data_folder: Path) -> _Known:
    splits = read_checked(data_folder)
    everything = [turn for turns in splits.values() for turn in turns]
    frozen = [turn for split in FROZEN_SPLITS for turn in splits[split]]
    unsure: list[LabelledTurn] = []
    if (data_folder / UNSURE).is_file():
        unsure, _problems = read_file(data_folder / UNSURE)
    return _Known(
        by_id={turn.id: turn for turn in everything},
        by_key={turn_key(turn.turn): turn for turn in everything},
        frozen_groups={turn.group: turn.place for turn in frozen},
        frozen_texts={fold(turn.turn.text).bare: turn.place for turn in frozen},
        unsure=frozenset(turn_key(turn.turn) for turn in unsure),
    )


def write_new(intake: Intake, path: Path) -> None:
    """Add the new records to a file of the training split; a failure leaves it as it was.

    Args:
        intake: From `sort_incoming`.
        path: A file in ``data/train``, which need not be there.
    """
    before = path.read_bytes() if path.is_file() else b""
    if before and not before.endswith(b"\n"):
        before += b"\n"
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in intake.new.values())
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(before + "".join(lines).encode())
    partial.replace(path)


def write_conflicts(conflicts: Sequence[Conflict], path: Path) -> None:
    """Write conflicts for decision, one JSON object a line, ``decision`` left empty.

    Args:
        conflicts: From an intake.
        path: Where to.
    """
    lines = [
        {"decision": "", "problem": c.problem, "existing": c.existing, "incoming": c.incoming}
        for c in conflicts
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, "utf-8")
