"""Holds a candidate against the gates."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifier.turn_classifier import TurnClassifier
from classifier.turns import Action, Label
from training.answers import Answer, FrozenAnswers
from training.dataset import LabelledTurn
from training.gates.paired import Change, compare_shares
from training.gates.refusals import (
    EmptyGateError,
    Reason,
    Refusal,
    chance,
    percent,
    percent_limit,
)
from training.gates.rules import Gate, Gates, Measure, StatutoryTurn
from training.gates.slices import FIELDS, belongs
from training.goals.suites import run_suites
from training.intervals import by_group, share_interval

STATUTORY = "statutory words"
_COUNTS: Mapping[Measure, Callable[[Answer], bool]] = {
    Measure.OPT_OUT_RECALL: lambda answer: answer.prediction.label is Label.OPT_OUT,
    Measure.OPT_OUT_HEARD: lambda answer: answer.heard,
    Measure.COMPLAINT_RECALL: lambda answer: answer.prediction.label is Label.COMPLAINT,
    Measure.FALSE_STOPS: lambda answer: answer.prediction.label is Label.OPT_OUT,
    Measure.ASKED_BACK: lambda answer: answer.prediction.action is Action.CLARIFY,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one gate says.

    Attributes:
        gate: Its name, with the value of the slice where it is repeated.
        passed: Whether it opens.
        hard: Whether no reason overrides it.
        limit: What is demanded, in words.
        value: The candidate's share, from 0 to 1.
        low: Lower end of its 95 % interval; None where all that there is was asked.
        high: Upper end.
        champion: The champion's share; None where there is none or it does not matter.
        turns: How many turns were looked at.
        refusals: What failed, with figures and limit; empty where it passed.
    """

    gate: str
    passed: bool
    hard: bool
    limit: str
    value: float
    low: float | None
    high: float | None
    champion: float | None
    turns: int
    refusals: tuple[Refusal, ...]

    @property
    def failure(self) -> str:
        """What failed, in English; empty where it passed."""
        return "; ".join(map(str, self.refusals))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self) | {"failure": self.failure}


def judge(
    gates: Gates,
    candidate: TurnClassifier,
    answers: FrozenAnswers,
    champion: FrozenAnswers | None,
) -> list[Verdict]:
    """Return the verdict of every gate, the statutory words first.

    Args:
        gates: From `training.gates.rules.read_gates`.
        candidate: The model that is judged.
        answers: Its answers to the frozen splits.
        champion: The champion's answers; None where there is no champion, and then gates that
            only compare with it are left out.

    Raises:
        EmptyGateError: A gate measures no turn at all.
    """
    verdicts = [_statutory(gates.statutory, candidate)]
    for gate in gates.gates:
        if champion is None and gate.only_compares:
            continue
        old = champion[gate.split] if champion else None
        for name, kept in _parts(gates.path, gate, answers[gate.split]):
            verdicts.append(_judge(gate, name, kept, answers[gate.split], old))
    return verdicts


def count_comparing(gates: Gates, answers: FrozenAnswers) -> int:
    """Return how many verdicts `judge` leaves out where there is no champion.

    Args:
        gates: From `training.gates.rules.read_gates`.
        answers: Of any model.
    """
    return sum(
        len(_values(gate, answers[gate.split])) if gate.each else 1
        for gate in gates.gates
        if gate.only_compares
    )


def count(measure: Measure, answers: Sequence[Answer]) -> np.ndarray:
    """Return whether each turn counts in a measure, shape (n,).

    Args:
        measure: Which share.
        answers: To a whole split.
    """
    if measure is Measure.CASES_PASSED:
        turns, labels = [a.turn for a in answers], [a.prediction.label for a in answers]
        return np.array([case.passed for case in run_suites(turns, labels)])
    return np.array([_COUNTS[measure](answer) for answer in answers])


def counted(measure: Measure, turn: LabelledTurn) -> bool:
    """Say whether a measure looks at a turn.

    Args:
        measure: Which share.
        turn: Any turn.
    """
    if measure is Measure.CASES_PASSED:
        return True
    if measure.less_is_better:
        return turn.label is not Label.OPT_OUT
    return turn.label is (Label.COMPLAINT if measure is Measure.COMPLAINT_RECALL else Label.OPT_OUT)


def _parts(path: Path, gate: Gate, answers: Sequence[Answer]) -> Iterator[tuple[str, list[int]]]:
    kept = _kept(gate, answers)
    if not kept:
        raise EmptyGateError(path, gate)
    if not gate.each:
        yield gate.name, kept
        return
    value = FIELDS[gate.each]
    for wanted in _values(gate, answers):
        yield f"{gate.name}: {wanted}", [i for i in kept if value(answers[i].turn) == wanted]


