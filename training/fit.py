"""Fits the model: features, folds, calibration, the aids beside the label."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from classifier.errors import DataError
from classifier.turns import LABELS, REASONS, Label
from training.dataset import LabelledTurn
from training.features import COUNTS, WEIGHTS, new_features
from training.learners import CalibratedLogisticRegression, new_label_model, new_linear_model
from training.progress import Report
from training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class FittedRows:
    """The way from turns to rows, and the rows of the turns that it was fitted on.

    Attributes:
        features: From `new_features`, fitted.
        matrix: Rows of the training turns, shape (n, features).
    """

    features: Pipeline
    matrix: csr_matrix


@dataclass(frozen=True, slots=True)
class FittedModel:
    """Everything that was learnt.

    Attributes:
        features: Turns to rows.
        label: Rows to calibrated label probabilities.
        also_complaint: Rows to odds of also_complaint, learnt on opt-outs.
        reasons: One learner for each of `REASONS`, learnt on opt-outs and complaints.
    """

    features: Pipeline
    label: CalibratedLogisticRegression
    also_complaint: LogisticRegression
    reasons: tuple[LogisticRegression, ...]

    @property
    def words(self) -> dict[str, int]:
        """The tokenizer's dictionary."""
        words: dict[str, int] = self.features[COUNTS].words
        return words


def fit_model(
    turns: Sequence[LabelledTurn], rows: FittedRows, recipe: Recipe, report: Report
) -> FittedModel:
    """Fit on all turns; the same turns and recipe give the same model.

    Args:
        turns: The training split.
        rows: Of `turns`.
        recipe: Settings.
        report: Told of each step.
    """
    report(f"fitting and calibrating over {recipe.model_folds} folds")
    label = new_label_model(recipe)
    label.fit(rows.matrix, label_numbers(turns), [turn.group for turn in turns])
    label.round_weights(rows.features[WEIGHTS].idf_)
    report("fitting also_complaint and reasons")
    also_complaint, reasons = _fit_aids(rows.matrix, turns, recipe)
    return FittedModel(rows.features, label, also_complaint, reasons)


def fit_rows(
    turns: Sequence[LabelledTurn], words: dict[str, int], recipe: Recipe, report: Report
) -> FittedRows:
    """Return the way from turns to rows, fitted on turns, and their rows.

    Args:
        turns: At least one.
        words: The tokenizer's dictionary.
        recipe: Its ``features`` section.
        report: Told of the step.
    """
    report("extracting features")
    features = new_features(words, recipe)
    return FittedRows(features, features.fit_transform([turn.turn for turn in turns]))


def check_coverage(turns: Sequence[LabelledTurn]) -> None:
    """Refuse turns from which no model can be fitted.

    Args:
        turns: The training split.

    Raises:
        DataError: A label, also_complaint or a reason is on all of them or on none.
    """
    answers: dict[str, list[bool]] = {
        f"label {label}": [turn.label is label for turn in turns] for label in LABELS
    }
    opt_outs = [turn for turn in turns if turn.label is Label.OPT_OUT]
    answers["also_complaint"] = [turn.also_complaint for turn in opt_outs]
    objections = [turn for turn in turns if turn.label is not Label.NORMAL]
    answers |= {f"reason {r}": [r in turn.reasons for turn in objections] for r in REASONS}
    for name, values in answers.items():
        if len(set(values)) < 2:
            raise DataError(f"the training turns need some with and some without {name}")


def label_numbers(turns: Sequence[LabelledTurn]) -> np.ndarray:
    """Return the label of each turn as its place in `LABELS`, shape (n,).

    Args:
        turns: Any labelled turns.
    """
    return np.array([LABELS.index(turn.label) for turn in turns])


def _fit_aids(
    rows: csr_matrix, turns: Sequence[LabelledTurn], recipe: Recipe
) -> tuple[LogisticRegression, tuple[LogisticRegression, ...]]:
    opt_outs = [i for i, turn in enumerate(turns) if turn.label is Label.OPT_OUT]
    objections = [i for i, turn in enumerate(turns) if turn.label is not Label.NORMAL]
    also = [turns[i].also_complaint for i in opt_outs]
    also_complaint = new_linear_model(recipe).fit(rows[opt_outs], also)
    reasons = tuple(
        new_linear_model(recipe).fit(
            rows[objections], [reason in turns[i].reasons for i in objections]
        )
        for reason in REASONS
    )
    return also_complaint, reasons
