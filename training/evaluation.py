"""Asks the compiled classifier about labelled turns and scores its answers."""

from collections.abc import Iterable, Sequence

import numpy as np

from classifier.turn_classifier import TurnClassifier
from classifier.turns import LABELS, Action, Label, Prediction
from training.asking import ask_all
from training.dataset import LabelledTurn
from training.metrics import (
    LabelScores,
    Scores,
    count_by_group,
    estimate_all,
    expected_calibration_error,
)

_SEED = 0


def evaluate(classifier: TurnClassifier, turns: Sequence[LabelledTurn]) -> Scores:
    """Score the answers of a classifier, thresholds and rule floor included.

    Args:
        classifier: The one to be judged.
        turns: What it is judged on; not empty.
    """
    return score_answers(turns, ask_all(classifier, [turn.turn for turn in turns]))


def score_answers(turns: Sequence[LabelledTurn], predictions: Sequence[Prediction]) -> Scores:
    """Score answers that are there already.

    Args:
        turns: What was asked about; not empty.
        predictions: One for each turn.
    """
    truth = np.array([LABELS.index(turn.label) for turn in turns])
    answers = np.array([LABELS.index(prediction.label) for prediction in predictions])
    heard = np.array([p.action in (Action.STOP, Action.CLARIFY) for p in predictions])
    scores = np.array([prediction.scores for prediction in predictions])
    counts = count_by_group([turn.group for turn in turns], truth, answers, heard)
    estimates = estimate_all(counts, _SEED)
    return Scores(
        turns=len(turns),
        labels={
            label.value: LabelScores(
                precision=estimates[f"{label}.precision"],
                recall=estimates[f"{label}.recall"],
                f1=estimates[f"{label}.f1"],
                support=int((truth == i).sum()),
            )
            for i, label in enumerate(LABELS)
        },
        macro_f1=estimates["macro_f1"],
        accuracy=estimates["accuracy"],
        confusion=counts.confusion.sum(axis=0).astype(int).tolist(),
        calibration_error=expected_calibration_error(scores, truth),
        review_share=float(np.mean([prediction.needs_review for prediction in predictions])),
        opt_outs_heard=estimates["heard"],
        rule_share=float(np.mean([bool(prediction.rule) for prediction in predictions])),
        second_reading_share=float(np.mean([p.second_reading for p in predictions])),
        also_complaint_accuracy=_also_complaint_accuracy(turns, predictions),
        reasons_accuracy=_reasons_accuracy(turns, predictions),
    )


def _also_complaint_accuracy(
    turns: Sequence[LabelledTurn], predictions: Sequence[Prediction]
) -> float | None:
    return _mean(
        turn.also_complaint == prediction.also_complaint
        for turn, prediction in zip(turns, predictions, strict=True)
        if turn.label is prediction.label is Label.OPT_OUT
    )


def _reasons_accuracy(
    turns: Sequence[LabelledTurn], predictions: Sequence[Prediction]
) -> float | None:
    return _mean(
        set(turn.reasons) == set(prediction.reasons)
        for turn, prediction in zip(turns, predictions, strict=True)
        if turn.label is prediction.label is not Label.NORMAL
    )


def _mean(values: Iterable[bool]) -> float | None:
    listed = list(values)
    return sum(listed) / len(listed) if listed else None
