"""Asks the compiled classifier about labelled turns and scores its answers."""

from collections.abc import Iterable, Sequence

import numpy as np

from classifier.turn_classifier import TurnClassifier
from classifier.turns import Label
from training.answers import Answer, ask, count_answers, labelled, score_rows, truths
from training.dataset import LabelledTurn
from training.metrics import Scores, estimate_all, expected_calibration_error, label_scores


def evaluate(classifier: TurnClassifier, turns: Sequence[LabelledTurn]) -> Scores:
    """Score the answers of a classifier, thresholds and rule floor included.

    Args:
        classifier: The one to be judged.
        turns: What it is judged on; not empty.
    """
    return score_answers(ask(classifier, turns))


def score_answers(answers: Sequence[Answer]) -> Scores:
    """Score answers that are there already.

    Args:
        answers: Not empty.
    """
    counts = count_answers(answers)
    estimates = estimate_all(counts)
    predictions = [answer.prediction for answer in answers]
    return Scores(
        turns=len(answers),
        labels=label_scores(counts, estimates),
        macro_f1=estimates["macro_f1"],
        accuracy=estimates["accuracy"],
        confusion=counts.confusion.sum(axis=0).astype(int).tolist(),
        calibration_error=expected_calibration_error(score_rows(answers), truths(answers)),
        review_share=float(np.mean([prediction.needs_review for prediction in predictions])),
        opt_outs_heard=estimates["heard"],
        rule_share=float(np.mean([bool(prediction.rule) for prediction in predictions])),
        second_reading_share=float(np.mean([p.second_reading for p in predictions])),
        also_complaint_accuracy=_also_complaint_accuracy(answers),
        reasons_accuracy=_reasons_accuracy(answers),
    )


def _also_complaint_accuracy(answers: Sequence[Answer]) -> float | None:
    return _mean(
        answer.turn.also_complaint == answer.prediction.also_complaint
        for answer in labelled(answers, Label.OPT_OUT)
        if answer.right
    )


def _reasons_accuracy(answers: Sequence[Answer]) -> float | None:
    return _mean(
        set(answer.turn.reasons) == set(answer.prediction.reasons)
        for answer in answers
        if answer.right and answer.turn.label is not Label.NORMAL
    )


def _mean(values: Iterable[bool]) -> float | None:
    listed = list(values)
    return sum(listed) / len(listed) if listed else None
