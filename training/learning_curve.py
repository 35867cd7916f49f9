"""Would more labels help? The linear model fitted on growing shares of the training scenes.

Rows are those of the whole training split, so that a share costs a fit and nothing else: which
features there are and how rare each one is are known from all turns, labels from the share alone.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from msgspec import convert

from classifier.errors import BundleError
from classifier.turns import LABELS
from training.beside_bundle import CURVE, write_beside
from training.dataset import LabelledTurn
from training.division import part_of
from training.fit import FittedModel, FittedRows, label_numbers
from training.intervals import INTERVAL, draw
from training.learners import IDLE_SECONDS, jobs_worth_starting, new_linear_model
from training.metrics import Estimate, count_by_group, estimate_all, mean_f1
from training.recipe import Recipe, linear_floors
from training.thresholds import choose_thresholds

_SIXTEENTHS = (1, 2, 4, 8)
"""Shares of the scenes that are fitted anew, each twice the one before; the model is the last."""

_FIGURES = ("opt_out.recall", "opt_out.precision", "macro_f1")


@dataclass(frozen=True, slots=True)
class Point:
    """What one share of the training turns teaches.

    Attributes:
        turns: How many were trained on.
        figures: ``opt_out.recall``, ``opt_out.precision`` and ``macro_f1`` on the frozen test.
    """

    turns: int
    figures: dict[str, Estimate]


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """The curve and what it says.

    Attributes:
        points: From the smallest share up to all.
        last_doubling: What the last doubling added to macro-F1, with its paired 95 % interval; None
            after a single point.
    """

    points: list[Point]
    last_doubling: Estimate | None


def learning_curve(
    model: FittedModel,
    rows: FittedRows,
    turns: Sequence[LabelledTurn],
    test: Sequence[LabelledTurn],
    recipe: Recipe,
) -> LearningCurve:
    """Fit a sixteenth of the scenes, an eighth, a quarter and a half, and score the frozen test.

    Thresholds are chosen for each point as a training run does, on turns that it did not learn
    from. The second reader and the rules have no part in it. A share in which a label is missing
    is left out.

    Args:
        model: What all turns taught: the last point.
        rows: Of `turns`.
        turns: The training split.
        test: The frozen test.
        recipe: Settings.
    """
    asked, labels = rows.features.transform([turn.turn for turn in test]), label_numbers(turns)
    parts = np.array([part_of(turn.group, "learning curve", 16) for turn in turns])
    shares = [parts < share for share in _SIXTEENTHS]
    shares = [kept for kept in shares if len(set(labels[kept])) == len(LABELS)]
    # The half takes about as long as all others together, so it begins.
    fitted = Parallel(
        n_jobs=jobs_worth_starting(recipe.jobs_count, rows.matrix), idle_worker_timeout=IDLE_SECONDS
    )(
        delayed(new_linear_model(recipe).fit)(rows.matrix[kept], labels[kept])
        for kept in reversed(shares)
    )
    learnt = [
        (int(kept.sum()), one.predict_proba(rows.matrix[~kept]), labels[~kept], one)
        for kept, one in zip(shares, reversed(fitted), strict=True)
    ]
    learnt.append((len(turns), model.label.out_of_fold_, labels, model.label))
    points, counts = [], []
    for size, unseen, truth, one in learnt:
        thresholds = choose_thresholds(
            unseen, truth, linear_floors(recipe), recipe.thresholds_objection
        )
        answers = np.array([
            LABELS.index(thresholds.decide(scores)) for scores in one.predict_proba(asked).tolist()
        ])
        counted = count_by_group(
            [turn.group for turn in test], label_numbers(test), answers, answers == 0
        )
        counts.append(counted.confusion)
        estimates = estimate_all(counted)
        points.append(Point(size, {name: estimates[name] for name in _FIGURES}))
    return LearningCurve(points, _gain(*counts[-2:]) if len(counts) > 1 else None)


def write_learning_curve(curve: LearningCurve, bundle_folder: Path) -> None:
    """Write a bundle's learning curve into its folder.

    Args:
        curve: From `learning_curve`.
        bundle_folder: The bundle.

    Raises:
        OutputError: It can't be written there.
    """
    write_beside(bundle_folder / CURVE, asdict(curve))


def read_learning_curve(bundle_folder: Path) -> LearningCurve | None:
    """Return the learning curve that a bundle brings along; None for a bundle without one.

    Args:
        bundle_folder: The bundle.

    Raises:
        BundleError: There is one and it cannot be read.
    """
    path = bundle_folder / CURVE
    if not path.exists():
        return None
    try:
        return convert(json.loads(path.read_text("utf-8")), LearningCurve)
    except (OSError, ValueError) as error:
        message = f"{path}: is no learning curve ({error}); delete it for a report without one"
        raise BundleError(message) from None


def _gain(before: np.ndarray, after: np.ndarray) -> Estimate:
    drawn = draw(np.ones(len(before)))
    gains = mean_f1(np.tensordot(drawn, after, 1)) - mean_f1(np.tensordot(drawn, before, 1))
    low, high = np.percentile(gains, INTERVAL)
    value = mean_f1(after.sum(axis=0)) - mean_f1(before.sum(axis=0))
    return Estimate(float(value), float(low), float(high))
