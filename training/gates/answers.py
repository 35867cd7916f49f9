"""What a model answers to the frozen turns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.turn_classifier import TurnClassifier
from classifier.turns import LABELS, Action, Turn
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
    answers = {}
    done = 0
    for split in FROZEN_SPLITS:
        predictions = []
        for turn in splits[split]:
            predictions.append(classifier.classify(turn.turn))
            done += 1
            progress(done)
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
