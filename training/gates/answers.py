"""What a model answers to the frozen turns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from classifier.turn_classifier import TurnClassifier
from classifier.turns import LABELS, Action, Turn
from training.asking import ask_all
from training.dataset import FROZEN_SPLITS, LabelledTurn
from training.progress import Progress


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to one split.

    Attributes:
        labels: Place of each answer in `LABELS`, shape (n,).
        heard: Whether the bot stops or asks back, shape (n,).
    """

    labels: np.ndarray
    heard: np.ndarray


def ask(
    classifier: TurnClassifier,
    splits: Mapping[str, Sequence[LabelledTurn]],
    progress: Progress,
) -> dict[str, Answers]:
    """Return split -> answers for every frozen split.

    Args:
        classifier: The model.
        splits: At least the frozen ones.
        progress: Told how many turns are answered so far.
    """
    asked = [turn.turn for split in FROZEN_SPLITS for turn in splits[split]]
    predicted = iter(ask_all(classifier, asked, progress))
    answers = {}
    for split in FROZEN_SPLITS:
        predictions = list(islice(predicted, len(splits[split])))
        answers[split] = Answers(
            labels=np.array([LABELS.index(p.label) for p in predictions]),
            heard=np.array([p.action in {Action.STOP, Action.CLARIFY} for p in predictions]),
        )
    return answers


def stops(classifier: TurnClassifier, turn: Turn) -> bool:
    """Say whether the model answers one turn with a stop.

    Args:
        classifier: The model.
        turn: Any turn.
    """
    return classifier.classify(turn).action is Action.STOP
