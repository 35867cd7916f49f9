"""Carries out what a person decided about conflicting labels."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from classifier.errors import DataError, InvalidTurnError
from classifier.records import Record, parse_line
from training.dataset import FROZEN_SPLITS, read_split
from training.exchange.intake import LABEL_FIELDS, UNSURE

DECISIONS = ("keep", "take", "unsure")


@dataclass(slots=True)
class _Changes:
    """What is to be written.

    Attributes:
        relabelled: Id -> fields to replace.
        unsure: Ids to move to the unsure turns.
        added: Records that stood in no file before.
        added_unsure: The same, among the unsure turns.
    """

    relabelled: dict[str, Record] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    added: list[Record] = field(default_factory=list)
    added_unsure: list[Record] = field(default_factory=list)


def settle(path: Path, data_folder: Path) -> Counter[str]:
    """Carry out every decided line of a file of conflicts; undecided ones stay in it.

    ``keep`` leaves the label that is there, ``take`` takes the incoming one, ``unsure`` moves the
    turn to the unsure turns, which nobody trains on.

    Args:
        path: A file of conflicts, its field ``decision`` filled in.
        data_folder: The folder ``data``.

    Returns:
        Decision -> how many; undecided ones under an empty string.

    Raises:
        DataError: A line is damaged, or would change a frozen part; nothing was written.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    homes = _homes(data_folder)
    changes, counts, left = _Changes(), Counter[str](), []
    for number, line in enumerate(lines, start=1):
        try:
            conflict = parse_line(line)
            decision, existing = conflict["decision"], conflict["existing"]
            _plan(decision, existing, conflict["incoming"], homes, changes)
        except InvalidTurnError as error:
            raise DataError(f"{path}:{number}: {error}") from None
        except (KeyError, TypeError):
            raise DataError(f"{path}:{number}: is no conflict of `wurao data import`") from None
        except DataError as error:
            raise DataError(f"{path}:{number}: {error}") from None
        counts[decision] += 1
        if not decision:
            left.append(line + b"\n")
    _write(data_folder, homes, changes)
    path.write_bytes(b"".join(left))
    return counts


def _plan(
    decision: str, existing: str, incoming: Record, homes: dict[str, Path], changes: _Changes
) -> None:
    if decision not in {*DECISIONS, ""}:
        raise DataError(f"decision: must be one of {', '.join(DECISIONS)}, or empty")
    home = homes.get(existing)
    if decision in {"take", "unsure"} and home is not None and home.parent.name in FROZEN_SPLITS:
        raise DataError(f"{existing} is in {home}, which is frozen; change it there and freeze")
    if decision == "take" and home is None:
        changes.added.append(incoming)
    elif decision == "take":
        changes.relabelled[existing] = {name: incoming[name] for name in LABEL_FIELDS}
    elif decision == "unsure" and home is None:
        changes.added_unsure.append(incoming)
    elif decision == "unsure":
        changes.unsure.add(existing)


def _homes(data_folder: Path) -> dict[str, Path]:
    homes: dict[str, Path] = {}
    for split in ("train", *FROZEN_SPLITS):
        turns, problems = read_split(data_folder, split)
        if problems:
            raise DataError("\n".join(problems))
        homes |= {turn.id: Path(turn.place.path) for turn in turns}
    return homes


def _write(data_folder: Path, homes: dict[str, Path], changes: _Changes) -> None:
    unsure = list(changes.added_unsure)
    for home in sorted({homes[name] for name in {*changes.relabelled, *changes.unsure}}):
        kept = []
        for line in home.read_bytes().splitlines():
            record = parse_line(line)
            if record["id"] in changes.unsure:
                unsure.append(record)
            else:
                kept.append(record | changes.relabelled.get(record["id"], {}))
        _replace(home, kept)
    if changes.added:
        _append(data_folder / "train" / "settled.jsonl", changes.added)
    if unsure:
        _append(data_folder / UNSURE, unsure)


def _append(path: Path, records: list[Record]) -> None:
    before = [parse_line(line) for line in path.read_bytes().splitlines()] if path.is_file() else []
    _replace(path, before + records)


def _replace(path: Path, records: list[Record]) -> None:
    partial = path.with_name(f".{path.name}.part")
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    partial.write_text(text, "utf-8")
    partial.replace(path)
