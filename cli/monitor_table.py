"""A drift report as a person reads it on a terminal."""

from rich.table import Table
from rich.text import Text

from cli.output import table_console
from training.monitor.drift import Level
from training.monitor.report import DriftReport

_LENGTH = "length"


def print_drift(report: DriftReport) -> None:
    """Print what was compared, every measure, and the alerts.

    Args:
        report: What was found.
    """
    console = table_console()
    profile, reference, drift = report.profile, report.reference, report.drift
    period = f"{profile.first[:16]} to {profile.last[:16]} UTC"
    lines = [
        f"{profile.source}: {profile.turns:,.0f} turns, {profile.decisions:,} logged, {period}",
        f"reference: {reference.source}, {reference.turns:,.0f} turns",
    ]
    for line in (*lines, *report.remarks):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print(_levels(report))
    console.print(_shifts(report))
    for alert in drift.alerts:
        console.print(Text(f"ALERT {alert}", style="bold red"), soft_wrap=True)
    if drift.enough and not drift.alerts:
        console.print(Text("nothing is out of bounds", style="green"))


def _levels(report: DriftReport) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("measure")
    for heading in ("now", "95 % interval", "reference", "allowed"):
        table.add_column(heading, justify="right")
    for level in report.drift.levels:
        table.add_row(
            Text(level.measure, style="red" if level.alert else ""),
            _amount(level, level.value),
            f"{_amount(level, level.low)} to {_amount(level, level.high)}",
            _amount(level, level.reference),
            _allowed(level),
        )
    return table


def _shifts(report: DriftReport) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("distribution")
    for heading in ("index", "allowed"):
        table.add_column(heading, justify="right")
    for shift in report.drift.shifts:
        limit = "" if shift.limit is None else f"up to {shift.limit:g}"
        name = Text(shift.measure, style="red" if shift.alert else "")
        table.add_row(name, f"{shift.index:.3f}", limit)
    return table


def _allowed(level: Level) -> str:
    least = "" if level.least is None else f"from {_amount(level, level.least)}"
    most = "" if level.most is None else f"up to {_amount(level, level.most)}"
    return " ".join(part for part in (least, most) if part)


def _amount(level: Level, value: float) -> str:
    return f"{value:.1f}" if level.measure == _LENGTH else f"{100 * value:.2f} %"
