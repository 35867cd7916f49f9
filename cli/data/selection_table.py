"""What a selection found, in lines."""

from pathlib import Path

import click

from training.selection.select import Selection


def print_selection(selection: Selection, source: Path, output: Path) -> None:
    """Print how many turns were picked by what, and what was passed over.

    Args:
        selection: What was picked.
        source: From where.
        output: Where it went.
    """
    tally = selection.tally
    for row, problem in tally.problems:
        click.secho(f"{source}:{row}: {problem}", fg="red", err=True)
    by = ", ".join(f"{count:,} by {criterion}" for criterion, count in selection.by.items())
    click.echo(f"{len(selection.records):,} of {tally.new:,} new turns in {output}: {by}")
    if tally.known:
        ways = ", ".join(f"{count:,} {way}" for way, count in sorted(tally.known.items()))
        click.echo(f"{sum(tally.known.values()):,} turns are in the data set already: {ways}")
    if tally.bad:
        click.secho(f"{tally.bad:,} bad lines were passed over", fg="yellow", err=True)
