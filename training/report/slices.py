"""Precision, recall and F1 of each label in each part of the frozen turns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import TypeVar

from classifier.turns import Channel
from training.answers import Answer, count_answers
from training.dataset import INDUSTRIES, KINDS, LENGTHS, SCRIPTS, LabelledTurn, length_of
from training.goals.table import SLICES
from training.metrics import Estimate, LabelScores, estimate_all, label_scores

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
    counts = count_answers(answers)
    estimates = estimate_all(counts)
    scores = label_scores(counts, estimates)
    return Slice(value, len(answers), estimates["accuracy"], scores)


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
    "length": (LENGTHS, lambda turn: length_of(turn.turn)),
    "context": (
        ("with_context", "without_context"),
        lambda turn: "with_context" if turn.turn.context else "without_context",
    ),
    "noise": (("noisy", "clean"), noise_of),
    "industry": (INDUSTRIES, lambda turn: turn.industry),
}
