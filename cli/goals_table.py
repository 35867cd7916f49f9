"""The table of goals as a person reads it."""

from rich.table import Table
from rich.text import Text

from cli.output import table_console
from training.goals.table import Cell, Results


def print_results(results: Results, failures: bool) -> None:
    """Print the table and how many behaviour cases failed.

    Args:
        results: What was measured.
        failures: Whether those are listed too.
    """
    console = table_console(200)
    table = Table(title="goals in %, unless a row says per 1,000, with 95 % intervals; * is a miss")
    table.add_column("")
    table.add_column("goal", no_wrap=True)
    for name in results.systems:
        table.add_column(name, justify="right")
    for row in results.rows:
        table.add_row(row.name, row.goal, *map(_shown, row.cells))
    console.print(table)
    failed = [case for case in results.cases if not case.passed]
    missed = sum(row.cells[0].met is False for row in results.rows)
    judged = sum(row.cells[0].met is not None for row in results.rows)
    console.print(
        f"{results.systems[0]}: {judged - missed} of {judged} goals met; "
        f"{len(failed)} of {len(results.cases)} behaviour cases failed"
        + (":" if failures else "; --failures lists them"),
        highlight=False,
    )
    for case in failed if failures else ():
        turn = case.turn
        line = f"{turn.id} {turn.capability}, {turn.expectation}: {turn.label} → {case.answer}"
        console.print(f"  {line}  {turn.turn.text!r}", highlight=False, markup=False)


def _shown(cell: Cell) -> Text:
    missed = cell.met is False
    return Text(cell.text + "*" * missed, style="red" if missed else "")
