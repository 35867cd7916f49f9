"""The table of goals: a row for each goal, a column for each system."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from classifier.turns import LABELS, Channel, Turn
from training.dataset import FROZEN_SPLITS, LabelledTurn, length_of
from training.fit import label_numbers
from training.goals.material import RealTurns
from training.goals.suites import Case, run_suites
from training.intervals import by_group, share_interval, wilson_interval
from training.metrics import Estimate, count_by_group, estimate_all
from training.progress import Report
from training.short_answers import short_answers

_SLICE_TOLERANCE = 0.03
_NOISY_FILES = ("damaged_voice", "tricky_voice")
_OPT_OUT, _COMPLAINT, _NORMAL = range(3)

SLICES: dict[str, Callable[[LabelledTurn], bool]] = {
    "voice": lambda turn: turn.turn.channel is Channel.VOICE,
    "chat": lambda turn: turn.turn.channel is Channel.CHAT,
    "SMS": lambda turn: turn.turn.channel is Channel.SMS,
    "Traditional": lambda turn: turn.script == "hant",
    "Cantonese": lambda turn: turn.script == "yue",
    "long": lambda turn: length_of(turn.turn) == "long",
    "noisy": lambda turn: turn.place.path.rpartition("/")[2].startswith(_NOISY_FILES),
}
"""Name -> whether a turn belongs to it."""


@dataclass(frozen=True, slots=True)
class System:
    """Something that labels turns.

    Attributes:
        name: Heading of its column.
        answer: Turns to places in `LABELS`, shape (n,), and whether each goes to review.
    """

    name: str
    answer: Callable[[Sequence[Turn]], tuple[np.ndarray, np.ndarray | None]]


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure.

    Attributes:
        text: As it is shown; empty where it does not apply.
        value: The figure, nan where it does not apply.
        met: Whether the goal is met; None where there is nothing to meet.
    """

    text: str = ""
    value: float = math.nan
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One goal.

    Attributes:
        name: What is measured, on what.
        goal: What is wanted.
        cells: One for each system.
    """

    name: str
    goal: str
    cells: list[Cell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Results:
    """The table and what belongs to it.

    Attributes:
        systems: Names, in the order of the cells.
        rows: The goals.
        cases: Outcomes of the behaviour suites for the first system.
    """

    systems: list[str]
    rows: list[Row]
    cases: list[Case]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; what could not be measured is None."""
        return {
            "systems": self.systems,
            "rows": [
                {
                    "name": row.name,
                    "goal": row.goal,
                    "cells": [
                        {"text": c.text, "value": c.value, "met": c.met}
                        if not math.isnan(c.value)
                        else None
                        for c in row.cells
                    ],
                }
                for row in self.rows
            ],
            "failed_cases": [
                {"id": c.turn.id, "label": c.turn.label.value, "answer": c.answer.value}
                for c in self.cases
                if not c.passed
            ],
        }


def measure(
    systems: Sequence[System],
    splits: Mapping[str, Sequence[LabelledTurn]],
    real: RealTurns | None,
    report: Report,
) -> Results:
    """Ask every system about everything and hold the answers against the goals.

    Args:
        systems: The first one is the one to be judged.
        splits: All splits of the data set.
        real: Real turns; None leaves their rows out.
        report: Told which system is at work.
    """
    everything = [turn for turns in splits.values() for turn in turns]
    rows: dict[str, Row] = {}
    cases: list[Case] = []
    for system in systems:
        report(f"asking {system.name}")
        answers = {split: _answers(system, splits[split]) for split in FROZEN_SPLITS}
        cells = _frozen_cells(splits, answers, everything)
        behaviour = [LABELS[place] for place in answers["behaviour"]]
        outcome = run_suites(splits["behaviour"], behaviour)
        cases = cases or outcome
        passed, sizes = by_group(
            np.array([c.passed for c in outcome]), [c.turn.group for c in outcome]
        )
        share = Estimate(float(passed.sum() / sizes.sum()), *share_interval(passed, sizes))
        cells["behaviour: cases passed", "≥ 97"] = _estimate(share, 0.97)
        if real is not None:
            cells |= _real_cells(system, real)
        for (name, goal), cell in cells.items():
            rows.setdefault(name, Row(name, goal)).cells.append(cell)
    return Results([system.name for system in systems], list(rows.values()), cases)


