"""`wurao optouts export`."""

from dataclasses import asdict
from pathlib import Path

import click

from cli.options import json_option
from cli.optouts.desk import Desk, at_desk, refuse_unknown_tenant
from cli.optouts.file_format import format_of
from cli.output import print_json, warn

_FORMATS = ("csv", "jsonl")


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
    type=click.Choice(_FORMATS),
    help="How it is written.  [default: by the name of the file, else csv]",
)
@click.option("--texts", is_flag=True, help="What people said goes out too.")
@click.option("--every-state", is_flag=True, help="Revoked ones go out too.")
@json_option("JSON instead of text: file, records written, and those without a number.")
@at_desk
def command(
    desk: Desk, output: Path, form: str | None, texts: bool, every_state: bool, as_json: bool
) -> None:
    """Write the opt-outs out with their clear numbers. Who does so is an event of the audit log.

    The file is replaced when the list is whole, and readable by its owner alone. A tenant of whom
    nothing is recorded is refused.
    """
    from classifier.optouts.lists.exporter import Export, ListFormat, export_list
    from cli.progress import show_count
    from cli.whole_file import private_output

    if as_json and output == Path("-"):
        raise click.UsageError("--json and -o - both write to standard output; name a file")
    written_as = ListFormat(format_of(output, form, _FORMATS))
    refuse_unknown_tenant(desk, f"{output} was not written", also_default=True)
    wanted = Export(
        tenant=desk.tenant,
        actor=desk.actor,
        zone=desk.policies.of(desk.tenant).zone,
        format=written_as,
        texts=texts,
        every_state=every_state,
    )
    with show_count(None, "records") as progress, private_output(output) as file:
        done = export_list(desk.registry, wanted, file, progress)
    if as_json:
        print_json({"file": str(output)} | asdict(done))
    else:
        click.echo(f"{done.written:,} opt-outs written to {output}", err=True)
    if done.nameless:
        said = f"{done.nameless:,} of them have no number, since it was erased"
        remedy = "only this registry can refuse those subjects; ask it before each contact"
        warn(f"{said}: {remedy}")
