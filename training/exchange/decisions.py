"""Carries out what a person decided about conflicting labels."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from classifier.errors import DataError
from classifier.records import Record, parse_line
from training.checks import Key
from training.dataset import FROZEN_SPLITS, UNSURE, LabelledTurn
from training.exchange.completion import fresh_id
from training.exchange.conflicts import (
    LABEL_FIELDS,
    Conflict,
    label_fields,
    read_conflicts,
    replace_conflicts,
)
from training.exchange.data_lock import locked_data
from training.exchange.known import Known, leaks, read_known
from training.exchange.lines import append_lines, to_lines
from training.files import replace_file


@dataclass(slots=True)
class _Changes:
    """What is to be written.

    Attributes:
        files: Of the training split, in which a turn changes.
        relabelled: Id -> fields to replace.
        moved: Ids to move to the unsure turns.
        added: Records that stood in no file before.
        added_unsure: The same, among the unsure turns.
        labels: Turn -> what it is labelled afterwards and whether unsure, where that changes.
    """

    files: set[Path] = field(default_factory=set)
    relabelled: dict[str, Record] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    added: list[Record] = field(default_factory=list)
    added_unsure: list[Record] = field(default_factory=list)
    labels: dict[Key, Record] = field(default_factory=dict)


def settle(path: Path, data_folder: Path) -> Counter[str]:
    """Carry out every decided line of a file of conflicts; undecided ones stay in it.

    ``keep`` leaves the label that is there, ``take`` takes the incoming one, ``unsure`` moves the
    turn to the unsure turns, which nobody trains on. What was kept or is unsure stays in the file,
    so that no import asks again as long as that is so. Lines about one turn are decided together.
    Turns are told by what they say, so that an id that means another turn by now does no harm.

    Args:
        path: A file of conflicts, its field ``decision`` filled in.
        data_folder: The folder ``data``, which must be sound, and is so afterwards.

    Returns:
        Decision -> how many; undecided ones under an empty string.

    Raises:
        DataError: A line is damaged, decisions disagree, a frozen part would change or leak, or
            the data set is not sound; nothing was written.
        OutputError: A file cannot be written; run it again when it can, and where a turn is in
            training and unsure by then, when the one that `wurao data check` names is dropped.
    """
    with locked_data(data_folder):
        return _carry_out(read_conflicts(path), path, data_folder)


def _carry_out(conflicts: Sequence[Conflict], path: Path, data_folder: Path) -> Counter[str]:
    known = read_known(data_folder)
    by_turn: dict[Key, list[Conflict]] = {}
    for conflict in conflicts:
        if not conflict.is_kept:
            by_turn.setdefault(conflict.key, []).append(conflict)
    changes = _Changes()
    for about in by_turn.values():
        if any(conflict.decision for conflict in about):
            _plan(about, known, changes)
    _write(data_folder, changes)
    replace_conflicts(_left(conflicts, known, changes), path)
    return Counter(conflict.decision for about in by_turn.values() for conflict in about)


def _left(conflicts: Sequence[Conflict], known: Known, changes: _Changes) -> Iterator[Conflict]:
    """Yield what is undecided, and what was kept or is unsure, as long as that holds."""
    for conflict in conflicts:
        if not conflict.decision:
            yield conflict
        elif conflict.decision != "take":
            now = changes.labels.get(conflict.key, known.labelled(conflict.key))
            if now and conflict.kept in ({}, now):
                yield replace(conflict, kept=now)


def _plan(about: Sequence[Conflict], known: Known, changes: _Changes) -> None:
    place, there = about[0].turn.place, known.by_key.get(about[0].key)
    decision, incoming = _agreed(about)
    if decision == "keep":
        if there is None and about[0].key not in known.unsure:
            remedy = "`take` one line about it and `keep` on the others, or `unsure` on each"
            raise DataError(f"{place}: decision: no file has the turn yet; decide {remedy}")
        return
    if there is not None:
        home = Path(there.place.path)
        if home.parent.name in FROZEN_SPLITS:
            message = f"{there.id} is in {home}, which is frozen; change it there and freeze"
            raise DataError(f"{place}: {message}")
        changes.files.add(home)
    if decision == "take":
        _plan_taking(incoming, there, known, changes)
    elif there is not None:
        changes.moved.add(there.id)
        changes.labels[about[0].key] = {"unsure": True} | label_fields(there)
    elif about[0].key not in known.unsure:
        changes.added_unsure.append(incoming.incoming)
        changes.labels[about[0].key] = {"unsure": True} | label_fields(incoming.turn)


def _agreed(about: Sequence[Conflict]) -> tuple[str, Conflict]:
    """Return what all lines about one turn come to, and the line that is taken or moved.

    Raises:
        DataError: They disagree.
    """
    decisions = {conflict.decision for conflict in about}
    taken = {conflict.says: conflict for conflict in about if conflict.decision == "take"}
    if len(taken) > 1 or "" in decisions or (len(decisions) > 1 and "unsure" in decisions):
        lines = ", ".join(str(conflict.turn.place.line) for conflict in about)
        rule = f"lines {lines} are about one turn; decide them together"
        remedy = "`unsure` on each, or `keep` on all but the one to `take`"
        raise DataError(f"{about[0].turn.place}: decision: {rule}: {remedy}")
    if taken:
        return "take", next(iter(taken.values()))
    return about[0].decision, about[0]


def _plan_taking(
    taken: Conflict, there: LabelledTurn | None, known: Known, changes: _Changes
) -> None:
    record = taken.incoming
    changes.labels[taken.key] = label_fields(taken.turn)
    if there is not None:
        changes.relabelled[there.id] = {name: record[name] for name in LABEL_FIELDS}
        return
    if (unsure := known.unsure.get(taken.key)) is not None:
        message = f"is marked unsure at {unsure.place}, and nobody trains on it; drop it there"
        raise DataError(f"{taken.turn.place}: text: {message}")
    if problems := leaks(taken.turn, known):
        raise DataError("\n".join(problems))
    if taken.turn.id in known.ids:
        record = record | {"id": fresh_id(record, known.ids)}
    known.ids.add(record["id"])
    changes.added.append(record)


def _write(data_folder: Path, changes: _Changes) -> None:
    """Write what is added first: cut off in between, a turn stands twice, and none is lost."""
    unsure, changed = list(changes.added_unsure), {}
    for path in sorted(changes.files):
        records = [parse_line(line) for line in path.read_bytes().splitlines()]
        unsure += [record for record in records if record["id"] in changes.moved]
        changed[path] = [
            record | changes.relabelled.get(record["id"], {})
            for record in records
            if record["id"] not in changes.moved
        ]
    if unsure:
        append_lines(data_folder / UNSURE, unsure)
    if changes.added:
        append_lines(data_folder / "train" / "settled.jsonl", changes.added)
    for path, records in changed.items():
        replace_file(path, to_lines(records))
