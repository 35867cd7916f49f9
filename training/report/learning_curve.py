"""Would more labels help? The linear model trained on growing shares of the training scenes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.manifest import Thresholds
from classifier.turns import LABELS, Turn
from training.dataset import LabelledTurn
from training.dictionary import build_dictionary
from training.division import part_of
from training.fit import label_numbers
from training.lost_contexts import lose_contexts
from training.metrics import Estimate, count_by_group, estimate_all
from training.pipeline import LengthDamper, TurnFeatures, new_label_model, new_vectorizer
from training.progress import Report
from training.recipe import Recipe, linear_floors
from training.thresholds import choose_thresholds

SIXTEENTHS = (1, 2, 4, 8, 16)
"""Shares of the scenes that are trained on, each twice the one before."""

STEPS = len(SIXTEENTHS) + 1
"""How often `learning_curve` reports."""

_SEED = 0
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
    turns: Sequence[LabelledTurn], test: Sequence[LabelledTurn], recipe: Recipe, report: Report
) -> Iterator[LearningCurve]:
    """Train on a sixteenth of the scenes, an eighth and so on to all, and score the frozen test.

    The curve so far is yielded after each point.

    Only the linear model learns; thresholds are chosen anew each time, as a training run does.

    Args:
        turns: The training split; the smallest share of its scenes must hold all labels.
        test: The frozen test.
        recipe: Settings.
        report: Told of each of the `STEPS`.
    """
    report("extracting features")
    words = build_dictionary(recipe.dictionary_min_count, recipe.dictionary_max_characters)
    features = TurnFeatures(words)
    learnt = lose_contexts(turns, recipe.data_contexts_lost)
    names, asked = features.transform(_bare(learnt)), features.transform(_bare(test))
    points, counts = [], []
    for share in SIXTEENTHS:
        kept = [i for i, t in enumerate(turns) if part_of(t.group, "learning curve", 16) < share]
        report(f"training on {len(kept):,} turns")
        answers = _train_and_answer(
            [names[i] for i in kept], [turns[i] for i in kept], asked, recipe
        )
        counted = count_by_group(
            [turn.group for turn in test], label_numbers(test), answers, answers == 0
        )
        counts.append(counted.confusion)
        estimates = estimate_all(counted, _SEED)
        points.append(Point(len(kept), {name: estimates[name] for name in _FIGURES}))
        yield LearningCurve(list(points), _gain(*counts[-2:]) if len(counts) > 1 else None)


def _bare(turns: Sequence[LabelledTurn]) -> list[Turn]:
    return [turn.turn for turn in turns]


def _train_and_answer(
    names: list[list[str]], turns: Sequence[LabelledTurn], asked: list[list[str]], recipe: Recipe
) -> np.ndarray:
    vectorizer, damper = new_vectorizer(recipe), LengthDamper(recipe.features_length_exponent)
    rows = damper.transform(vectorizer.fit_transform(names))
    labels = label_numbers(turns)
    model = new_label_model(recipe).fit(rows, labels, [turn.group for turn in turns])
    thresholds = choose_thresholds(model.out_of_fold_, labels, linear_floors(recipe))
    scores = model.predict_proba(damper.transform(vectorizer.transform(asked)))
    return _decide(scores, thresholds)


def _decide(scores: np.ndarray, thresholds: Thresholds) -> np.ndarray:
    complaint = np.where(scores[:, 1] >= thresholds.complaint, 1, 2)
    return np.where(scores[:, 0] >= thresholds.stop, 0, complaint)


def _gain(before: np.ndarray, after: np.ndarray) -> Estimate:
    size = len(before)
    draws = np.random.default_rng(_SEED).multinomial(size, np.full(size, 1 / size), 1_000)
    gains = [
        _macro_f1(np.tensordot(draw, after, 1)) - _macro_f1(np.tensordot(draw, before, 1))
        for draw in draws
    ]
    low, high = np.nanpercentile(gains, (2.5, 97.5))
    value = _macro_f1(after.sum(axis=0)) - _macro_f1(before.sum(axis=0))
    return Estimate(value, float(low), float(high))


def _macro_f1(confusion: np.ndarray) -> float:
    both = confusion.sum(axis=0) + confusion.sum(axis=1)
    found = [2 * confusion[i, i] / both[i] for i in range(len(LABELS)) if both[i]]
    return float(np.mean(found)) if found else math.nan
