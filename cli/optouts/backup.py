"""`wurao optouts backup`."""

import shlex
from dataclasses import asdict
from pathlib import Path

import click

from cli.options import json_option
from cli.optouts.desk import named_settings, place_options
from cli.output import print_json


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@json_option("JSON instead of text: file, events and anchor.")
@place_options
def command(registry: str | None, keys: str | None, file: Path, as_json: bool) -> None:
    """Copy an SQLite registry into FILE as of this moment, while servers go on writing.

    FILE must not be there yet; its owner alone may read it. The keys are not in it: keep a copy of
    the key file elsewhere. A plain copy of a registry without its -wal lacks what was written last.
    """
    from classifier.optouts.open_registry import back_up_registry
    from classifier.optouts.subjects.keys import keys_from_file

    settings = named_settings(registry, keys)
    end = back_up_registry(settings.registry, keys_from_file(settings.registry_keys), file)
    if as_json:
        print_json({"file": str(file), "events": end.seq, "anchor": asdict(end)})
        return
    click.echo(f"{end.seq:,} events copied; to check the copy whole:")
    where = shlex.quote(str(file))
    click.echo(f"wurao optouts verify --registry {where} --anchor {end.seq}:{end.hash}")
