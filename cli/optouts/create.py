"""`wurao optouts create`."""

from pathlib import Path

import click

from cli.optouts.desk import named_settings, place_options
from cli.output import warn


@click.command("create")
@place_options
def command(registry: str | None, keys: str | None) -> None:
    """Make a new, empty registry under the newest key at hand, where there is none yet.

    `rotate-keys --new` does so together with the first key. Whoever asks an empty registry is told
    that everybody may be contacted: a registry that was moved or lost is restored, never created.
    """
    settings = named_settings(registry, keys)
    make_registry(settings.registry, settings.registry_keys)


def make_registry(place: str, keys: Path) -> None:
    """Make a new, empty registry and say so aloud.

    Args:
        place: As `open_registry` takes it.
        keys: Its key file.

    Raises:
        StoreError: There is one already, or it cannot be made.
        KeysError: The key file cannot be read.
    """
    from classifier.optouts.open_registry import create_registry
    from classifier.optouts.subjects.keys import keys_from_file

    made = f"made a new, empty registry at {create_registry(place, keys_from_file(keys))}"
    warn(f"{made}: until opt-outs are in it, everybody may be contacted")
