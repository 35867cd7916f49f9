"""Opens a registry from what settings say."""

from collections.abc import Sequence
from pathlib import Path

from classifier.errors import StoreError
from classifier.optouts.database import Database
from classifier.optouts.keys import KeyRing
from classifier.optouts.registry import Follower, Registry
from classifier.optouts.rulings import Rules
from classifier.optouts.sql_store import SqlStore
from classifier.optouts.sqlite.database import SqliteDatabase
from classifier.optouts.whole_state import whole_state


def open_registry(
    place: str,
    ring: KeyRing,
    rules: Rules | None = None,
    followers: Sequence[Follower] = (),
    *,
    mapped: bool = True,
) -> Registry:
    """Open a registry; an empty place is made ready.

    Args:
        place: Path of an SQLite file, or `postgresql://…` for a PostgreSQL database.
        ring: The keys.
        rules: On scope and retention; without one everything is kept for good.
        followers: Called with each new record.
        mapped: Whether an SQLite file is mapped into memory; a short or long piece of work by one
            process keeps small without.

    Raises:
        StoreError: The store cannot be opened or is newer than this program.
        KeysError: A key version in use is missing or wrong.
    """
    store = SqlStore(_database(place, mapped), ring, whole_state())
    return Registry(store, ring, rules, followers)


def _database(place: str, mapped: bool) -> Database:
    if not place.startswith(("postgresql://", "postgres://")):
        return SqliteDatabase(Path(place), mapped=mapped)
    try:
        from classifier.optouts.postgres.database import PostgresDatabase
    except ImportError as error:
        message = "PostgreSQL needs psycopg: `pip install wurao[postgres]`"
        raise StoreError(message) from error
    return PostgresDatabase(place)
