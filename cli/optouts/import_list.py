"""`wurao optouts import`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import encoding_option
from cli.optouts.desk import Desk, at_desk, table_or_json_option
from cli.optouts.subject_options import region_option
from cli.output import print_json, warn

if TYPE_CHECKING:
    from classifier.optouts.lists.import_progress import ImportProgress
    from classifier.optouts.lists.list_rows import ListShape

_NAMES_TOLD = 20


@click.command("import")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--quarantine",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rows go that cannot be read.  [default: FILE.quarantine.csv]",
)
@encoding_option
@click.option(
    "--again", is_flag=True, help="Record rows anew that it had recorded and whose opt-out ended."
)
@region_option
@table_or_json_option
@at_desk
def command(
    desk: Desk,
    source: Path,
    quarantine: Path | None,
    encoding: str,
    again: bool,
    region: str,
    as_json: bool,
) -> None:
    """Take in a list of opt-outs: CSV with the usual column names, or JSON Lines.

    Run again after a crash, it goes on where it stopped. A file imported before is read again only
    by another --region or --encoding, where rows were quarantined, or with --again; who opted back
    in since stays so unless --again is given.

    Exit status 3: some rows were quarantined, all others are recorded.
    """
    from classifier.optouts.lists.importer import ListImport
    from classifier.optouts.lists.list_entries import Origin
    from classifier.optouts.lists.list_file import look_at_list
    from cli.progress import show_count

    shape = look_at_list(source, encoding)
    zone = desk.policies.of(desk.tenant).zone
    origin = Origin(desk.tenant, desk.actor, shape.digest, region, zone)
    job = ListImport(desk.registry, shape, origin)
    before = None if again else job.finished()
    if before is not None:
        _show_earlier(source.name, before, shape, as_json)
        return
    _tell_columns(shape)
    aside = quarantine or source.with_name(f"{source.name}.quarantine.csv")
    with show_count(shape.size_bytes, "bytes") as progress:
        end = job.run(aside, lambda so_far: progress(so_far.offset_bytes), again=again)
    _show_end(source.name, end, shape, aside, as_json)
    if end.quarantined:
        warn(f"look at {aside}: it says what is wrong in each row")
        sys.exit(3)


def _tell_columns(shape: "ListShape") -> None:
    if shape.unread:
        names = [*shape.unread[:_NAMES_TOLD], *(["…"] if shape.unread[_NAMES_TOLD:] else [])]
        warn(f"columns not read: {', '.join(names)}")
    if shape.labels:
        accounts = ", ".join(f"{name} as {label}:…" for name, label in shape.labels.items())
        click.echo(f"ids read as accounts and devices, not as numbers: {accounts}", err=True)


def _show_earlier(name: str, before: "ImportProgress", shape: "ListShape", as_json: bool) -> None:
    from cli.optouts.tables import iso_time, local_time

    if not as_json:
        when = f"on {local_time(before.time_us)} by {before.actor}"
        click.echo(f"{name} was imported {when}: nothing done")
    told = {"at": iso_time(before.time_us), "by": before.actor}
    beside = {"imported_before": told, "quarantine": None, "columns_not_read": shape.unread}
    _show_counts("as counted then", before, as_json, **beside)
    _tell_again("opt-outs of this list that were ended since stay ended")


def _show_end(
    name: str, end: "ImportProgress", shape: "ListShape", aside: Path, as_json: bool
) -> None:
    where = str(aside) if end.quarantined else None
    beside = {"imported_before": None, "quarantine": where, "columns_not_read": shape.unread}
    _show_counts(f"imported {name}", end, as_json, **beside)
    if end.ended:
        ended = f"rows whose opt-out was ended since this list had them recorded: {end.ended}"
        _tell_again(ended)


def _show_counts(title: str, end: "ImportProgress", as_json: bool, **beside: object) -> None:
    from classifier.optouts.lists.cell_values import IN_FORCE, OVER
    from cli.optouts.tables import print_table

    encoding = end.reading["encoding"]
    counts = {
        "recorded": end.recorded,
        "known": end.known,
        "ended": end.ended,
        "quarantined": end.quarantined,
    }
    if as_json:
        more = {"for_good": end.for_good, "unknown_states": end.unknown_states}
        print_json(counts | more | {"encoding": encoding} | beside)
    else:
        print_table(f"{title}, read as {encoding}", tuple(counts), [tuple(counts.values())])
    if end.for_good:
        problem = "rows block for good though they have an end: no legal_basis in their facts"
        warn(f"{problem}: {end.for_good}")
    if end.unknown_states:
        problem = f"rows block, their state being a word unknown here: {end.unknown_states}"
        warn(f"{problem}; known are {IN_FORCE}, and of what is over {OVER}")


def _tell_again(what: str) -> None:
    warn(f"{what}; --again records them anew")
