"""`wurao data import`."""

import sys
from pathlib import Path

import click

from cli.data.formats import format_option, sheet_option
from cli.options import data_option


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@format_option
@sheet_option
@data_option
@click.option("--into", metavar="NAME", help="File in data/train.  [default: like FILE]")
@click.option(
    "--industry", default="other", show_default=True, help="Of turns that do not say theirs."
)
@click.option(
    "--conflicts",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where conflicts go.  [default: beside FILE]",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
def command(
    file: Path,
    name: str | None,
    sheet: str,
    data: Path,
    into: str | None,
    industry: str,
    conflicts: Path | None,
    dry_run: bool,
) -> None:
    """Take labels in from doccano, Label Studio, Rasa, CSV, Excel or this project's records.

    New turns go to data/train. A label that differs from one that is there is never taken over: it
    is listed for decision, and `wurao data settle` carries the decisions out. The exit status is 1
    when anything was not taken in.
    """
    from training.exchange.formats import read_labels
    from training.exchange.intake import sort_incoming, write_conflicts, write_new

    intake = sort_incoming(read_labels(file, name, sheet), data, industry)
    target = data / "train" / f"{into or file.stem}.jsonl"
    listed = conflicts or file.with_name(f"{file.stem}.conflicts.jsonl")
    if not dry_run:
        if intake.new:
            write_new(intake, target)
        if intake.conflicts:
            write_conflicts(intake.conflicts, listed)
    for message in intake.refused:
        click.secho(message, fg="red", err=True)
    for conflict in intake.conflicts:
        click.secho(conflict.problem, fg="yellow", err=True)
    for missing, times in sorted(intake.filled.items()):
        click.echo(f"{missing} was missing in {times:,} turns and filled in; look at them")
    verb = "would go" if dry_run else "went"
    click.echo(f"{len(intake.new):,} new turns {verb} to {target}; {intake.known:,} known already")
    if intake.conflicts:
        click.echo(f"{len(intake.conflicts):,} conflicts for decision {verb} to {listed}")
    if intake.conflicts or intake.refused:
        sys.exit(1)
