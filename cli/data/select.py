"""`wurao data select`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.data.formats import format_option
from cli.options import (
    bundle_option,
    data_option,
    encoding_option,
    json_option,
    place_of,
    second_reader_option,
    table_of,
    text_column_option,
)
from cli.output import complain, print_json, warn
from cli.overwriting import refuse_among_turns, refuse_overwriting
from training.selection.options import DEFAULT_SHARES, Criterion, SelectionOptions

if TYPE_CHECKING:
    from training.selection.select import Selection


def _share(by: Criterion, meaning: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        f"--{by}",
        type=click.FloatRange(0, 1),
        default=DEFAULT_SHARES[by],
        show_default=True,
        help=f"Share of turns {meaning}.",
    )


@click.command("select")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Where the picked turns go.",
)
@format_option
@click.option(
    "-n", "--number", type=click.IntRange(min=1), default=200, show_default=True, help="Of turns."
)
@_share(Criterion.UNCERTAINTY, "of which the model is unsure")
@_share(Criterion.DIVERSITY, "that stand for many others")
@_share(Criterion.DISAGREEMENT, "of which the rule floor says something else than the model")
@_share(Criterion.RANDOM, "drawn at random; their labels measure rates")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Of what is drawn.",
)
@text_column_option
@encoding_option
@bundle_option
@second_reader_option
@data_option
@json_option("Print the counts as JSON.")
def command(
    source: Path,
    output: Path,
    name: str | None,
    number: int,
    uncertainty: float,
    diversity: float,
    disagreement: float,
    random: float,
    seed: int,
    text_column: str,
    encoding: str,
    bundle: Path,
    second_reader: bool,
    data: Path,
    as_json: bool,
) -> None:
    """Pick from unlabelled transcripts the turns whose labels would teach most.

    SOURCE holds JSON Lines, or CSV or Parquet by its name, perhaps packed as .gz or .zst, as
    `wurao classify` reads and writes them; answers of the same model in it are used. Phone, card
    and identity numbers, names, addresses and accounts are masked, fields that are not known left
    out, and turns that the data set holds passed over. Each picked turn says why it was picked.
    The exit status is 1 when a line was bad; all others are looked at.
    """
    from classifier.archive.files import count_rows
    from classifier.model_bundle import load_bundle
    from cli.progress import show_count
    from training.exchange.formats import check_output, write_labels
    from training.selection.known import read_known
    from training.selection.select import select_turns

    refuse_overwriting(source, output)
    refuse_among_turns(data, output)
    check_output(output, name, labelled=False)
    shares = {
        Criterion.UNCERTAINTY: uncertainty,
        Criterion.DIVERSITY: diversity,
        Criterion.DISAGREEMENT: disagreement,
        Criterion.RANDOM: random,
    }
    options = SelectionOptions(number, shares, seed)
    known = read_known(data)
    table = table_of(source, text_column, encoding)
    with show_count(count_rows(source, table), "turns") as told:
        model = load_bundle(bundle, second_reader)
        selection = select_turns(source, model, known, options, told, table)
    write_labels(output, selection.records, name)
    if as_json:
        print_json(selection.to_plain())
    else:
        _print(selection, source, output)
    if selection.tally.bad:
        sys.exit(1)


def _print(selection: "Selection", source: Path, output: Path) -> None:
    tally = selection.tally
    for row, problem in tally.problems:
        complain(f"{place_of(source, row)}: {problem}")
    by = ", ".join(f"{count:,} by {criterion}" for criterion, count in selection.by.items())
    click.echo(f"{len(selection.records):,} of {tally.new:,} new turns in {output}: {by}")
    if tally.known:
        ways = ", ".join(f"{count:,} {way}" for way, count in sorted(tally.known.items()))
        click.echo(f"{sum(tally.known.values()):,} turns are in the data set already: {ways}")
    if tally.bad:
        warn(f"{tally.bad:,} bad lines were passed over")
