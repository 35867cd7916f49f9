"""Reads gates.toml: what a candidate must show before it may be promoted."""

import hashlib
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from classifier.errors import DataError, InvalidTurnError
from classifier.records import parse_line, turn_from_record
from classifier.turns import Turn
from training.dataset import FROZEN_SPLITS
from training.files import decode_toml, read_bytes
from training.gates.slices import FIELDS, SELECTORS

_COUNTED = "characters_at_least"
DEFAULT_GATES = Path(__file__).parent / "gates.toml"


class Measure(StrEnum):
    """A share of frozen turns; gates.toml says of which."""

    OPT_OUT_RECALL = "opt_out_recall"
    OPT_OUT_HEARD = "opt_out_heard"
    COMPLAINT_RECALL = "complaint_recall"
    FALSE_STOPS = "false_stops"
    ASKED_BACK = "asked_back"
    CASES_PASSED = "cases_passed"

    @property
    def less_is_better(self) -> bool:
        """Whether a model improves when the share falls."""
        return self in {Measure.FALSE_STOPS, Measure.ASKED_BACK}


@dataclass(frozen=True, slots=True)
class Gate:
    """One demand; each bound that is None is not made.

    Attributes:
        name: As it is shown.
        measure: What share is taken.
        split: One of `FROZEN_SPLITS`.
        where: Selector -> value; only turns that meet all count.
        each: A field; the gate is repeated for each of its values.
        at_least: The least share allowed, from 0 to 1.
        at_most: The largest share allowed, from 0 to 1.
        judge: ``value``, or ``interval`` for the worse end of the 95 % interval.
        may_lose: How much worse than the champion the share may be, from 0 to 1.
        significance: One-sided McNemar p below which a loss refuses, from 0 to 1.
        hard: Whether no reason overrides it.
    """

    name: str
    measure: Measure
    split: str = "test"
    where: dict[str, Any] = field(default_factory=dict)
    each: str = ""
    at_least: float | None = None
    at_most: float | None = None
    judge: str = "value"
    may_lose: float | None = None
    significance: float | None = None
    hard: bool = False

    @property
    def only_compares(self) -> bool:
        """Whether it says nothing of a model without another beside it."""
        return self.at_least is None and self.at_most is None


@dataclass(frozen=True, slots=True)
class StatutoryTurn:
    """A plain refusal that no model may miss.

    Attributes:
        id: Its name in the file.
        turn: What is said, where.
        source: The law or practice that names it.
    """

    id: str
    turn: Turn
    source: str


@dataclass(frozen=True, slots=True)
class Gates:
    """All demands.

    Attributes:
        gates: In the order of the file.
        statutory: What is to be answered opt_out: the turns that the project pins, whatever the
            file, and those of the file's own.
        digest: SHA-256 of the file.
        built_in: Whether they are the project's.
        path: The file.
    """

    gates: tuple[Gate, ...]
    statutory: tuple[StatutoryTurn, ...]
    digest: str
    built_in: bool
    path: Path = field(compare=False)


def read_gates(path: Path = DEFAULT_GATES) -> Gates:
    """Read a file of gates and the statutory words it pins.

    Args:
        path: A TOML file like the default one. The words of the default one count in any case; a
            ``[statutory]`` section of its own adds those of a file beside it.

    Raises:
        DataError: A file is missing, damaged or changed, or a setting is unknown or out of range.
    """
    raw = read_bytes(path)
    content = decode_toml(path, raw)
    entries = content.get("gate")
    listed = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
    if content.keys() - {"statutory", "gate"} or not entries or not listed:
        raise DataError(f"{path}: must hold one [[gate]] or more, may hold [statutory], no more")
    gates = tuple(_gate(path, entry) for entry in entries)
    names = [gate.name for gate in gates]
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{path}: {name}: is the name of two gates; rename one")
    own_words = "statutory" in content or path == DEFAULT_GATES
    pinned = _pinned(path, content.get("statutory")) if own_words else ()
    digest = hashlib.sha256(raw).hexdigest()
    if path == DEFAULT_GATES:
        return Gates(gates, pinned, digest, True, path)
    built_in = read_gates()
    every = tuple(dict.fromkeys(built_in.statutory + pinned))
    return Gates(gates, every, digest, digest == built_in.digest, path)


