"""What the gates say of a model, and what changed from another one, for its report."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifier.errors import DataError
from classifier.turn_classifier import TurnClassifier
from training.dataset import LabelledTurn
from training.gates.answers import Answers
from training.gates.comparison import compare
from training.gates.judgement import judge
from training.gates.rules import read_gates
from training.report.answers import Answer, answered

_Splits = Mapping[str, Sequence[LabelledTurn]]


def judge_answers(
    gates_path: Path,
    splits: _Splits,
    classifier: TurnClassifier,
    answers: Mapping[str, Sequence[Answer]],
    other: Mapping[str, Sequence[Answer]] | None,
    other_version: str,
) -> dict[str, Any]:
    """Return the verdicts of the gates; a data set that they can't be held against is told of.

    Args:
        gates_path: A file of gates.
        splits: All splits of the data set.
        classifier: The model that is judged.
        answers: Its answers.
        other: Answers of the model to compare with; None where there is none.
        other_version: Its version; empty where there is none.

    Returns:
        ``champion``, ``verdicts`` and ``problem``, which is empty where the gates could be held.
    """
    try:
        verdicts = judge(
            read_gates(gates_path),
            splits,
            classifier,
            _for_gates(answers),
            _for_gates(other) if other else None,
        )
    except DataError as error:
        return {"champion": other_version, "verdicts": [], "problem": str(error)}
    return {
        "champion": other_version,
        "verdicts": [verdict.to_dict() for verdict in verdicts],
        "problem": "",
    }


def compare_answers(
    splits: _Splits,
    answers: Mapping[str, Sequence[Answer]],
    other: Mapping[str, Sequence[Answer]],
    other_version: str,
) -> dict[str, Any]:
    """Return what changed from another model to this one.

    Args:
        splits: All splits of the data set.
        answers: Of this model.
        other: Of the other.
        other_version: Its version.
    """
    compared = compare(splits, _for_gates(other), _for_gates(answers))
    return {"other": other_version} | compared.to_dict()


def _for_gates(answers: Mapping[str, Sequence[Answer]]) -> dict[str, Answers]:
    return {
        split: Answers(labels=answered(part), heard=np.array([a.heard for a in part]))
        for split, part in answers.items()
    }
