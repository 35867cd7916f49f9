"""`wurao optouts rotate-keys`."""

from dataclasses import asdict
from pathlib import Path

import click

from cli.options import json_option
from cli.optouts.desk import Desk, actor_option, at_registry, named_settings, place_options
from cli.output import print_json


@click.command("rotate-keys")
@click.option(
    "--new", "first", is_flag=True, help="Make the first key and, where one is named, the registry."
)
@click.option("--only-add", is_flag=True, help="Only add a key, to hand the file to all machines.")
@click.option("--only-use", is_flag=True, help="Only take the newest key of the file into use.")
@json_option("JSON instead of text: the key, and what was made or brought under it.")
@place_options
@actor_option
def command(
    first: bool,
    only_add: bool,
    only_use: bool,
    as_json: bool,
    registry: str | None,
    keys: str | None,
    actor: str | None,
) -> None:
    """Add a key and bring the registry under it, while servers go on answering.

    Broken off, it goes on under the key that it had added. On several machines: --only-add on one,
    copy the file to all, then --only-use. Keep a copy of the file apart from the database: without
    it nothing can be read.
    """
    import os

    path = Path(keys or os.environ.get("WURAO_REGISTRY_KEYS", "registry.keys"))
    if sum((first, only_add, only_use)) > 1:
        raise click.UsageError("give one of --new, --only-add, --only-use")
    if actor is not None and (first or only_add):
        raise click.UsageError(
            "--actor is for the audit log; --new and --only-add write nothing there"
        )
    if first:
        named = registry or os.environ.get("WURAO_REGISTRY", "")
        _begin(named_settings(named, str(path)).registry if named else "", path, as_json)
        return
    if not path.exists():
        raise click.UsageError(f"{path} is not there; make the first key with --new")
    if only_add:
        key = _add(path, as_json)
        if as_json:
            print_json({"version": key, "file": str(path)})
        return
    file = None if only_use else path
    _rotate(registry=registry, keys=str(path), actor=actor, file=file, as_json=as_json)


def _begin(place: str, path: Path, as_json: bool) -> None:
    from classifier.optouts.open_registry import holds_registry
    from cli.optouts.create import make_registry

    if path.exists() and path.stat().st_size > 0:  # a full disk may have left an empty one
        raise click.UsageError(f"{path} is there already")
    if place and holds_registry(place):
        problem = "the registry is there already, under other keys"
        raise click.UsageError(f"{problem}; restore their file as {path}")
    key = _add(path, as_json)
    if place:
        make_registry(place, path)
    else:
        problem = "no registry was made, WURAO_REGISTRY is not set"
        click.echo(f"{problem}: `wurao optouts create`", err=as_json)
    if as_json:
        print_json({"version": key, "file": str(path), "registry": place or None})


def _add(path: Path, as_json: bool) -> int:
    from classifier.key_file import add_key

    key = add_key(path)
    click.echo(f"key {key} is in {path}; keep a copy of it apart from the database", err=as_json)
    return key


@at_registry
def _rotate(desk: Desk, file: Path | None, as_json: bool) -> None:
    from classifier.optouts.upkeep.rotation import is_under_way, rotate_keys
    from cli.progress import show_count

    actor = desk.actor  # before a key is made for nothing
    if file is not None:
        if is_under_way(desk.registry):
            said = f"the newest key in {file} is not wholly in use; going on with it"
            click.echo(said, err=as_json)
        else:
            _add(file, as_json)
    with show_count(None, "rows") as progress:
        done = rotate_keys(desk.registry, actor, progress)
    if as_json:
        print_json(asdict(done))
        return
    click.echo(
        f"key {done.version} is in use: {done.encrypted:,} parts encrypted anew, "
        f"{done.hashed:,} subjects hashed anew"
    )
    if done.left:
        click.echo(f"{done.left:,} erased subjects stay under older keys; keep those keys")
    if done.retired:
        versions = ", ".join(map(str, done.retired))
        click.echo(
            f"nothing in the registry is under key {versions} any more; keep it for backups made "
            "before, and while calls go on or requests may be repeated whose id holds a number"
        )
