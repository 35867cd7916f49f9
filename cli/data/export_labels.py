"""`wurao data export`."""

from pathlib import Path

import click

from cli.data.formats import format_option, sheet_option
from cli.options import data_option, encoding_option
from cli.overwriting import refuse_among_turns, refuse_overwriting


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@format_option
@data_option
@click.option(
    "--split",
    type=click.Choice(["train", "test", "challenge", "behaviour"]),
    help="Part of the data.  [default: train]",
)
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="One file instead of a split, in any format that import reads.",
)
@sheet_option
@encoding_option
def command(
    file: Path,
    name: str | None,
    data: Path,
    split: str | None,
    source: Path | None,
    sheet: str,
    encoding: str,
) -> None:
    """Write labels for doccano, Label Studio, Rasa, CSV or Excel; importing them loses nothing."""
    from training.dataset import split_files
    from training.exchange.formats import check_output, write_labels
    from training.exchange.outflow import read_file_records, read_split_records
    from training.exchange.source import LabelFile

    if source is not None and split is not None:
        raise click.UsageError("--split and --from are two sources; leave out one of them")
    if (sheet or encoding) and source is None:
        raise click.UsageError("--sheet and --encoding are of the file of --from; name it too")
    split = split or "train"
    for read in [source] if source else split_files(data, split):
        refuse_overwriting(read, file, "FILE")
    refuse_among_turns(data, file, "FILE")
    check_output(file, name)
    records = list(
        read_file_records(LabelFile(source, None, sheet, encoding))
        if source
        else read_split_records(data, split)
    )
    write_labels(file, records, name)
    click.echo(f"{len(records):,} turns in {file}")
