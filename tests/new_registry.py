"""A new registry with its first key, as `wurao optouts rotate-keys --new` makes them."""

from pathlib import Path

from classifier.key_file import add_key
from classifier.optouts.open_registry import create_registry
from classifier.optouts.subjects.keys import keys_from_file


def new_registry(folder: Path, place: str = "") -> dict[str, str]:
    """Make a key and an empty registry, and return the variables that name them.

    Args:
        folder: Of the key file, and of an SQLite file where nothing else is named.
        place: As `create_registry` takes it.
    """
    keys, place = folder / "registry.keys", place or str(folder / "registry.db")
    add_key(keys)
    create_registry(place, keys_from_file(keys))
    return {"WURAO_REGISTRY": place, "WURAO_REGISTRY_KEYS": str(keys)}
