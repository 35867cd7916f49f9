"""The curves of the report, as plain numbers: thresholds, calibration, histograms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifier.manifest import Thresholds
from classifier.turns import LABELS, Label
from training.answers import Answer, score_rows, truths
from training.metrics import expected_calibration_error

_POINTS = 201
_BINS = 15
_HISTOGRAM_BINS = 20
_LABELS_WITH_THRESHOLD = (Label.OPT_OUT, Label.COMPLAINT)


@dataclass(frozen=True, slots=True)
class ThresholdCurve:
    """Precision and recall of a label at each threshold of its score.

    Attributes:
        label: Which.
        thresholds: From 0 to 1, shape (points,).
        precision: At each; None where nothing reaches the threshold.
        recall: At each.
        chosen: Name -> the threshold that the model uses.
    """

    label: str
    thresholds: list[float]
    precision: list[float | None]
    recall: list[float]
    chosen: dict[str, float]


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Turns whose score lies in one bin.

    Attributes:
        score: Their mean score.
        share: Share of them that are so.
        turns: How many.
    """

    score: float
    share: float
    turns: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether scores are the shares they say.

    Attributes:
        error: Expected calibration error of the likeliest label, 0 at best.
        labels: Label -> bins of its score.
    """

    error: float
    labels: dict[str, list[CalibrationBin]]


@dataclass(frozen=True, slots=True)
class Histogram:
    """How sure the model is where it is right and where it is wrong.

    Attributes:
        edges: Of the bins of the likeliest label's score, one more than there are bins.
        right: Turns answered right, by bin.
        wrong: Turns answered wrong, by bin.
    """

    edges: list[float]
    right: list[int]
    wrong: list[int]


def threshold_curves(answers: Sequence[Answer], thresholds: Thresholds) -> list[ThresholdCurve]:
    """Return the curves of opt_out and complaint, by scores alone: the rule floor is left out.

    Args:
        answers: To the frozen test.
        thresholds: What the model uses.
    """
    scores, truth = score_rows(answers), truths(answers)
    chosen = {
        Label.OPT_OUT: {"stop": thresholds.stop, "review": thresholds.review},
        Label.COMPLAINT: {"complaint": thresholds.complaint},
    }
    return [
        _curve(label, scores[:, place], truth == place, chosen[label])
        for place, label in enumerate(LABELS)
        if label in _LABELS_WITH_THRESHOLD
    ]


def _curve(
    label: Label, scores: np.ndarray, so: np.ndarray, chosen: dict[str, float]
) -> ThresholdCurve:
    at = np.unique(np.concatenate([np.linspace(0, 1, _POINTS), list(chosen.values())]))
    reached = len(scores) - np.searchsorted(np.sort(scores), at)
    hits = int(so.sum()) - np.searchsorted(np.sort(scores[so]), at)
    return ThresholdCurve(
        label=label.value,
        thresholds=[float(x) for x in at],
        precision=[float(h / r) if r else None for h, r in zip(hits, reached, strict=True)],
        recall=[float(h / max(so.sum(), 1)) for h in hits],
        chosen=chosen,
    )


def calibration(answers: Sequence[Answer]) -> Calibration:
    """Return calibration diagrams and the error.

    Args:
        answers: To the frozen test; not empty.
    """
    scores, truth = score_rows(answers), truths(answers)
    return Calibration(
        error=expected_calibration_error(scores, truth),
        labels={
            label.value: _bins(scores[:, place], truth == place)
            for place, label in enumerate(LABELS)
        },
    )


def _bins(scores: np.ndarray, so: np.ndarray) -> list[CalibrationBin]:
    places = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    return [
        CalibrationBin(float(scores[kept].mean()), float(so[kept].mean()), int(kept.sum()))
        for place in range(_BINS)
        if (kept := places == place).any()
    ]


def histogram(answers: Sequence[Answer]) -> Histogram:
    """Return how the likeliest label's score is spread over right and wrong answers.

    Args:
        answers: To the frozen test.
    """
    sureness = score_rows(answers).max(axis=1)
    right = np.array([answer.right for answer in answers])
    # The likeliest of three labels never has less than a third.
    edges = np.linspace(1 / len(LABELS), 1, _HISTOGRAM_BINS + 1)
    clipped = np.clip(sureness, edges[0], edges[-1])
    return Histogram(
        edges=[float(edge) for edge in edges],
        right=[int(n) for n in np.histogram(clipped[right], edges)[0]],
        wrong=[int(n) for n in np.histogram(clipped[~right], edges)[0]],
    )
