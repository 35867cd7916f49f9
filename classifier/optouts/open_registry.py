"""Opens a registry from what settings say."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from classifier.errors import RegistryError, StoreError, StoreMissingError
from classifier.optouts.audit.findings import Anchor
from classifier.optouts.derived.whole_state import whole_state
from classifier.optouts.recording.rulings import Rules
from classifier.optouts.registry import Follower, Registry
from classifier.optouts.sql.database import POSTGRES_SCHEMES, Database
from classifier.optouts.sql_store import SqlStore, make_store
from classifier.optouts.sqlite.database import SqliteDatabase
from classifier.optouts.subjects.keys import KeyRing


def open_registry(
    place: str,
    ring: KeyRing,
    rules: Rules | None = None,
    followers: Sequence[Follower] = (),
    *,
    mapped: bool = True,
) -> Registry:
    """Open a registry.

    One that is not there is never made by the way: whoever asked it would be told that everybody
    may be contacted.

    Args:
        place: Path of an SQLite file, or `postgresql://…` for a PostgreSQL database.
        ring: The keys.
        rules: On scope and retention; without one everything is kept for good.
        followers: Called with each new record, and with each correction.
        mapped: Whether an SQLite file is mapped into memory; a short or long piece of work by one
            process keeps small without.

    Raises:
        RegistryError: No registry was made there (`StoreMissingError`), it cannot be opened or is
            newer than this program (`StoreError`), or a key version in use is missing or wrong
            (`KeysError`).
    """
    database = _database(place, mapped=mapped)
    try:
        store = SqlStore(database, ring, whole_state())
    except RegistryError:
        database.close()
        raise
    return Registry(store, ring, rules, followers)


def create_registry(place: str, ring: KeyRing) -> str:
    """Make a new, empty registry and return what to call its place, without a password.

    Args:
        place: As `open_registry` takes it.
        ring: The keys; the newest is taken into use.

    Raises:
        StoreError: There is one already, or the place cannot be written.
    """
    with closing(_database(place, mapped=False)) as database:
        make_store(database, ring)
        return database.name


def back_up_registry(place: str, ring: KeyRing, file: Path) -> Anchor:
    """Copy an SQLite registry as of one moment, open the copy and return the end of its chain.

    Args:
        place: As `open_registry` takes it; servers may go on writing there.
        ring: Its keys.
        file: The copy, which its owner alone may read; none is there yet.

    Raises:
        StoreMissingError: No registry was made there.
        StoreError: It is PostgreSQL, which has `pg_dump` for this; or the file is there already,
            its folder is not, or it cannot be written.
        RegistryError: The copy cannot be opened, as with the wrong keys; it is removed.
    """
    if place.startswith(POSTGRES_SCHEMES):
        raise StoreError("PostgreSQL: back it up with `pg_dump`, as docs/registry.md says")
    if file.exists():
        raise StoreError(f"{file}: is there already; name another file")
    if not file.parent.is_dir():
        remedy = "make it first, readable by its owner alone"
        raise StoreError(f"{file}: its folder is not there; {remedy}")
    with closing(SqliteDatabase(Path(place), mapped=False)) as database:
        if not database.holds_store():
            raise StoreMissingError(database.name)
        database.copy_to(file)
    try:
        copy = open_registry(str(file), ring, mapped=False)
    except RegistryError:
        file.unlink()  # nobody could restore it
        raise
    with closing(copy):
        head = copy.store.read(lambda view: view.head())
    return Anchor(head.seq, head.hash.hex())


def holds_registry(place: str) -> bool:
    """Return whether a registry was made at a place; nothing is made by asking.

    Args:
        place: As `open_registry` takes it.

    Raises:
        StoreError: The place cannot be looked at.
    """
    with closing(_database(place, mapped=False)) as database:
        return database.holds_store()


def _database(place: str, *, mapped: bool) -> Database:
    if not place.startswith(POSTGRES_SCHEMES):
        return SqliteDatabase(Path(place), mapped=mapped)
    try:
        from classifier.optouts.postgres.database import PostgresDatabase
    except ImportError as error:
        message = "PostgreSQL needs psycopg: `pip install wurao[postgres]`"
        raise StoreError(message) from error
    return PostgresDatabase(place)
