"""`wurao optouts export-labels`."""

from pathlib import Path

import click

from cli.options import json_option
from cli.optouts.desk import Desk, at_desk
from cli.output import print_json


@click.command("export-labels")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A JSON Lines file.",
)
@json_option("JSON instead of text: file and lines written.")
@at_desk
def command(desk: Desk, output: Path, as_json: bool) -> None:
    """Write what people decided about turns as lines for training; personal data is masked.

    A turn whose opt-out was revoked as a mistake comes without a label, for a labeller to decide.
    """
    from classifier.optouts.desk.labels import export_labels
    from cli.whole_file import private_file

    with private_file(output) as file:
        written = export_labels(desk.registry, desk.tenant, desk.actor, file)
    if as_json:
        print_json({"file": str(output), "written": written})
        return
    remedy = (
        "; look at them, give a label to those that have none (revoked as a mistake), then "
        "`wurao data import` them with `--format records`"
    )
    click.echo(f"{written:,} lines written to {output}{remedy if written else ''}")
