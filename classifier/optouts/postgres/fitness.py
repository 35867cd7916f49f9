"""Whether a PostgreSQL database keeps what a registry writes, whole and through a crash."""

from classifier.optouts.database import Connection, Database, Flaw
from classifier.optouts.migrations import made_tables

COMMIT_SETTING = "synchronous_commit"
"""Setting that each connection of the registry switches on for itself."""

_ENCODED = "SELECT current_setting('server_encoding') = 'UTF8'"
# A crash empties them, and an empty registry allows every contact.
_UNLOGGED = """
SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND relpersistence = 'u' ORDER BY relname
"""
_OFF = """
SELECT name FROM unnest(ARRAY['fsync', 'full_page_writes', 'synchronous_commit']) AS name
WHERE current_setting(name) = 'off'
"""


def find_flaw(connection: Connection, database: Database) -> Flaw | None:
    """Return why no registry may stand in a database; None where it may.

    Args:
        connection: Any.
        database: Of the connection.
    """
    ((encoded,),) = connection.query(_ENCODED)
    if not encoded:
        remedy = "`createdb --encoding=UTF8 --template=template0 NAME` makes one that does"
        return Flaw("PostgreSQL: the database does not hold texts as UTF8", remedy)
    tables = made_tables(database)
    for (table,) in connection.query(_UNLOGGED):
        if table in tables:
            remedy = f"`ALTER TABLE {table} SET LOGGED`, then `wurao optouts rebuild` and `verify`"
            return Flaw(f"PostgreSQL: {table} is unlogged, so a crash would empty it", remedy)
    return None


def find_risks(connection: Connection) -> dict[str, Flaw]:
    """Return, by name, the settings by which a crash may undo what was acknowledged.

    Args:
        connection: Any; its own settings count, which may be others than the server's.
    """
    return {
        name: Flaw(
            f"PostgreSQL: {name} is off, so a crash may lose what was acknowledged",
            f"switch it on: `ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf()`",
        )
        for (name,) in connection.query(_OFF)
    }
