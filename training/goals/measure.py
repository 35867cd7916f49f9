"""Brings systems and material together and measures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from classifier.turns import LABELS, Turn
from training.answers import ask_all
from training.checks import read_checked
from training.dataset import LabelledTurn
from training.goals.baselines import (
    BASELINES,
    PACKAGES,
    available_baselines,
    fast_text_predictor,
)
from training.goals.cost import cost_ratio, typical_turns
from training.goals.material import read_real_turns
from training.goals.table import Cell, Results, Row, System, measure
from training.progress import Report

_COST_GOAL = 1.5
_LEAST_STEPS = 3


def count_steps(baselines: bool) -> int:
    """Return how often `measure_goals` will report.

    Args:
        baselines: Whether they are measured too.
    """
    if not baselines:
        return _LEAST_STEPS
    return _LEAST_STEPS + len(BASELINES) + len(available_baselines())


def measure_goals(
    data_folder: Path,
    bundle_folder: Path,
    traffic_folder: Path | None,
    baselines: bool,
    report: Report,
) -> Results:
    """Measure a bundle, its linear model alone, and the baselines.

    Args:
        data_folder: The folder ``data``.
        bundle_folder: The bundle to be judged.
        traffic_folder: Real turns; None leaves their rows out.
        baselines: Whether to train and measure those whose packages are installed.
        report: Told of each step.

    Raises:
        BundleError: The bundle cannot be used.
        DataError: The data set is not sound, or the real turns cannot be read.
    """
    report("reading the data")
    splits = read_checked(data_folder)
    real = read_real_turns(traffic_folder) if traffic_folder else None
    classifier = TurnClassifier(load_bundle(bundle_folder))
    systems = [_own("this model", classifier)]
    systems.append(_own("linear alone", TurnClassifier(load_bundle(bundle_folder, False))))
    names = available_baselines() if baselines else []
    for name in BASELINES if baselines else ():
        if name not in names:
            report(f"no {name}: {PACKAGES[name]} is not installed; `make report` installs it")
            continue
        report(f"training {name}")
        systems.append(_baseline(name, splits["train"]))
    results = measure(systems, splits, real, report)
    if "fastText" in names:
        results.rows.append(_cost_row(classifier, splits, len(systems)))
    return results


def _own(name: str, classifier: TurnClassifier) -> System:
    def answer(turns: Sequence[Turn]) -> tuple[np.ndarray, np.ndarray | None]:
        predictions = ask_all(classifier, turns)
        answers = np.array([LABELS.index(p.label) for p in predictions])
        return answers, np.array([p.needs_review for p in predictions])

    return System(name, answer)


def _baseline(name: str, turns: Sequence[LabelledTurn]) -> System:
    answer = BASELINES[name](turns)
    return System(name, lambda asked: (answer(asked), None))


def _cost_row(
    classifier: TurnClassifier, splits: dict[str, list[LabelledTurn]], columns: int
) -> Row:
    predict = fast_text_predictor(splits["train"])
    ratio = cost_ratio(classifier, predict, typical_turns(splits["test"]))
    cells = [Cell(f"{ratio:.2f}", ratio, ratio <= _COST_GOAL)]
    name = "features and scorer, CPU over jieba.lcut + fastText"
    return Row(name, f"≤ {_COST_GOAL}", cells + [Cell()] * (columns - 1))
