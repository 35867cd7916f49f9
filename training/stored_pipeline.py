"""Stores the fitted scikit-learn pipeline: of the same data and recipe the same bytes."""

import sys
from pathlib import Path

import joblib
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline


def write_pipeline(path: Path, pipeline: Pipeline) -> None:
    """Store a pipeline, whatever the process did before.

    Pickle tells names that are one object from equal ones. Those of an estimator's attributes are
    ones that Python keeps for its class, and once an estimator of that class came back from another
    process they are others. So each is made the one that `sys.intern` returns.

    Args:
        path: Where to.
        pipeline: Fitted.
    """
    _intern_names(pipeline)
    joblib.dump(pipeline, path, compress=3)


def _intern_names(part: object) -> None:
    if isinstance(part, BaseEstimator):
        part.__dict__ = {sys.intern(name): _interned(value) for name, value in vars(part).items()}
        part = list(vars(part).values())
    if isinstance(part, list | tuple):
        for inner in part:
            _intern_names(inner)


def _interned(value: object) -> object:
    return sys.intern(value) if type(value) is str else value
