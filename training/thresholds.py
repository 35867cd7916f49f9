"""Chooses where scores turn into decisions."""

import numpy as np

from classifier.manifest import Thresholds
from classifier.turns import LABELS, Label
from training.recipe import Floors


def choose_thresholds(
    scores: np.ndarray, labels: np.ndarray, floors: Floors, objection: float
) -> Thresholds:
    """Return the highest thresholds that keep the recalls asked for.

    Args:
        scores: Out-of-fold probabilities, shape (n, 3), in the order of the labels.
        labels: Place of each turn's label in `LABELS`, shape (n,).
        floors: The recalls.
        objection: What opt_out and complaint must reach together.
    """
    opt_out, complaint = LABELS.index(Label.OPT_OUT), LABELS.index(Label.COMPLAINT)
    wanted = scores[labels == opt_out, opt_out]
    stop = threshold_for_recall(wanted, floors.stop)
    left = (labels == complaint) & (scores[:, opt_out] < stop)
    return Thresholds(
        stop=stop,
        review=min(stop, threshold_for_recall(wanted, floors.review)),
        complaint=threshold_for_recall(scores[left, complaint], floors.complaint),
        objection=objection,
    )


def threshold_for_recall(scores: np.ndarray, recall: float) -> float:
    """Return the highest threshold that at least this share of the scores reaches; 1 for none.

    Args:
        scores: Scores of the turns that ought to be found, shape (n,).
        recall: From 0 to 1.
    """
    ordered = np.sort(scores)[::-1]
    if not len(ordered):
        return 1.0
    needed = int(np.ceil(recall * len(ordered)))
    return float(ordered[max(needed, 1) - 1])
