"""`wurao data`."""

import sys
from collections.abc import Callable
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


_FORMATS = ("records", "doccano", "label-studio", "rasa", "csv", "excel")


def _format_option(verb: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--format",
        "name",
        type=click.Choice(_FORMATS),
        help="What the file is.  [default: by its name]",
    )(verb)


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_format_option
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
def import_labels(
    file: Path,
    name: str | None,
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
    from training.exchange.formats import READERS, guess_format
    from training.exchange.intake import sort_incoming, write_conflicts, write_new

    reader = READERS[name or guess_format(file)]
    intake = sort_incoming(reader(file), data, industry)
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


@command.command("settle")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def settle(file: Path, data: Path) -> None:
    """Carry out the decisions in a file of conflicts: `keep`, `take` or `unsure` in each line.

    Undecided lines stay in the file.
    """
    from training.exchange.decisions import settle as carry_out

    counts = carry_out(file, data)
    said = ", ".join(f"{count:,} {decision or 'undecided'}" for decision, count in counts.items())
    click.echo(f"{file}: {said or 'no conflicts'}")


@command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_format_option
@data_option
@click.option(
    "--split",
    type=click.Choice(["train", "test", "challenge", "behaviour"]),
    default="train",
    show_default=True,
    help="Part of the data.",
)
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="One file of records instead of a split.",
)
def export_labels(
    file: Path, name: str | None, data: Path, split: str, source: Path | None
) -> None:
    """Write labels for doccano, Label Studio, Rasa, CSV or Excel; importing them loses nothing."""
    from training.exchange.formats import WRITERS, guess_format
    from training.exchange.outflow import read_file_records, read_split_records

    records = list(read_file_records(source) if source else read_split_records(data, split))
    WRITERS[name or guess_format(file)](file, records)
    click.echo(f"{len(records):,} turns in {file}")
