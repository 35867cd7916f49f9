"""`wurao data import`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.errors import DataError
from cli.data.formats import format_option, sheet_option
from cli.options import data_option, encoding_option, json_option
from cli.output import print_json

if TYPE_CHECKING:
    from cli.data.intake_lines import Outcome
    from training.exchange.intake import Intake


def _plain_name(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    if name is not None and (name.startswith(".") or Path(name).name != name):
        raise click.BadParameter("must be the plain name of a file, which goes to data/train")
    return name and name.removesuffix(".jsonl")


def _refuse_nameless(file: Path, into: str | None, conflicts: Path | None) -> None:
    if file.exists() and not file.is_file() and None in {into, conflicts}:
        message = "is a pipe or device, whose name names nothing; say --into and --conflicts"
        raise DataError(f"{file}: {message}")


def _place_of_conflicts(given: Path | None, file: Path, data: Path) -> Path:
    from training.dataset import HARD, SPLITS

    place = given or file.with_name(f"{file.stem}.conflicts.jsonl")
    if place.parent.resolve() in {(data / split).resolve() for split in (*SPLITS, HARD)}:
        message = "conflicts are no labelled turns; name a place outside of the data"
        raise DataError(f"{place}: {message} with --conflicts")
    return place


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@format_option
@sheet_option
@encoding_option
@data_option
@click.option(
    "--into", metavar="NAME", callback=_plain_name, help="File in data/train.  [default: like FILE]"
)
@click.option(
    "--industry", default="other", show_default=True, help="Of turns that do not say theirs."
)
@click.option(
    "--conflicts",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where conflicts go, beside those that it lists already.  [default: beside FILE]",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@json_option("Print what came of it as JSON.")
def command(
    file: Path,
    name: str | None,
    sheet: str,
    encoding: str,
    data: Path,
    into: str | None,
    industry: str,
    conflicts: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take labels in from doccano, Label Studio, Rasa, CSV, Excel or this project's records.

    New turns go to data/train as they were said; what looks like personal data there is told, and
    which fields are none of ours. A label that differs from one that is there is never taken over:
    it is listed for decision, and `wurao data settle` carries the decisions out. The exit status is
    1 when anything was not taken in.
    """
    from cli.data.intake_lines import print_intake, to_plain
    from training.exchange.data_lock import locked_data
    from training.exchange.formats import read_labels
    from training.exchange.intake import sort_incoming
    from training.exchange.source import LabelFile

    _refuse_nameless(file, into, conflicts)
    target = data / "train" / f"{into or file.stem}.jsonl"
    listed = _place_of_conflicts(conflicts, file, data)
    with locked_data(data):
        intake = sort_incoming(read_labels(LabelFile(file, name, sheet, encoding)), data, industry)
        outcome = _write(intake, target, listed, dry_run)
    if as_json:
        print_json(to_plain(outcome))
    else:
        print_intake(outcome)
    if outcome.conflicts.open or intake.refused:
        sys.exit(1)


def _write(intake: "Intake", target: Path, listed: Path, dry_run: bool) -> "Outcome":
    from cli.data.intake_lines import Outcome
    from training.exchange.conflicts import Merged, merge_conflicts, write_conflicts
    from training.exchange.intake import write_new
    from training.exchange.personal import find_personal_turns, unknown_fields

    # What cannot be listed is not to be lost behind turns that went in.
    merge = merge_conflicts if dry_run else write_conflicts
    merged = merge(intake.conflicts, listed) if intake.conflicts else Merged()
    if intake.new and not dry_run:
        write_new(intake, target)
    personal, unknown = find_personal_turns(intake.new), unknown_fields(intake.new.values())
    return Outcome(intake, merged, personal, unknown, target, listed, not dry_run)
