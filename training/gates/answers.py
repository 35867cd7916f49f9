"""What a model answers to the frozen turns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from classifier.turn_classifier import TurnClassifier
from classifier.turns import LABELS, Action, Prediction, Turn
from training.asking import ask_all
from training.dataset import FROZEN_SPLITS, LabelledTurn
from training.progress import Progress


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to one split.

    Attributes:
        labels: Place of each answer in `LABELS`, shape (n,).
        heard: Whether the bot stops or asks back, shape (n,).
        asked: Whether the bot asks back, and a person is to look, shape (n,).
    """

    labels: np.ndarray
    heard: np.ndarray
    asked: np.ndarray

    @classmethod
    def of(cls, predictions: Sequence[Prediction]) -> "Answers":
        """Return what predictions amount to.

        Args:
            predictions: One for each turn of a split, in order.
        """
        actions = [prediction.action for prediction in predictions]
        return cls(
            labels=np.array([LABELS.index(p.label) for p in predictions]),
            heard=np.array([action in {Action.STOP, Action.CLARIFY} for action in actions]),
            asked=np.array([action is Action.CLARIFY for action in actions]),
        )


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
        answers[split] = Answers.of(list(islice(predicted, len(splits[split]))))
    return answers


def stops(classifier: TurnClassifier, turn: Turn) -> bool:
    """Say whether the model answers one turn with a stop.

    Args:
        classifier: The model.
        turn: Any turn.
    """
    return classifier.classify(turn).action is Action.STOP
