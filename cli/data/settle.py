"""`wurao data settle`."""

from pathlib import Path

import click

from cli.options import data_option


@click.command("settle")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def command(file: Path, data: Path) -> None:
    """Carry out the decisions in a file of conflicts: `keep`, `take` or `unsure` in each line.

    Undecided lines stay in the file, and what was kept or is unsure, so that no import asks again.
    Lines about one turn are decided together: `unsure` on each, or `keep` on all but the one to
    `take`. Where a line is wrong, nothing is written.
    """
    from training.exchange.decisions import settle as carry_out

    counts = carry_out(file, data)
    said = ", ".join(f"{count:,} {decision or 'undecided'}" for decision, count in counts.items())
    click.echo(f"{file}: {said or 'no conflicts'}")
