"""Sorts incoming labels: new, known already, or in conflict with what is there."""

import json
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from msgspec import structs

from classifier.errors import DataError, InvalidTurnError
from classifier.records import Record
from classifier.turns import Label
from training.checks import Key, broken_fields, turn_key
from training.dataset import LabelledTurn, labelled_turn
from training.exchange.completion import complete, fresh_id
from training.exchange.conflicts import LABEL_FIELDS, Conflict, label_fields
from training.exchange.known import Known, leaks, read_known
from training.exchange.lines import append_lines
from training.exchange.source import Found

_MOST_LEVELS = 100  # Python gives up some hundreds deep, wherever it happens to be by then


@dataclass(slots=True)
class Intake:
    """What came of an import; nothing is written yet.

    Attributes:
        new: Records to add.
        known: How many say what the data set, or what goes into it, says already.
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


@dataclass(frozen=True, slots=True)
class _Vote:
    """An entry about a turn.

    Attributes:
        turn: What it says.
        record: The same, complete.
        missing: Fields that were filled in.
    """

    turn: LabelledTurn
    record: Record
    missing: Sequence[str]


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
    votes: dict[Key, list[_Vote]] = {}
    held: set[str] = set()
    for entry in entries:
        if entry.record is None:
            intake.refused.append(f"{entry.place}: {entry.problem}")
            continue
        try:
            _refuse_unwritable(entry.record)
            record, missing = complete(entry.record, industry)
            turn = labelled_turn(record, entry.place)
        except (DataError, InvalidTurnError) as error:
            intake.refused.append(f"{entry.place}: {error}")
            continue
        if problems := broken_fields([turn]) or leaks(turn, known):
            intake.refused += problems
        else:
            key = turn_key(turn.turn)
            there = None if key in votes else known.by_key.get(key)
            if there is not None and there.id == turn.id:
                held.add(turn.id)
            _sort(_Vote(turn, record, missing), known, votes, intake)
    for about_one in votes.values():
        _count(about_one, intake)
    _point_to_renamed(intake, held)
    return intake


def _point_to_renamed(intake: Intake, held: Container[str]) -> None:
    """Let twins follow a new id, unless the source holds the turn that has the id already."""
    fresh = {own: name for name, own in intake.renamed.items() if own not in held}
    for record in intake.new.values():
        if (twin := record.get("pair")) in fresh:
            record["pair"] = fresh[twin]


def _refuse_unwritable(record: Record) -> None:
    for name, value in record.items():
        if _levels(value) > _MOST_LEVELS:
            raise DataError(f"{name}: is nested in more than {_MOST_LEVELS} levels; flatten it")
        try:
            json.dumps(value, allow_nan=False)
        except ValueError:
            raise DataError(f"{name}: holds NaN or an endless number, which is not JSON") from None


def _levels(value: object) -> int:
    """Return how many lists and objects stand within each other, without recursion."""
    levels, outer = 0, [value]
    while nested := [part for part in outer if isinstance(part, list | dict)]:
        levels += 1
        outer = [p for n in nested for p in (n.values() if isinstance(n, dict) else n)]
    return levels


def _sort(vote: _Vote, known: Known, votes: dict[Key, list[_Vote]], intake: Intake) -> None:
    key = turn_key(vote.turn.turn)
    if key in votes:
        votes[key].append(vote)
    elif (there := known.by_key.get(key) or known.unsure.get(key)) is None:
        votes[key] = [_with_own_id(vote, known, intake)]
        known.by_key[key] = votes[key][0].turn
    elif differing := _differing(vote, [_Vote(there, {}, ())]):
        conflict = _conflict(vote, there, [*differing.values()])
        intake.conflicts.append(replace(conflict, there=known.labelled(key)))
    else:
        intake.known += 1


def _with_own_id(vote: _Vote, known: Known, intake: Intake) -> _Vote:
    turn, record = vote.turn, vote.record
    if turn.id in known.ids:
        fresh = fresh_id(record, known.ids)
        intake.renamed[fresh] = turn.id
        record, turn = record | {"id": fresh}, structs.replace(turn, id=fresh)
    known.ids.add(turn.id)
    return _Vote(turn, record, vote.missing)


def _count(votes: Sequence[_Vote], intake: Intake) -> None:
    """Take in a turn that no file has, unless the votes about it contradict each other."""
    first, *later = votes
    differing = [_differing(vote, votes) for vote in later]
    contradicting = [(vote.turn, said) for vote, said in zip(later, differing, strict=True) if said]
    if not contradicting:
        record, missing = _fullest(votes)
        intake.new[first.turn.id] = record
        intake.filled.update(missing)
        intake.known += len(later)
        return
    # Neither is taken in before somebody decides.
    intake.renamed.pop(first.turn.id, None)
    against, fields = contradicting[0]
    for vote, said in zip((*later, first), (*differing, {}), strict=True):
        problems = [*said.values()] or [_contradicted(vote, [*fields], against)]
        conflict = _conflict(vote, first.turn, problems)
        intake.conflicts.append(
            conflict if said else replace(conflict, there=label_fields(against))
        )


def _fullest(votes: Sequence[_Vote]) -> tuple[Record, list[str]]:
    """Return the first record with what others say and it does not, and what nobody says."""
    record = dict(votes[0].record)
    for name in LABEL_FIELDS:
        record[name] = next((v.record[name] for v in votes if name not in v.missing), record[name])
    unsaid = [name for name in votes[0].missing if name not in LABEL_FIELDS]
    unsaid += [name for name in LABEL_FIELDS if all(name in vote.missing for vote in votes)]
    return record, unsaid


def _differing(vote: _Vote, others: Sequence[_Vote]) -> dict[str, str]:
    """Return field -> how a vote differs from the first that says it; what is left open never does.

    Under an empty name stands what had to be filled in beside another label.
    """
    differing = {}
    for name in LABEL_FIELDS:
        there = next((other.turn for other in others if name not in other.missing), None)
        if name in vote.missing or there is None:
            continue
        here, said = _said(vote.turn, name), _said(there, name)
        if here != said:
            differing[name] = f"{name} {here} here, {said} at {there.place}"
    if "label" in differing and "kind" in vote.missing:
        differing[""] = f"kind {vote.turn.kind} filled in"
    return differing


def _contradicted(vote: _Vote, fields: Sequence[str], against: LabelledTurn) -> str:
    said = [name for name in fields if name and name not in vote.missing]
    if not said:
        return f"{fields[0]} left open here, said in two ways at {against.place} and before"
    here = ", ".join(f"{name} {_said(vote.turn, name)}" for name in said)
    return f"{here} here, contradicted at {against.place}"


def _conflict(vote: _Vote, there: LabelledTurn, differing: Sequence[str]) -> Conflict:
    place = vote.turn.place
    record = vote.record | _unsaid(vote.turn, vote.missing, there)
    problem = f"{place}: {'; '.join(differing)}"
    return Conflict(problem, there.id, record, labelled_turn(record, place), label_fields(there))


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
