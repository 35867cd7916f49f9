"""`wurao data check`."""

import sys
from pathlib import Path

import click

from cli.options import data_option


@click.command("check")
@data_option
def command(data: Path) -> None:
    """Check schema, labels, duplicates, leaks between the splits and the frozen test."""
    from training.checks import check_data

    splits, problems = check_data(data)
    for problem in problems:
        click.secho(problem, fg="red", err=True)
    if problems:
        click.secho(f"wurao: {len(problems):,} problems in {data}", fg="red", err=True)
        sys.exit(1)
    counts = ", ".join(f"{len(turns):,} turns in {split}" for split, turns in splits.items())
    click.echo(f"{data} is sound: {counts}")
