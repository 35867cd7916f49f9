"""`wurao data stats`."""

from pathlib import Path

import click

from cli.options import data_option


@click.command("stats")
@data_option
def command(data: Path) -> None:
    """Print the tables of the datasheet as Markdown."""
    from training.checks import read_checked
    from training.datasheet import datasheet_tables

    click.echo(datasheet_tables(read_checked(data)))
