"""Scores as a person reads them."""

import math

from rich.console import Console
from rich.table import Table

from training.metrics import Estimate, Scores


def print_scores(scores: Scores, title: str) -> None:
    """Print scores by label, the confusion matrix and the single figures.

    Args:
        scores: What was measured.
        title: On what, and by which model.
    """
    console = Console(markup=False)
    by_label = Table(title=f"{title}: {scores.turns:,} turns, 95 % intervals by scene")
    for heading in ("", "precision", "recall", "F1", "turns"):
        by_label.add_column(heading, justify="left" if not heading else "right")
    for label, of in scores.labels.items():
        figures = (of.precision, of.recall, of.f1)
        by_label.add_row(label, *map(_with_interval, figures), f"{of.support:,}")
    confusion = Table(title="true label (rows) and answer (columns)")
    confusion.add_column("")
    for label in scores.labels:
        confusion.add_column(label, justify="right")
    for label, row in zip(scores.labels, scores.confusion, strict=True):
        confusion.add_row(label, *(f"{count:,}" for count in row))
    console.print(by_label, confusion)
    console.print(
        f"macro-F1 {_with_interval(scores.macro_f1)}   accuracy {_with_interval(scores.accuracy)}\n"
        f"opt-outs stopped or asked back {_with_interval(scores.opt_outs_heard)}\n"
        f"calibration error {scores.calibration_error:.3f}   sent to review "
        f"{scores.review_share:.1%}   decided by the rule floor {scores.rule_share:.1%}   "
        f"read twice {scores.second_reading_share:.1%}\n"
        f"also_complaint right {_share(scores.also_complaint_accuracy)}   "
        f"all reasons right {_share(scores.reasons_accuracy)}",
        highlight=False,
    )


def _with_interval(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return "none"
    return f"{estimate.value:.3f} ({estimate.low:.3f}-{estimate.high:.3f})"


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1%}"
