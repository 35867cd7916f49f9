"""Precision, recall and F1 of each label in each part of the frozen turns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import TypeVar

import numpy as np

from classifier.turns import LABELS, Channel
from training.dataset import INDUSTRIES, KINDS, SCRIPTS, LabelledTurn
from training.goals.table import SLICES
from training.metrics import Estimate, LabelScores, count_by_group, estimate_all
from training.report.answers import Answer, answered, groups_of, truths

_SEED = 0
_SHORT_CHARACTERS, _LONG_CHARACTERS = 8, 31
_NOISY = SLICES["noisy"]
_Value = TypeVar("_Value", str, tuple[str, str])


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


@dataclass(frozen=True, slots=True)
class KindScores:
    """How well one kind is found; answers have no kind, so it has no precision and no F1.

    Attributes:
        label: The label of its turns.
        kind: One of `KINDS` of the label.
        turns: How many.
        recall: Share of them answered with their label.
    """

    label: str
    kind: str
    turns: int
    recall: Estimate


def slice_scores(answers: Sequence[Answer]) -> dict[str, list[Slice]]:
    """Return dimension -> its parts; parts without a turn are left out.

    Args:
        answers: To the frozen test.
    """
    return {
        name: list(starmap(score_part, _parts(answers, *dimension)))
        for name, dimension in _DIMENSIONS.items()
    }


def kind_scores(answers: Sequence[Answer]) -> list[KindScores]:
    """Return the scores of each kind that occurs, label by label.

    Args:
        answers: To the frozen test.
    """
    order = [(label.value, kind) for label, kinds in KINDS.items() for kind in kinds]
    return [
        KindScores(label, kind, len(part), score_part(kind, part).labels[label].recall)
        for (label, kind), part in _parts(
            answers, order, lambda turn: (turn.label.value, turn.kind)
        )
    ]


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


def length_of(turn: LabelledTurn) -> str:
    """Return ``short``, ``middling`` or ``long``.

    Args:
        turn: Any.
    """
    size = len(turn.turn.text)
    if size <= _SHORT_CHARACTERS:
        return "short"
    return "long" if size >= _LONG_CHARACTERS else "middling"


def noise_of(turn: LabelledTurn) -> str:
    """Return ``noisy`` or ``clean``.

    Args:
        turn: Any.
    """
    return "noisy" if _NOISY(turn) else "clean"


def _parts(
    answers: Sequence[Answer], order: Iterable[_Value], value_of: Callable[[LabelledTurn], _Value]
) -> list[tuple[_Value, list[Answer]]]:
    found: dict[_Value, list[Answer]] = {value: [] for value in order}
    for answer in answers:
        found[value_of(answer.turn)].append(answer)
    return [(value, part) for value, part in found.items() if part]


_DIMENSIONS: Mapping[str, tuple[Sequence[str], Callable[[LabelledTurn], str]]] = {
    "channel": (tuple(Channel), lambda turn: turn.turn.channel.value),
    "script": (SCRIPTS, lambda turn: turn.script),
    "length": (("short", "middling", "long"), length_of),
    "context": (
        ("with_context", "without_context"),
        lambda turn: "with_context" if turn.turn.context else "without_context",
    ),
    "noise": (("noisy", "clean"), noise_of),
    "industry": (INDUSTRIES, lambda turn: turn.industry),
}
