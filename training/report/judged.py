"""What the gates say of a model, and what changed from another one, for its report."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from classifier.model_bundle import Bundle
from classifier.records import prediction_to_record
from classifier.turn_classifier import TurnClassifier
from training.answers import Answer, FrozenAnswers
from training.gates.comparison import compare
from training.gates.judgement import Verdict, count_comparing, judge
from training.gates.refusals import EmptyGateError
from training.gates.rules import Gates, Measure
from training.gates.slices import ORDINARY
from training.report.evidence import explain
from training.report.mistakes import describe_turn

_HEADLINE: Mapping[str, tuple[Measure, Mapping[str, str]]] = {
    "missed": (Measure.OPT_OUT_RECALL, {}),
    "false_stops_ordinary": (Measure.FALSE_STOPS, ORDINARY),
}
"""Rate of the headline -> measure and turns of the gate that holds it."""


def judge_answers(
    gates: Gates,
    classifier: TurnClassifier,
    answers: FrozenAnswers,
    other: FrozenAnswers | None,
    other_version: str,
) -> dict[str, Any]:
    """Return the verdicts of the gates; a data set that they can't be held against is told of.

    Args:
        gates: From `training.gates.rules.read_gates`.
        classifier: The model that is judged.
        answers: Its answers.
        other: Answers of the model to compare with; None where there is none.
        other_version: Its version; empty where there is none.

    Returns:
        ``champion``, ``verdicts``, ``problem``, which is empty where the gates could be held,
        ``empty``, the ``gate`` that looks at no turn and its ``split``, None where they could,
        ``left_out``, how many gates need a model to compare with and had none, ``headline``:
        rate of the headline -> the gate that holds it, and ``behaviour``: capability -> the
        failures of the gates on it alone.
    """
    try:
        verdicts = judge(gates, classifier, answers, other)
        problem, empty = "", None
    except EmptyGateError as error:
        verdicts, problem, empty = [], str(error), {"gate": error.gate, "split": error.split}
    return {
        "champion": other_version,
        "verdicts": [verdict.to_dict() for verdict in verdicts],
        "problem": problem,
        "empty": empty,
        "left_out": 0 if other or empty else count_comparing(gates, answers),
        "headline": _limits(gates, verdicts),
        "behaviour": _capability_failures(gates, verdicts, answers),
    }


def _capability_failures(
    gates: Gates, verdicts: Sequence[Verdict], answers: FrozenAnswers
) -> dict[str, list[str]]:
    failures = {verdict.gate: verdict.failure for verdict in verdicts if not verdict.passed}
    capabilities = sorted({answer.turn.capability for answer in answers["behaviour"]})
    each = [gate.name for gate in gates.gates if gate.each == "capability"]
    return {
        capability: [
            f"{name}: {failures[name]}"
            for name in (f"{gate}: {capability}" for gate in each)
            if name in failures
        ]
        for capability in capabilities
    }


def _limits(gates: Gates, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return what the rates of the headline may be, per 1,000, and whether their gates open."""
    passed = {verdict.gate: verdict.passed for verdict in verdicts}
    limits = {}
    for gate in gates.gates:
        share = gate.at_most if gate.measure.less_is_better else gate.at_least
        for rate, (measure, where) in _HEADLINE.items():
            held = (gate.measure, gate.where, gate.split) == (measure, where, "test")
            if held and share is not None and not gate.each and gate.name in passed:
                most = share if gate.measure.less_is_better else 1 - share
                limits[rate] = {
                    "gate": gate.name,
                    "per_thousand": 1_000 * most,
                    "by_interval": gate.judge == "interval",
                    "passed": passed[gate.name],
                }
    return limits


def compare_answers(
    bundle: Bundle, answers: FrozenAnswers, other: FrozenAnswers, other_version: str
) -> dict[str, Any]:
    """Return what changed from another model to this one.

    Each changed turn has its context, both models' scores and what spoke for this one's answer.

    Args:
        bundle: This model.
        answers: Of this model.
        other: Of the other.
        other_version: Its version.
    """
    compared = compare(other, answers)
    pairs = {
        (split, new.turn.id): (old, new)
        for split, part in answers.items()
        for old, new in zip(other[split], part, strict=True)
    }
    changed = [
        asdict(turn) | _describe(bundle, *pairs[turn.split, turn.id]) for turn in compared.changed
    ]
    return {"other": other_version} | compared.to_dict() | {"changed": changed}


def _describe(bundle: Bundle, old: Answer, new: Answer) -> dict[str, Any]:
    return describe_turn(new.turn) | {
        "old_scores": prediction_to_record(old.prediction)["scores"],
        "new_scores": prediction_to_record(new.prediction)["scores"],
        "evidence": explain(bundle, new),
    }
