"""Asks a model about many turns, and keeps its answers to labelled ones."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, starmap

import numpy as np

from classifier.turn_classifier import TurnClassifier
from classifier.turns import LABELS, Action, Label, Prediction, Turn
from training.dataset import FROZEN_SPLITS, LabelledTurn
from training.metrics import Counts, count_by_group
from training.progress import Progress, silent

_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """One turn and its prediction.

    Attributes:
        turn: What was asked about.
        prediction: What was answered.
    """

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


FrozenAnswers = Mapping[str, Sequence[Answer]]
"""Frozen split -> a model's answers to all of it."""


def ask_all(
    classifier: TurnClassifier, turns: Sequence[Turn], progress: Progress = silent
) -> list[Prediction]:
    """Return the predictions of turns, in order.

    Threads, one for each core, suffice: the second reader, which takes most of the time, lets
    others run meanwhile.

    Args:
        classifier: The model.
        turns: Any number.
        progress: Told how many turns are answered so far.
    """
    predictions: list[Prediction] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(turns), _AT_ONCE):
            predictions += pool.map(classifier.classify, turns[start : start + _AT_ONCE])
            progress(len(predictions))
    return predictions


def ask(
    classifier: TurnClassifier, turns: Sequence[LabelledTurn], progress: Progress = silent
) -> list[Answer]:
    """Return the answers to labelled turns, in order.

    Args:
        classifier: The model.
        turns: Any number.
        progress: Told how many turns are answered so far.
    """
    predictions = ask_all(classifier, [turn.turn for turn in turns], progress)
    return list(starmap(Answer, zip(turns, predictions, strict=True)))


def ask_frozen(
    classifier: TurnClassifier,
    splits: Mapping[str, Sequence[LabelledTurn]],
    progress: Progress = silent,
) -> dict[str, list[Answer]]:
    """Return the answers to each frozen split.

    Args:
        classifier: The model.
        splits: At least the frozen ones.
        progress: Told how many turns are answered so far.
    """
    asked = [turn for split in FROZEN_SPLITS for turn in splits[split]]
    answers = iter(ask(classifier, asked, progress))
    return {split: list(islice(answers, len(splits[split]))) for split in FROZEN_SPLITS}


def truths(answers: Sequence[Answer]) -> np.ndarray:
    """Return the place of each true label in `LABELS`, shape (n,).

    Args:
        answers: Any.
    """
    return np.array([LABELS.index(answer.turn.label) for answer in answers], dtype=int)


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


def count_answers(answers: Sequence[Answer]) -> Counts:
    """Count answers by scene.

    Args:
        answers: At least one.
    """
    given = np.array([LABELS.index(answer.prediction.label) for answer in answers])
    heard = np.array([answer.heard for answer in answers])
    return count_by_group(groups_of(answers), truths(answers), given, heard)


def labelled(answers: Sequence[Answer], label: Label) -> list[Answer]:
    """Return the answers to turns of one label.

    Args:
        answers: Any.
        label: The true one.
    """
    return [answer for answer in answers if answer.turn.label is label]