def _pinned(path: Path, statutory: object) -> tuple[StatutoryTurn, ...]:
    if not isinstance(statutory, dict) or statutory.keys() != {"file", "sha256"}:
        raise DataError(f"{path}: statutory: must have file and sha256")
    if not all(isinstance(value, str) for value in statutory.values()):
        raise DataError(f"{path}: statutory: file and sha256 must be strings")
    if "\0" in statutory["file"]:
        raise DataError(f"{path}: statutory: file: no file has such a name")
    return _statutory(path.parent / statutory["file"], statutory["sha256"])


def _gate(path: Path, entry: dict[str, Any]) -> Gate:
    name = str(entry.get("name", "a gate without a name"))
    known = {f.name for f in fields(Gate)}
    if unknown := sorted(entry.keys() - known):
        raise DataError(f"{path}: {name}: {unknown[0]}: must be one of {', '.join(sorted(known))}")
    try:
        gate = Gate(**entry | {"measure": Measure(str(entry.get("measure")))})
    except (TypeError, ValueError):
        measures = ", ".join(Measure)
        raise DataError(f"{path}: {name}: needs a name, and a measure: {measures}") from None
    for problem in _problems(gate):
        raise DataError(f"{path}: {name}: {problem}")
    return gate


def _problems(gate: Gate) -> list[str]:
    bounds = (gate.at_least, gate.at_most, gate.may_lose, gate.significance)
    made = [bound for bound in bounds if bound is not None]
    in_range = [type(bound) in {int, float} and 0 <= bound <= 1 for bound in made]
    checks = (
        (not isinstance(gate.name, str), "name: must be a string"),
        (
            not made or not all(in_range),
            "needs at_least, at_most, may_lose or significance, each from 0 to 1",
        ),
        (
            all(in_range) and (gate.at_least or 0) > (1 if gate.at_most is None else gate.at_most),
            "at_least: is above at_most",
        ),
        (gate.split not in FROZEN_SPLITS, f"split: must be one of {', '.join(FROZEN_SPLITS)}"),
        (gate.judge not in ("value", "interval"), "judge: must be value or interval"),
        (gate.each not in ("", *FIELDS), f"each: must be one of {', '.join(FIELDS)}"),
        (not _selects(gate.where), f"where: may have {', '.join(SELECTORS)}; {_COUNTED} a number"),
        (not isinstance(gate.hard, bool), "hard: must be true or false"),
        (
            gate.measure is Measure.CASES_PASSED and gate.split != "behaviour",
            "cases_passed: needs split = behaviour",
        ),
    )
    return [problem for wrong, problem in checks if wrong]


def _selects(where: object) -> bool:
    return isinstance(where, dict) and all(
        name in SELECTORS and type(value) is (int if name == _COUNTED else str)
        for name, value in where.items()
    )


def _statutory(path: Path, digest: str) -> tuple[StatutoryTurn, ...]:
    content = read_bytes(path)
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise DataError(f"{path}: was changed; undo that, or pin sha256 = {found} in the gates")
    turns = []
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            record = parse_line(line)
            turns.append(
                StatutoryTurn(str(record["id"]), turn_from_record(record), str(record["source"]))
            )
        except InvalidTurnError as error:
            raise DataError(f"{path}:{number}: {error}") from None
        except KeyError as error:
            raise DataError(f"{path}:{number}: {error.args[0]}: is missing") from None
    if not turns:
        raise DataError(f"{path}: holds no turns")
    return tuple(turns)
