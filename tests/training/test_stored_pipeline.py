"""The pipeline that a bundle stores for data scientists."""

from pathlib import Path

import joblib
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from training.stored_pipeline import write_pipeline

ROWS, LABELS = [[0.0], [1.0]], [0, 1]


def fit() -> Pipeline:
    """Return a pipeline within a pipeline, fitted anew."""
    inner = make_pipeline(LogisticRegression(solver="newton-cg").fit(ROWS, LABELS))
    return make_pipeline(inner)


def test_the_same_pipeline_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whether its names are the objects of its class, or what came from another process."""
    path, after = tmp_path / "first.joblib", tmp_path / "after.joblib"
    write_pipeline(path, fit())
    other = fit()
    model = other[0][0]
    model.__dict__ = {
        "".join(list(name)): "".join(list(value)) if isinstance(value, str) else value
        for name, value in vars(model).items()
    }
    write_pipeline(after, other)
    assert after.read_bytes() == path.read_bytes()
    assert joblib.load(after).predict(ROWS).tolist() == LABELS
