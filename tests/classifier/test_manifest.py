"""Where scores turn into labels."""

import pytest

from classifier.manifest import Thresholds
from classifier.turns import Label

THRESHOLDS = Thresholds(stop=0.65, review=0.1, complaint=0.7, objection=0.8)


@pytest.mark.parametrize(
    ("scores", "label"),
    [
        ((0.65, 0.0, 0.35), Label.OPT_OUT),
        ((0.64, 0.0, 0.36), Label.NORMAL),
        ((0.1, 0.7, 0.2), Label.COMPLAINT),
        ((0.1, 0.69, 0.21), Label.NORMAL),
        ((0.5, 0.35, 0.15), Label.OPT_OUT),
        ((0.35, 0.5, 0.15), Label.COMPLAINT),
        ((0.45, 0.45, 0.1), Label.OPT_OUT),
        ((0.4, 0.35, 0.25), Label.NORMAL),
    ],
)
def test_label_follows_from_the_scores(scores: tuple[float, float, float], label: Label) -> None:
    """Each label by its own threshold; what surely objects is the likelier of the two."""
    assert THRESHOLDS.decide(scores) is label
