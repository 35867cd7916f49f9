"""A labelled turn with what the model answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.turn_classifier import TurnClassifier
from classifier.turns import LABELS, Action, Label, Prediction
from training.asking import ask_all
from training.dataset import FROZEN_SPLITS, LabelledTurn


@dataclass(frozen=True, slots=True)
class Answer:
    """One turn and its prediction.

    Attributes:
        split: Where the turn stands.
        turn: What was asked about.
        prediction: What was answered.
    """

    split: str
    turn: LabelledTurn
    prediction: Prediction

    @property
    def right(self) -> bool:
        """Whether the label answered is the label stored."""
        return self.prediction.label is self.turn.label

    @property
    def heard(self) -> bool:
        """Whether the bot stops or asks back."""
        return self.prediction.action in {Action.STOP, Action.CLARIFY}


def ask_everything(
    classifier: TurnClassifier, splits: Mapping[str, Sequence[LabelledTurn]]
) -> dict[str, list[Answer]]:
    """Return the answers to each frozen split.

    Args:
        classifier: The model.
        splits: All splits of the data set.
    """
    asked = [(split, turn) for split in FROZEN_SPLITS for turn in splits[split]]
    predictions = ask_all(classifier, [turn.turn for _split, turn in asked])
    answers: dict[str, list[Answer]] = {split: [] for split in FROZEN_SPLITS}
    for (split, turn), prediction in zip(asked, predictions, strict=True):
        answers[split].append(Answer(split, turn, prediction))
    return answers


def truths(answers: Sequence[Answer]) -> np.ndarray:
    """Return the place of each true label in `LABELS`, shape (n,).

    Args:
        answers: Any.
    """
    return np.array([LABELS.index(answer.turn.label) for answer in answers], dtype=int)


def answered(answers: Sequence[Answer]) -> np.ndarray:
    """Return the place of each answered label in `LABELS`, shape (n,).

    Args:
        answers: Any.
    """
    return np.array([LABELS.index(answer.prediction.label) for answer in answers], dtype=int)


def score_rows(answers: Sequence[Answer]) -> np.ndarray:
    """Return the scores, shape (n, 3), in the order of `LABELS`.

    Args:
        answers: Any.
    """
    return np.array([answer.prediction.scores for answer in answers]).reshape(-1, len(LABELS))


def groups_of(answers: Sequence[Answer]) -> list[str]:
    """Return the scene of each turn.

    Args:
        answers: Any.
    """
    return [answer.turn.group for answer in answers]


def labelled(answers: Sequence[Answer], label: Label) -> list[Answer]:
    """Return the answers to turns of one label.

    Args:
        answers: Any.
        label: The true one.
    """
    return [answer for answer in answers if answer.turn.label is label]
