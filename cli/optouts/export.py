"""`wurao optouts export`."""

import sys
from pathlib import Path

import click

from cli.optouts.desk import Desk, at_desk


@click.command("export")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="File, or `-` for standard output.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl"]),
    help="How it is written.  [default: by the name of the file, else csv]",
)
@click.option("--texts", is_flag=True, help="What people said goes out too.")
@click.option("--every-state", is_flag=True, help="Revoked ones go out too.")
@at_desk
def command(desk: Desk, output: Path, form: str | None, texts: bool, every_state: bool) -> None:
    """Write the opt-outs out with their clear numbers. Who does so is an event of the audit log."""
    from classifier.errors import OutputError
    from classifier.optouts.lists.exporter import Export, ListFormat, export_list
    from cli.progress import show_count

    wanted = Export(
        tenant=desk.tenant,
        actor=desk.actor,
        zone=desk.policies.of(desk.tenant).zone,
        format=ListFormat(form or ("jsonl" if output.suffix == ".jsonl" else "csv")),
        texts=texts,
        every_state=every_state,
    )
    with show_count(None, "records") as progress:
        if output == Path("-"):
            written = export_list(desk.registry, wanted, sys.stdout.buffer, progress)
        else:
            try:
                with output.open("wb") as file:
                    written = export_list(desk.registry, wanted, file, progress)
            except OSError as error:
                raise OutputError(f"{output}: cannot be written: {error.strerror}") from None
    click.echo(f"{written:,} opt-outs written to {output}", err=True)