_Cells = dict[tuple[str, str], Cell]


def _answers(system: System, turns: Sequence[LabelledTurn]) -> np.ndarray:
    return system.answer([turn.turn for turn in turns])[0]


def _frozen_cells(
    splits: Mapping[str, Sequence[LabelledTurn]],
    answers: Mapping[str, np.ndarray],
    everything: Sequence[LabelledTurn],
) -> _Cells:
    cells: _Cells = {}
    wanted = {"test": (0.98, 0.97, 0.96), "challenge": (0.94, 0.93, 0.92)}
    for split, goals in wanted.items():
        found = _estimates(splits[split], answers[split])
        for figure, goal in zip(
            ("opt_out.recall", "opt_out.precision", "macro_f1"), goals, strict=True
        ):
            name = f"{split}: {figure.replace('.', ' ').replace('macro_f1', 'macro-F1')}"
            cells[name, f"≥ {100 * goal:g}"] = _estimate(found[figure], goal)
    test = splits["test"]
    chosen = {turn.id for turn in short_answers(test, everything)}
    accuracy = _estimate(_part(test, answers["test"], lambda t: t.id in chosen)["accuracy"], 0.95)
    cells["short answers: accuracy", "≥ 95"] = accuracy
    whole = cells["test: opt_out recall", "≥ 98"].value
    for name, belongs in SLICES.items():
        recall = _part(test, answers["test"], belongs)["opt_out.recall"]
        cells[f"test, {name}: opt_out recall", "whole − 3"] = _estimate(
            recall, whole - _SLICE_TOLERANCE
        )
    return cells


def _real_cells(system: System, real: RealTurns) -> _Cells:
    ordinary, review = system.answer(real.ordinary)
    netted, _review = system.answer(real.netted)
    normal = real.netted_labels == _NORMAL
    complaint = real.netted_labels == _COMPLAINT
    return {
        ("ordinary real turns: opt_out per 1,000", "≤ 1"): _rate(ordinary == _OPT_OUT, 1),
        ("ordinary real turns: complaint per 1,000", "≤ 10"): _rate(ordinary == _COMPLAINT, 10),
        ("ordinary real turns: review per 1,000", "≤ 20"): Cell()
        if review is None
        else _rate(review, 20),
        ("netted real turns: false stops", "≤ 3"): _estimate(
            _share(netted[normal] == _OPT_OUT), 0.03, at_most=True
        ),
        ("netted real turns: complaint recall", "≥ 75"): _estimate(
            _share(netted[complaint] == _COMPLAINT), 0.75
        ),
    }


def _part(
    turns: Sequence[LabelledTurn], answers: np.ndarray, belongs: Callable[[LabelledTurn], bool]
) -> dict[str, Estimate]:
    kept = [i for i, turn in enumerate(turns) if belongs(turn)]
    return _estimates([turns[i] for i in kept], answers[kept])


def _estimates(turns: Sequence[LabelledTurn], answers: np.ndarray) -> dict[str, Estimate]:
    if not turns:
        return dict.fromkeys(("accuracy", "opt_out.recall"), Estimate(*[math.nan] * 3))
    groups = [turn.group for turn in turns]
    counts = count_by_group(groups, label_numbers(turns), answers, answers == _OPT_OUT)
    return estimate_all(counts)


def _estimate(estimate: Estimate, goal: float, at_most: bool = False) -> Cell:
    value = estimate.value
    if math.isnan(value):
        return Cell("none")
    met = value <= goal if at_most else value >= goal
    return Cell(f"{_plain(value)} ({_plain(estimate.low)}-{_plain(estimate.high)})", value, met)


def _share(found: np.ndarray) -> Estimate:
    value = float(found.mean()) if len(found) else math.nan
    return Estimate(value, *wilson_interval(int(found.sum()), len(found)))


def _rate(found: np.ndarray, goal: float) -> Cell:
    value = 1_000 * float(found.mean())
    low, high = (1_000 * end for end in wilson_interval(int(found.sum()), len(found)))
    return Cell(f"{value:.1f} ({low:.1f}-{high:.1f})", value, value <= goal)


def _plain(value: float) -> str:
    return f"{100 * value:.1f}"
