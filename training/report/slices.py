"""Precision, recall and F1 of each label in each part of the frozen turns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.turns import LABELS, Channel
from training.dataset import INDUSTRIES, KINDS, SCRIPTS
from training.goals.table import SLICES
from training.metrics import Estimate, LabelScores, count_by_group, estimate_all
from training.report.answers import Answer, answered, groups_of, truths

_SEED = 0
_SHORT_CHARACTERS, _LONG_CHARACTERS = 8, 31
_NOISY = SLICES["noisy"]


@dataclass(frozen=True, slots=True)
class Slice:
    """Scores on one part.

    Attributes:
        value: What its turns have in common, such as ``voice``.
        turns: How many.
        accuracy: Share answered right.
        labels: Label -> its scores.
    """

    value: str
    turns: int
    accuracy: Estimate
    labels: dict[str, LabelScores]


def slice_scores(answers: Sequence[Answer]) -> dict[str, list[Slice]]:
    """Return dimension -> its parts; parts without a turn are left out.

    Args:
        answers: To the frozen test.
    """
    return {name: _parts(answers, *dimension) for name, dimension in _DIMENSIONS.items()}


def score_part(value: str, answers: Sequence[Answer]) -> Slice:
    """Score one part.

    Args:
        value: What its turns have in common.
        answers: At least one.
    """
    truth, given = truths(answers), answered(answers)
    heard = np.array([answer.heard for answer in answers])
    estimates = estimate_all(count_by_group(groups_of(answers), truth, given, heard), _SEED)
    labels = {
        label.value: LabelScores(
            precision=estimates[f"{label}.precision"],
            recall=estimates[f"{label}.recall"],
            f1=estimates[f"{label}.f1"],
            support=int((truth == place).sum()),
        )
        for place, label in enumerate(LABELS)
    }
    return Slice(value, len(answers), estimates["accuracy"], labels)


def _parts(
    answers: Sequence[Answer], order: Sequence[str], value_of: Callable[[Answer], str]
) -> list[Slice]:
    found: dict[str, list[Answer]] = {value: [] for value in order}
    for answer in answers:
        found[value_of(answer)].append(answer)
    return [score_part(value, part) for value, part in found.items() if part]


def _length(answer: Answer) -> str:
    size = len(answer.turn.turn.text)
    if size <= _SHORT_CHARACTERS:
        return "short"
    return "long" if size >= _LONG_CHARACTERS else "middling"


_DIMENSIONS: Mapping[str, tuple[Sequence[str], Callable[[Answer], str]]] = {
    "channel": (tuple(Channel), lambda a: a.turn.turn.channel.value),
    "script": (SCRIPTS, lambda a: a.turn.script),
    "length": (("short", "middling", "long"), _length),
    "context": (
        ("with_context", "without_context"),
        lambda a: "with_context" if a.turn.turn.context else "without_context",
    ),
    "noise": (("noisy", "clean"), lambda a: "noisy" if _NOISY(a.turn) else "clean"),
    "kind": (
        tuple(f"{label}.{kind}" for label, kinds in KINDS.items() for kind in kinds),
        lambda a: f"{a.turn.label}.{a.turn.kind}",
    ),
    "industry": (INDUSTRIES, lambda a: a.turn.industry),
}
