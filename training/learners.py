"""Rows to labels: the learners, and probabilities calibrated out of fold."""

from collections.abc import Sequence
from itertools import starmap

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from classifier.turns import LABELS
from training.division import split_folds
from training.recipe import Recipe

_CALIBRATOR_PENALTY = 10.0
_ROWS_WORTH_A_PROCESS = 10_000
IDLE_SECONDS = 3_600
"""How long joblib's processes wait for more to do. After five minutes, its default, the last ones
left just as new work came, and a search waited for ever."""


class CalibratedLogisticRegression(ClassifierMixin, BaseEstimator):
    """A multinomial logistic regression whose probabilities are calibrated out of fold.

    Each fold's turns are scored by a model that saw no turn of their groups; the map from those
    logits to probabilities sees what unseen turns get. The model itself is fitted on all turns.

    Attributes:
        linear_: Features to calibrated logits, shape (n, 3).
        out_of_fold_: Calibrated probabilities of the training turns, shape (n, 3), each made
            without its group.
    """

    def __init__(self, penalty: float, tolerance: float, folds: int, jobs: int) -> None:
        """Keep the settings.

        Args:
            penalty: ``C`` of the regression: the larger, the weaker the penalty.
            tolerance: Where its solver stops.
            folds: At least 2.
            jobs: Processes; the result does not depend on it.
        """
        self.penalty = penalty
        self.tolerance = tolerance
        self.folds = folds
        self.jobs = jobs

    def fit(
        self, rows: csr_matrix, labels: np.ndarray, groups: Sequence[str]
    ) -> "CalibratedLogisticRegression":
        """Fit regression and calibration.

        Args:
            rows: Shape (n, features).
            labels: Place of each turn's label in `classifier.turns.LABELS`, shape (n,).
            groups: Group of each turn; no group is split between folds.
        """
        folds = split_folds(groups, self.folds)
        tasks = [(rows[known], labels[known], rows[held_out]) for known, held_out in folds]
        # The last task is the model itself, fitted beside the folds.
        fitted = Parallel(jobs_worth_starting(self.jobs, rows), idle_worker_timeout=IDLE_SECONDS)([
            *starmap(delayed(self._fit_and_score), tasks),
            delayed(self._fit_linear)(rows, labels),
        ])
        self.linear_ = fitted.pop()
        logits = np.empty((len(labels), len(LABELS)))
        for (_known, held_out), part in zip(folds, fitted, strict=True):
            logits[held_out] = part
        calibrator = LogisticRegression(C=_CALIBRATOR_PENALTY, max_iter=1_000).fit(logits, labels)
        self.out_of_fold_ = calibrator.predict_proba(logits)
        self.linear_.coef_ = calibrator.coef_ @ self.linear_.coef_
        self.linear_.intercept_ = calibrator.decision_function(self.linear_.intercept_[None])[0]
        self.classes_ = self.linear_.classes_
        return self

    def round_weights(self, scale: np.ndarray) -> None:
        """Make what each feature adds a number of single precision, as it is served.

        Args:
            scale: What a row has for each feature that a turn has, shape (features,).
        """
        served = (self.linear_.coef_ * scale).astype(np.float32)
        self.linear_.coef_ = served.astype(np.float64) / scale

    def predict_proba(self, rows: csr_matrix) -> np.ndarray:
        """Return calibrated probabilities, shape (n, 3), in the order of the labels; rows sum to 1.

        Args:
            rows: Shape (n, features).
        """
        probabilities: np.ndarray = self.linear_.predict_proba(rows)
        return probabilities

    def _fit_linear(self, rows: csr_matrix, labels: np.ndarray) -> LogisticRegression:
        return _logistic_regression(self.penalty, self.tolerance).fit(rows, labels)

    def _fit_and_score(
        self, known: csr_matrix, labels: np.ndarray, held_out: csr_matrix
    ) -> np.ndarray:
        logits: np.ndarray = self._fit_linear(known, labels).decision_function(held_out)
        return logits


def jobs_worth_starting(jobs: int, rows: csr_matrix) -> int:
    """Return how many processes to fit with: one where they would take longer to start than to fit.

    Args:
        jobs: As many as are wanted.
        rows: Of the training turns.
    """
    return jobs if rows.shape[0] >= _ROWS_WORTH_A_PROCESS else 1


def new_label_model(recipe: Recipe) -> CalibratedLogisticRegression:
    """Return the unfitted learner of the label.

    Args:
        recipe: Its ``model`` and ``jobs`` sections.
    """
    return CalibratedLogisticRegression(
        penalty=recipe.model_inverse_regularisation,
        tolerance=recipe.model_tolerance,
        folds=recipe.model_folds,
        jobs=recipe.jobs_count,
    )


def new_linear_model(recipe: Recipe) -> LogisticRegression:
    """Return an unfitted learner: of the label without its calibration, or of one yes or no.

    Args:
        recipe: Its ``model`` section.
    """
    return _logistic_regression(recipe.model_inverse_regularisation, recipe.model_tolerance)


def _logistic_regression(penalty: float, tolerance: float) -> LogisticRegression:
    # On these wide sparse rows newton-cg takes a tenth of the time of the default solver.
    return LogisticRegression(C=penalty, tol=tolerance, solver="newton-cg")
