"""Flattens the fitted scikit-learn model into the arrays that serving adds up."""

import numpy as np

from classifier.model_bundle import (
    ALSO_COMPLAINT_COLUMN,
    COLUMNS,
    LABEL_COLUMNS,
    REASON_COLUMNS,
    SQUARE_COLUMN,
)
from training.features import COUNTS, WEIGHTS
from training.fit import FittedModel


def compile_model(model: FittedModel) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return what a bundle needs of the model, commonest features first.

    The length of a turn's row is all that is left to work out at serving time. What turns ask for
    most lies together in memory, which saves a good part of the waiting for it.

    Args:
        model: Fitted.

    Returns:
        Feature names; weights, shape (features, 9), float32; biases, shape (8,).
    """
    linear = model.label.linear_
    idf = model.features[WEIGHTS].idf_
    weights = np.zeros((len(idf), COLUMNS))
    biases = np.zeros(COLUMNS - 1)
    weights[:, LABEL_COLUMNS] = linear.coef_.T
    biases[LABEL_COLUMNS] = linear.intercept_
    weights[:, ALSO_COMPLAINT_COLUMN] = model.also_complaint.coef_[0]
    biases[ALSO_COMPLAINT_COLUMN] = model.also_complaint.intercept_[0]
    weights[:, REASON_COLUMNS] = np.stack([reason.coef_[0] for reason in model.reasons], axis=1)
    biases[REASON_COLUMNS] = [reason.intercept_[0] for reason in model.reasons]
    weights *= idf[:, None]
    weights[:, SQUARE_COLUMN] = idf**2
    names = model.features[COUNTS].get_feature_names_out()
    order = np.argsort(idf, kind="stable")
    return names[order].tolist(), weights[order].astype(np.float32), biases
