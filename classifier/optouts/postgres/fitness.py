"""Whether a PostgreSQL database keeps what a registry writes, whole and through a crash."""

from classifier.optouts.sql.database import SCHEMA_VERSIONS, Connection, Database, Flaw
from classifier.optouts.sql.migrations import made_tables

COMMIT_SETTING = "synchronous_commit"
"""Setting that each connection of the registry switches on for itself."""

_ENCODED = "SELECT current_setting('server_encoding') = 'UTF8'"
# Only the server that is written to is sure to hold what was acknowledged last.
_TAKES_WRITES = """
SELECT NOT (pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on')
"""
READ_ONLY = Flaw(
    "PostgreSQL: the server takes no writes: it is a standby or read-only",
    "name the primary in WURAO_REGISTRY, or switch `default_transaction_read_only` off",
)
"""Why a standby serves no registry, not even for checks: what was acknowledged reaches it late."""

# A crash empties them, and an empty registry allows every contact.
_UNLOGGED = """
SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND relpersistence = 'u' ORDER BY relname
"""
# What a server does with each table; `docs/registry.md` lists the same.
_RIGHTS = {"events": ("SELECT", "INSERT"), SCHEMA_VERSIONS: ("SELECT",)}
_ALL_RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
_MISSING = """
SELECT relname::text, right_to, quote_ident(current_user)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
    unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) WITH ORDINALITY AS rights (right_to, nth)
WHERE n.nspname = current_schema() AND relkind = 'r' AND NOT has_table_privilege(c.oid, right_to)
ORDER BY relname, nth
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
    ((takes_writes,),) = connection.query(_TAKES_WRITES)
    if not takes_writes:
        return READ_ONLY
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


def find_missing_rights(connection: Connection, database: Database) -> Flaw | None:
    """Return what a role may not do with the tables and a registry does; None where it may do all.

    Args:
        connection: Of that role.
        database: Of the connection.
    """
    tables = made_tables(database)
    grants: dict[str, list[str]] = {}
    role = ""
    for table, right, quoted_role in connection.query(_MISSING):
        role = quoted_role
        if table in tables and right in _RIGHTS.get(table, _ALL_RIGHTS):
            grants.setdefault(table, []).append(right)
    if not grants:
        return None
    told = [(table, ", ".join(rights)) for table, rights in grants.items()]
    return Flaw(
        f"PostgreSQL: rights are missing: {'; '.join(f'{rights} on {t}' for t, rights in told)}",
        f"as the owner of the tables: `{'; '.join(_grant(role, t, rights) for t, rights in told)}`",
    )


def _grant(role: str, table: str, rights: str) -> str:
    return f"GRANT {rights} ON {table} TO {role}"
