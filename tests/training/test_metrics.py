"""Figures that can be checked by hand."""

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from training.metrics import count_by_group, estimate_all, expected_calibration_error
from training.thresholds import threshold_for_recall


def test_figures_are_those_of_scikit_learn() -> None:
    """Precision, recall and F1 agree with the field's reference on random answers."""
    generator = np.random.default_rng(7)
    truth, answers = generator.integers(0, 3, (2, 500))
    groups = [str(i // 4) for i in range(500)]
    counts = count_by_group(groups, truth, answers, answers == 0)
    estimates = estimate_all(counts)
    expected = precision_recall_fscore_support(truth, answers)
    for i, label in enumerate(("opt_out", "complaint", "normal")):
        for name, values in zip(("precision", "recall", "f1"), expected, strict=False):
            estimate = estimates[f"{label}.{name}"]
            assert estimate.value == pytest.approx(values[i])
            assert estimate.low < estimate.value < estimate.high
    assert estimates["accuracy"].value == pytest.approx((truth == answers).mean())
    assert estimates["heard"].value == pytest.approx(expected[1][0])


def test_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Over 200 samples, the 95 % interval of a recall of 0.8 misses it about 10 times."""
    generator = np.random.default_rng(3)
    truth = np.zeros(300, dtype=int)
    groups = [str(i) for i in range(300)]
    hits = 0
    for _sample in range(200):
        answers = (generator.random(300) > 0.8).astype(int)
        counts = count_by_group(groups, truth, answers, answers == 0)
        recall = estimate_all(counts)["opt_out.recall"]
        hits += recall.low <= 0.8 <= recall.high
    assert 180 <= hits <= 199


def test_scenes_that_stand_or_fall_together_widen_the_interval() -> None:
    """Fifty scenes of four equal turns say less than two hundred turns."""
    truth = np.zeros(200, dtype=int)
    answers = np.repeat(np.arange(50) % 5 == 0, 4).astype(int)
    widths = []
    for groups in ([str(i) for i in range(200)], [str(i // 4) for i in range(200)]):
        recall = estimate_all(count_by_group(groups, truth, answers, answers == 0))
        widths.append(recall["opt_out.recall"].high - recall["opt_out.recall"].low)
    assert widths[1] > 1.5 * widths[0]


def test_label_that_does_not_occur_is_not_scored() -> None:
    """A file of opt-outs alone says nothing about complaints and is not pulled down by them."""
    truth = np.zeros(10, dtype=int)
    answers = np.array([0] * 9 + [2])
    counts = count_by_group([str(i) for i in range(10)], truth, answers, answers == 0)
    estimates = estimate_all(counts)
    assert np.isnan(estimates["complaint.recall"].value)
    assert np.isnan(estimates["complaint.f1"].high)
    assert estimates["opt_out.recall"].value == pytest.approx(0.9)


def test_no_figure_is_certain() -> None:
    """Eighteen turns answered right leave a doubt about every figure, F1 and its mean too."""
    truth = np.repeat([0, 1, 2], 6)
    counts = count_by_group([str(i) for i in range(18)], truth, truth, truth == 0)
    for name, estimate in estimate_all(counts).items():
        assert estimate.value == estimate.high == pytest.approx(1), name
        assert estimate.low < 0.9, name


def test_calibration_error_by_hand() -> None:
    """Always 0.9 sure and right half of the time is 0.4 off."""
    scores = np.tile([0.9, 0.05, 0.05], (10, 1))
    truth = np.array([0, 1] * 5)
    assert expected_calibration_error(scores, truth) == pytest.approx(0.4)


@pytest.mark.parametrize(("recall", "expected"), [(0.5, 0.8), (0.75, 0.4), (1.0, 0.1), (0.0, 0.9)])
def test_threshold_is_the_highest_that_keeps_the_recall(recall: float, expected: float) -> None:
    """Half of four scores reach the second highest."""
    assert threshold_for_recall(np.array([0.4, 0.9, 0.1, 0.8]), recall) == expected
    assert threshold_for_recall(np.array([]), recall) == 1