def _kept(gate: Gate, answers: Sequence[Answer]) -> list[int]:
    return [
        i
        for i, answer in enumerate(answers)
        if counted(gate.measure, answer.turn) and belongs(answer.turn, gate.where)
    ]


def _values(gate: Gate, answers: Sequence[Answer]) -> list[str]:
    return sorted({FIELDS[gate.each](answers[i].turn) for i in _kept(gate, answers)})


def _judge(
    gate: Gate,
    name: str,
    kept: list[int],
    answers: Sequence[Answer],
    champion: Sequence[Answer] | None,
) -> Verdict:
    groups = [answers[i].turn.group for i in kept]
    new = count(gate.measure, answers)[kept]
    low, high = share_interval(*by_group(new, groups))
    refusals = _beyond(gate, float(new.mean()), low, high)
    change = None
    if champion is not None and (gate.may_lose is not None or gate.significance is not None):
        old = count(gate.measure, champion)[kept]
        change = compare_shares(old, new, groups)
        refusals += _lost(gate, change)
    return Verdict(
        gate=name,
        passed=not refusals,
        hard=gate.hard,
        limit=_limit(gate),
        value=float(new.mean()),
        low=low,
        high=high,
        champion=change.old if change else None,
        turns=len(kept),
        refusals=tuple(refusals),
    )


def _beyond(gate: Gate, value: float, low: float, high: float) -> list[Refusal]:
    by_interval = gate.judge == "interval"
    refusals = []
    if gate.at_least is not None and (low if by_interval else value) < gate.at_least:
        reason = Reason.BELOW_INTERVAL if by_interval else Reason.BELOW
        refusals.append(_refusal(reason, value, low, gate.at_least))
    if gate.at_most is not None and (high if by_interval else value) > gate.at_most:
        reason = Reason.ABOVE_INTERVAL if by_interval else Reason.ABOVE
        refusals.append(_refusal(reason, value, high, gate.at_most))
    return refusals


def _refusal(reason: Reason, value: float, end: float, limit: float) -> Refusal:
    figures = {"value": percent(value), "end": percent(end), "limit": percent_limit(limit)}
    return Refusal(reason, figures)


def _lost(gate: Gate, change: Change) -> list[Refusal]:
    less = gate.measure.less_is_better
    worse, better = (change.come, change.gone) if less else (change.gone, change.come)
    loss = (change.new - change.old) if less else (change.old - change.new)
    p = change.rise_p if less else change.fall_p
    moved = {
        "champion": percent(change.old),
        "now": percent(change.new),
        "worse": str(worse),
        "better": str(better),
    }
    refusals = []
    if gate.may_lose is not None and worse > better and loss > gate.may_lose:
        figures = {"loss": percent(loss), "limit": percent_limit(gate.may_lose)}
        refusals.append(Refusal(Reason.LOSES, moved | figures))
    if gate.significance is not None and p < gate.significance:
        figures = {"p": chance(p), "limit": chance(gate.significance)}
        refusals.append(Refusal(Reason.CHANCE, moved | figures))
    return refusals


def _limit(gate: Gate) -> str:
    parts = []
    end = {"interval": "95 % interval", "value": "share"}[gate.judge]
    if gate.at_least is not None:
        parts.append(f"{end} ≥ {percent_limit(gate.at_least)}")
    if gate.at_most is not None:
        parts.append(f"{end} ≤ {percent_limit(gate.at_most)}")
    if gate.may_lose is not None:
        parts.append(f"loss ≤ {percent_limit(gate.may_lose)}")
    if gate.significance is not None:
        parts.append(f"p of a loss ≥ {chance(gate.significance)}")
    return ", ".join(parts)


def _statutory(turns: Sequence[StatutoryTurn], candidate: TurnClassifier) -> Verdict:
    heard = [candidate.classify(s.turn).action is Action.STOP for s in turns]
    share = sum(heard) / len(heard)
    missed = [s for s, was_heard in zip(turns, heard, strict=True) if not was_heard]
    figures = {
        "missed": str(len(missed)),
        "turns": str(len(turns)),
        "words": ", ".join(f"{s.id} {s.turn.text}" for s in missed),
    }
    return Verdict(
        gate=STATUTORY,
        passed=not missed,
        hard=True,
        limit="every one is answered with a stop",
        value=share,
        low=None,
        high=None,
        champion=None,
        turns=len(turns),
        refusals=(Refusal(Reason.MISSES, figures),) if missed else (),
    )
