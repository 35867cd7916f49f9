"""`wurao optouts export-labels`."""

from pathlib import Path

import click

from cli.optouts.desk import Desk, at_desk


@click.command("export-labels")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A JSON Lines file.",
)
@at_desk
def command(desk: Desk, output: Path) -> None:
    """Write what people decided as labelled lines for training; personal data is masked."""
    from classifier.errors import OutputError
    from classifier.optouts.desk.labels import export_labels

    try:
        with output.open("wb") as file:
            written = export_labels(desk.registry, desk.tenant, desk.actor, file)
    except OSError as error:
        raise OutputError(f"{output}: cannot be written: {error.strerror}") from None
    remedy = "; look at them, then `wurao data import` them with `--format records`"
    click.echo(f"{written:,} lines written to {output}{remedy if written else ''}")
