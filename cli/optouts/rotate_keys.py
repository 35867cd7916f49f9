"""`wurao optouts rotate-keys`."""

from pathlib import Path

import click

from cli.optouts.desk import Desk, at_desk


@click.command("rotate-keys")
@click.option("--new", "first", is_flag=True, help="Make the first key; a file must not be there.")
@click.option("--only-add", is_flag=True, help="Only add a key, to hand the file to all machines.")
@click.option("--only-use", is_flag=True, help="Only take the newest key of the file into use.")
@click.option("--keys", help="Key file.  [default: WURAO_REGISTRY_KEYS or registry.keys]")
@click.pass_context
def command(
    context: click.Context, first: bool, only_add: bool, only_use: bool, keys: str | None
) -> None:
    """Add a key and bring the registry under it, while servers go on answering.

    On several machines: --only-add on one, copy the file to all, then --only-use. Keep a copy of
    the file apart from the database: without it nothing can be read.
    """
    import os

    from classifier.key_file import add_key

    path = Path(keys or os.environ.get("WURAO_REGISTRY_KEYS", "registry.keys"))
    if sum((first, only_add, only_use)) > 1:
        raise click.UsageError("give one of --new, --only-add, --only-use")
    if first and path.exists():
        raise click.UsageError(f"{path} is there already")
    if not (first or path.exists()):
        raise click.UsageError(f"{path} is not there; make the first key with --new")
    if not only_use:
        click.echo(f"key {add_key(path)} is in {path}; keep a copy of it apart from the database")
    if not (first or only_add):
        context.invoke(_use, registry=None, keys=str(path), tenant="", actor=None)


@click.command("use")
@at_desk
def _use(desk: Desk) -> None:
    from classifier.optouts.rotation import rotate_keys
    from cli.progress import show_count

    with show_count(None, "rows") as progress:
        done = rotate_keys(desk.registry, desk.actor, progress)
    click.echo(
        f"key {done.version} is in use: {done.encrypted:,} parts encrypted anew, "
        f"{done.hashed:,} subjects hashed anew"
    )
    if done.left:
        click.echo(f"{done.left:,} erased subjects stay under older keys; keep those keys")
    if done.retired:
        versions = ", ".join(map(str, done.retired))
        click.echo(f"nothing uses key {versions} any more; it may be taken from the file")
