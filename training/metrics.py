"""Scores of predictions against labels, with 95 % intervals."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifier.turns import LABELS
from training.intervals import INTERVAL, draw, enough_scenes, share_interval
from training.plain_data import to_plain

_CALIBRATION_BINS = 15


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval, all from 0 to 1; nan where there is nothing to measure.

    Attributes:
        value: On all turns.
        low: Lower end of the interval.
        high: Upper end of the interval.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LabelScores:
    """How well one label is found.

    Attributes:
        precision: Share of turns answered so that are so.
        recall: Share of turns that are so that were answered so.
        f1: Harmonic mean of both.
        support: Turns that are so.
    """

    precision: Estimate
    recall: Estimate
    f1: Estimate
    support: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Everything measured on one set of turns.

    Attributes:
        turns: How many.
        labels: Label -> its scores.
        macro_f1: Mean F1 of the labels that occur.
        accuracy: Share answered right.
        confusion: Counts, rows true and columns answered, in the order of `LABELS`.
        calibration_error: Expected calibration error of the likeliest label, 15 equal bins.
        review_share: Share of turns sent to a person.
        opt_outs_heard: Share of opt-outs answered with stop or clarify.
        rule_share: Share of turns that the rule floor decided.
        second_reading_share: Share of turns that the second reader was asked about.
        also_complaint_accuracy: On opt-outs answered so; None when there are none.
        reasons_accuracy: Share of objections found whose reasons are all right; None when none.
    """

    turns: int
    labels: dict[str, LabelScores]
    macro_f1: Estimate
    accuracy: Estimate
    confusion: list[list[int]]
    calibration_error: float
    review_share: float
    opt_outs_heard: Estimate
    rule_share: float
    second_reading_share: float
    also_complaint_accuracy: float | None
    reasons_accuracy: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; what could not be measured is None."""
        plain: dict[str, Any] = to_plain(self)
        return plain


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts by group, from which every figure and its interval is made.

    Attributes:
        confusion: Shape (groups, 3, 3): true label, answered label.
        heard: Shape (groups,): opt-outs answered with stop or clarify.
    """

    confusion: np.ndarray
    heard: np.ndarray


def count_by_group(
    groups: Sequence[str], truth: np.ndarray, answers: np.ndarray, heard: np.ndarray
) -> Counts:
    """Count answers by group; turns of one scene stand or fall together, so groups are resampled.

    Args:
        groups: Group of each turn.
        truth: Place of the true label in `LABELS`, shape (n,).
        answers: Place of the answered label, shape (n,).
        heard: Whether the answer was stop or clarify, shape (n,).
    """
    names, places = np.unique(np.array(groups), return_inverse=True)
    confusion = np.zeros((len(names), len(LABELS), len(LABELS)))
    np.add.at(confusion, (places, truth, answers), 1)
    found = np.bincount(places, weights=heard & (truth == 0), minlength=len(names))
    return Counts(confusion, found)


def estimate_all(counts: Counts) -> dict[str, Estimate]:
    """Return every figure with its 95 % interval.

    Args:
        counts: From `count_by_group`.

    Returns:
        ``LABEL.precision``, ``LABEL.recall``, ``LABEL.f1``, ``macro_f1``, ``accuracy``, ``heard``.
    """
    hits = np.diagonal(counts.confusion, axis1=1, axis2=2)
    support, answered = counts.confusion.sum(axis=2), counts.confusion.sum(axis=1)
    estimates = {
        "accuracy": _share(hits.sum(axis=1), support.sum(axis=1)),
        "heard": _share(counts.heard, support[:, 0]),
    }
    for i, label in enumerate(LABELS):
        estimates |= {
            f"{label}.precision": _share(hits[:, i], answered[:, i]),
            f"{label}.recall": _share(hits[:, i], support[:, i]),
            f"{label}.f1": _f1(hits[:, i], support[:, i] + answered[:, i] - hits[:, i]),
        }
    f1 = [estimates[f"{label}.f1"] for label in LABELS]
    return estimates | {"macro_f1": _macro_f1(counts.confusion, f1)}


def label_scores(counts: Counts, estimates: Mapping[str, Estimate]) -> dict[str, LabelScores]:
    """Return label -> its scores.

    Args:
        counts: From `count_by_group`.
        estimates: From `estimate_all`.
    """
    return {
        label.value: LabelScores(
            precision=estimates[f"{label}.precision"],
            recall=estimates[f"{label}.recall"],
            f1=estimates[f"{label}.f1"],
            support=int(support),
        )
        for label, support in zip(LABELS, counts.confusion.sum(axis=(0, 2)), strict=True)
    }


def _share(hits: np.ndarray, sizes: np.ndarray) -> Estimate:
    whole = sizes.sum()
    value = float(hits.sum() / whole) if whole else math.nan
    return Estimate(value, *share_interval(hits, sizes))


def _f1(hits: np.ndarray, either: np.ndarray) -> Estimate:
    # F1 is no share, but grows with one: the hits among what is so or is answered so (Jaccard).
    jaccard = _share(hits, either)
    return Estimate(*(2 * j / (1 + j) for j in (jaccard.value, jaccard.low, jaccard.high)))


def _macro_f1(confusion: np.ndarray, f1: Sequence[Estimate]) -> Estimate:
    measured = [estimate for estimate in f1 if not math.isnan(estimate.value)]
    value = float(np.mean([estimate.value for estimate in measured]))
    hits, sizes = np.trace(confusion, axis1=1, axis2=2), confusion.sum(axis=(1, 2))
    if not enough_scenes(hits, sizes):
        low, high = (float(np.mean([getattr(e, end) for e in measured])) for end in ("low", "high"))
        return Estimate(value, low, high)
    kinds, counts = np.unique(confusion, axis=0, return_counts=True)
    drawn = np.tensordot(draw(counts), kinds, axes=1)
    low, high = np.percentile(mean_f1(drawn), INTERVAL)
    return Estimate(value, float(low), float(high))


def mean_f1(confusion: np.ndarray) -> np.ndarray:
    """Return the mean F1 of the labels that occur.

    Args:
        confusion: Counts, shape (..., 3, 3): true label, answered label; none of all zeros.

    Returns:
        Shape (...).
    """
    both = confusion.sum(axis=-2) + confusion.sum(axis=-1)
    found = 2 * np.diagonal(confusion, axis1=-2, axis2=-1)
    shares = np.divide(found, both, out=np.full(both.shape, np.nan), where=both > 0)
    means: np.ndarray = np.nanmean(shares, axis=-1)
    return means


def expected_calibration_error(scores: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean gap between confidence and accuracy of the likeliest label.

    Fifteen bins of equal width, weighted by their turns, after Guo et al., "On Calibration of
    Modern Neural Networks", https://arxiv.org/abs/1706.04599. 0 is perfect, 1 the worst.

    Args:
        scores: Probabilities, shape (n, 3); rows sum to 1.
        truth: Place of the true label, shape (n,).
    """
    confidence, right = scores.max(axis=1), scores.argmax(axis=1) == truth
    bins = np.minimum((confidence * _CALIBRATION_BINS).astype(int), _CALIBRATION_BINS - 1)
    size = np.bincount(bins, minlength=_CALIBRATION_BINS)
    gaps = np.bincount(bins, weights=confidence, minlength=_CALIBRATION_BINS)
    gaps -= np.bincount(bins, weights=right, minlength=_CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / size.sum())
