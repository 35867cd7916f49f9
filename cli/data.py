"""`wurao data`."""

import sys
from pathlib import Path

import click

from cli.options import data_option


@click.group("data")
def command() -> None:
    """Check, count and freeze the labelled data."""


@command.command("check")
@data_option
def check(data: Path) -> None:
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


@command.command("stats")
@data_option
def stats(data: Path) -> None:
    """Print the tables of the datasheet as Markdown."""
    from training.checks import read_checked
    from training.statistics import datasheet_tables

    click.echo(datasheet_tables(read_checked(data)))


@command.command("freeze")
@data_option
def freeze(data: Path) -> None:
    """Pin the digests of the frozen splits as they stand."""
    from training.checks import FROZEN
    from training.checks import freeze as pin

    pin(data)
    click.echo(f"pinned in {data / FROZEN}; say why in docs/decisions.md")
