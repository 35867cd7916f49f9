"""`wurao data freeze`."""

from pathlib import Path

import click

from cli.options import data_option


@click.command("freeze")
@data_option
def command(data: Path) -> None:
    """Pin the digests of the frozen splits as they stand."""
    from training.checks import FROZEN
    from training.checks import freeze as pin

    pin(data)
    click.echo(f"pinned in {data / FROZEN}; say why in docs/decisions.md")
