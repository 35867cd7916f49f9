"""`wurao optouts rotate-keys`."""

from pathlib import Path

import click


@click.command("rotate-keys")
@click.option("--new", "first", is_flag=True, help="Make the first key; a file must not be there.")
@click.option(
    "--keys",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="WURAO_REGISTRY_KEYS",
    default=Path("registry.keys"),
    show_default=True,
    help="The key file.",
)
def command(first: bool, keys: Path) -> None:
    """Make the first key of a registry. Keep a copy elsewhere: without it nothing can be read."""
    from classifier.optouts.keys import add_key

    if not first:
        raise click.UsageError("give --new")
    if keys.exists():
        raise click.UsageError(f"{keys} is there already")
    click.echo(f"key {add_key(keys)} is in {keys}; keep a copy of it apart from the database")
