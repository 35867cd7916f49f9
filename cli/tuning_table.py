"""Trials of a search as a person reads them."""

from collections.abc import Sequence
from dataclasses import asdict

from rich.table import Table

from cli.output import table_console
from training.recipe import Recipe
from training.tuning.search import Trial


def print_trials(trials: Sequence[Trial], base: Recipe) -> None:
    """Print a table of trials, the best first, and below it what each changed.

    Args:
        trials: At least one, with at least two folds each.
        base: The recipe that the others depart from.
    """
    console = table_console()
    table = Table(title="means over folds ± standard error")
    table.add_column("", justify="right")
    for heading in ("recall at 3/1,000", "avg. precision", "macro-F1", "log loss"):
        table.add_column(heading, justify="right", no_wrap=True)
    for number, trial in enumerate(trials, start=1):
        shown = [
            f"{trial.mean(name):.4f} ± {trial.error(name):.4f}"
            for name in ("recall", "average_precision", "macro_f1", "log_loss")
        ]
        own = trial.recipe == base
        table.add_row(str(number), *shown, style="bold" if own else "")
    console.print(table)
    for number, trial in enumerate(trials, start=1):
        line = f"{number:>2} {_differences(trial.recipe, base)}"
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _differences(recipe: Recipe, base: Recipe) -> str:
    before = asdict(base)
    changed = [
        f"{name.replace('_', '.', 1)} = {value}"
        for name, value in asdict(recipe).items()
        if value != before[name]
    ]
    return ", ".join(changed) or "the recipe as it is"
