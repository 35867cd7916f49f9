"""Scores one recipe on one fold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.metrics import average_precision_score, f1_score, log_loss

from classifier.turns import LABELS, Label
from training.dataset import LabelledTurn
from training.dictionary import build_dictionary
from training.division import split_folds
from training.features import LengthDamper, ShortIdf, TurnCounts
from training.fit import label_numbers
from training.learners import new_linear_model
from training.lost_contexts import lose_contexts
from training.other_talk import add_other_talk
from training.recipe import Recipe

FALSE_STOPS_PER_1000 = 3
_OPT_OUT = LABELS.index(Label.OPT_OUT)


@dataclass(frozen=True, slots=True)
class FoldScores:
    """How well unseen scenes are told apart.

    Attributes:
        recall: Share of opt-outs heard at `FALSE_STOPS_PER_1000` false stops.
        average_precision: Of opt_out, from 0 to 1.
        macro_f1: Mean F1 of the likeliest labels.
        log_loss: Mean, 0 is perfect.
    """

    recall: float
    average_precision: float
    macro_f1: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Material:
    """The training turns as counts, for one ``data`` section and one dictionary.

    Attributes:
        counts: Which features each turn has, shape (n, all features).
        labels: Place of each turn's label in `LABELS`, shape (n,).
        folds: Rows to learn from and rows to be scored, for each fold.
    """

    counts: csr_matrix
    labels: np.ndarray
    folds: list[tuple[np.ndarray, np.ndarray]]


def prepare(turns: Sequence[LabelledTurn], recipe: Recipe) -> Material:
    """Extract features and divide scenes into folds.

    Args:
        turns: The training split.
        recipe: Its ``data`` and ``dictionary`` sections and its folds.
    """
    words = build_dictionary(recipe.dictionary_min_count, recipe.dictionary_max_characters)
    alone = lose_contexts(turns, recipe.data_contexts_lost)
    learnt = add_other_talk(alone, recipe.data_other_talk)
    counts = TurnCounts(words, min_turns=1).fit_transform(turn.turn for turn in learnt)
    labels = label_numbers(turns)
    folds = split_folds([turn.group for turn in turns], recipe.model_folds)
    return Material(counts, labels, folds)


def make_rows(counts: csr_matrix, recipe: Recipe) -> csr_matrix:
    """Return the rows that training makes of the same turns by the same recipe.

    Args:
        counts: Which features each turn has.
        recipe: Its ``features`` section.
    """
    frequent = np.asarray(counts.sum(axis=0)).ravel() >= recipe.features_min_turns
    weighted = ShortIdf(norm=None).fit_transform(counts[:, frequent])
    return LengthDamper(recipe.features_length_exponent).transform(weighted)


def score_fold(
    counts: csr_matrix, labels: np.ndarray, fold: tuple[np.ndarray, np.ndarray], recipe: Recipe
) -> FoldScores:
    """Fit on all folds but one and score that one.

    The parts of a `Material` come one by one: Dask sends a large array to a worker once only where
    it is an argument of its own, and a pair of arrays with every task, so that it dies with none.

    Args:
        counts: Of a `Material` with the recipe's dictionary.
        labels: Of the same.
        fold: Rows to learn from and rows to be scored.
        recipe: Settings.
    """
    known, held_out = fold
    rows = make_rows(counts, recipe)
    model = new_linear_model(recipe).fit(rows[known], labels[known])
    scores, truth = model.predict_proba(rows[held_out]), labels[held_out]
    return FoldScores(
        recall=recall_at(scores[:, _OPT_OUT], truth == _OPT_OUT, FALSE_STOPS_PER_1000 / 1_000),
        average_precision=float(average_precision_score(truth == _OPT_OUT, scores[:, _OPT_OUT])),
        macro_f1=float(f1_score(truth, scores.argmax(axis=1), average="macro")),
        log_loss=float(log_loss(truth, scores, labels=range(len(LABELS)))),
    )


def recall_at(scores: np.ndarray, wanted: np.ndarray, false_rate: float) -> float:
    """Return the share of wanted turns above the threshold that a share of the others passes.

    Args:
        scores: One for each turn, shape (n,).
        wanted: Whether it is one of those to be found, shape (n,).
        false_rate: Share of the others that may lie above, from 0 to 1.
    """
    others = np.sort(scores[~wanted])[::-1]
    allowed = int(false_rate * len(others))
    threshold = others[allowed] if allowed < len(others) else -np.inf
    return float((scores[wanted] > threshold).mean())
