"""`wurao optouts import`."""

import sys
from dataclasses import asdict
from pathlib import Path

import click

from cli.optouts.desk import Desk, at_desk, json_option, region_option


@click.command("import")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--quarantine",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rows go that cannot be read.  [default: FILE.quarantine.csv]",
)
@click.option("--encoding", default="", help="Of the file.  [default: found out]")
@region_option
@json_option
@at_desk
def command(
    desk: Desk, source: Path, quarantine: Path | None, encoding: str, region: str, as_json: bool
) -> None:
    """Take in a list of opt-outs: CSV with the usual column names, or JSON Lines.

    Run again after a crash, it goes on where it stopped; a file imported before changes nothing.
    Exit status 3: some rows were quarantined, all others are recorded.
    """
    from classifier.optouts.lists.importer import ImportProgress, ListImport
    from classifier.optouts.lists.list_entries import Origin
    from classifier.optouts.lists.list_file import look_at_list
    from cli.optouts.tables import print_json, print_table
    from cli.progress import show_count

    shape = look_at_list(source, encoding)
    if shape.unread:
        click.secho(f"columns not read: {', '.join(shape.unread)}", fg="yellow", err=True)
    zone = desk.policies.of(desk.tenant).zone
    origin = Origin(desk.tenant, desk.actor, shape.digest, region.upper(), zone)
    aside = quarantine or source.with_name(f"{source.name}.quarantine.csv")
    with show_count(shape.size_bytes, "bytes") as progress:

        def tell(so_far: ImportProgress) -> None:
            progress(so_far.offset_bytes)

        end = ListImport(desk.registry, shape, origin).run(aside, tell)
    counts = {name: asdict(end)[name] for name in ("recorded", "known", "quarantined")}
    if as_json:
        print_json(counts | {"quarantine": str(aside) if end.quarantined else None})
    else:
        print_table(f"imported {source.name}", tuple(counts), [tuple(counts.values())])
    if end.quarantined:
        click.secho(f"look at {aside}: it says what is wrong in each row", fg="yellow", err=True)
        sys.exit(3)
