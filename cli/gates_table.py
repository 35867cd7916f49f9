"""Verdicts of the gates and comparisons of models as a person reads them."""

from rich.table import Table
from rich.text import Text

from cli.output import table_console
from training.gates.comparison import Comparison
from training.gates.refusals import chance
from training.promotion import VersionTrial


def print_trial(trial: VersionTrial) -> None:
    """Print every gate with its figure and limit, then those that failed in words.

    Args:
        trial: What was judged.
    """
    console = table_console()
    compared = trial.champion and not trial.unread
    beside = f", beside the champion {trial.champion}" if compared else ", with no champion"
    table = Table(title=f"model {trial.version.name} before the gates{beside}")
    table.add_column("gate")
    table.add_column("")
    for heading in ("share, %", "95 %", "champion, %", "turns"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("limit")
    for verdict in trial.verdicts:
        word, style = ("open", "green") if verdict.passed else ("FAILED", "bold red")
        table.add_row(
            verdict.gate + " (hard)" * verdict.hard,
            Text(word, style=style),
            _percent(verdict.value),
            "" if verdict.low is None else f"{_percent(verdict.low)}-{_percent(verdict.high)}",
            _percent(verdict.champion),
            f"{verdict.turns:,}",
            verdict.limit,
        )
    console.print(table)
    for verdict in trial.failed:
        console.print(Text(f"{verdict.gate}: {verdict.failure}", style="red"), soft_wrap=True)
    for shortcoming in trial.shortcomings:
        console.print(Text(shortcoming, style="yellow"), soft_wrap=True)
    passed = len(trial.verdicts) - len(trial.failed)
    console.print(f"{passed} of {len(trial.verdicts)} gates are open", highlight=False)


def print_comparison(comparison: Comparison, old: str, new: str, turns: bool) -> None:
    """Print how each share changed, and which turns did.

    Args:
        comparison: What was compared.
        old: Version that was compared with.
        new: The other version.
        turns: Whether to list every changed turn.
    """
    console = table_console()
    table = Table(title=f"from {old} to {new}: % of turns, 95 % by paired bootstrap over scenes")
    table.add_column("")
    for heading in ("turns", old, new, "difference", "lost", "gained", "p of a fall", "of a rise"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in comparison.rows:
        change = row.change
        difference = change.new - change.old
        table.add_row(
            f"{row.split}: {row.measure.replace('_', ' ')}",
            f"{row.turns:,}",
            _percent(change.old),
            _percent(change.new),
            f"{100 * difference:+.2f} ({100 * change.low:+.2f} to {100 * change.high:+.2f})",
            f"{change.gone:,}",
            f"{change.come:,}",
            chance(change.fall_p),
            chance(change.rise_p),
        )
    console.print(table)
    better = sum(turn.better for turn in comparison.changed)
    worse = sum(turn.worse for turn in comparison.changed)
    counted = f"{len(comparison.changed):,} turns are answered differently"
    console.print(f"{counted}: {better:,} for better, {worse:,} for worse", highlight=False)
    for turn in comparison.changed if turns else ():
        style = "green" if turn.better else "red" if turn.worse else "dim"
        line = f"{turn.split} {turn.id} {turn.label}: {turn.old} → {turn.new}  {turn.text}"
        console.print(Text(line, style=style), soft_wrap=True)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f}"
