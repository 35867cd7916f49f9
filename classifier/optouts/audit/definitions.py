"""How the tables themselves are made, and their indexes."""

from collections.abc import Iterator

from classifier.optouts.audit.findings import Fault, Finding
from classifier.optouts.events.event_kinds import DerivedState
from classifier.optouts.sql.database import SCHEMA_VERSIONS, Connection, Database
from classifier.optouts.sql.migrations import made_tables

# By package of the migrations, which tells the databases apart.
_SHAPES = {
    "classifier.optouts.sqlite": """
SELECT type, name, sql FROM {schema}.sqlite_schema
WHERE type IN ('table', 'index') AND '{schema}.' || tbl_name = ? ORDER BY name
""",
    # A shadow is a temporary table, and what is compared with it a table that outlasts a crash.
    "classifier.optouts.postgres": """
WITH made AS (SELECT to_regclass(?)::oid AS place)
SELECT c.relkind::text, a.attname::text, concat_ws(
    ' ', replace(c.relpersistence::text, 't', 'p'), a.atttypid, a.atttypmod, a.attcollation,
    a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid)
)
FROM made JOIN pg_class c ON c.oid = place JOIN pg_attribute a ON a.attrelid = place
LEFT JOIN pg_attrdef d ON d.adrelid = place AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'index', c.relname::text, concat_ws(
    ' ', x.indisunique, x.indisvalid, substring(pg_get_indexdef(c.oid) FROM ' USING .*')
)
FROM made JOIN pg_index x ON x.indrelid = place JOIN pg_class c ON c.oid = x.indexrelid
UNION ALL SELECT 'constraint', conname::text, pg_get_constraintdef(k.oid)
FROM made JOIN pg_constraint k ON k.conrelid = place
ORDER BY 1, 2
""",
}
# Rows are compared as a table holds them, and checks read its indexes. PostgreSQL has nothing that
# compares the two and comes with every server.
_INTEGRITY = {"classifier.optouts.sqlite": "PRAGMA main.integrity_check(100)"}
_MAKE_INDEXES = {"classifier.optouts.sqlite": "REINDEX"}
_LOST = "the table is gone; `wurao optouts rebuild` makes it anew"
_OTHERWISE = "the table was altered; `wurao optouts rebuild` makes it anew"
_SOURCE_OTHERWISE = "the table or an index of it was altered; put it right, or restore a backup"


def wrong_indexes(connection: Connection, database: Database) -> Iterator[Finding]:
    """Yield where an index, or the file itself, is not what the tables say, the first hundred.

    Values of the wrong type are left out: the tables' rows are compared by others.

    Args:
        connection: Any; every page is read.
        database: Of the connection.
    """
    statement = _INTEGRITY.get(database.migrations)
    for (problem,) in connection.query(statement) if statement else ():
        if problem != "ok" and " value in " not in problem:
            indexed = "index" in problem
            remedy = "`wurao optouts rebuild` makes it anew" if indexed else "restore a backup"
            detail = f"{' '.join(problem.split())}; {remedy}"
            yield Finding(Fault.INDEX_DIFFERS, 0, detail)


def make_indexes(connection: Connection, database: Database) -> None:
    """Make every index anew from its table, where the database can do so beside readers.

    Args:
        connection: In a transaction that writes.
        database: Of the connection.
    """
    if database.migrations in _MAKE_INDEXES:
        connection.send(_MAKE_INDEXES[database.migrations])


def altered_sources(
    connection: Connection, database: Database, state: DerivedState
) -> Iterator[Finding]:
    """Yield every table that no rebuild makes anew and that is not as the registry makes it.

    Args:
        connection: In a transaction, without shadow tables.
        database: Of the connection.
        state: What events change.
    """
    derived = {table.name for table in state.tables}
    for table in sorted(made_tables(database) - derived - {SCHEMA_VERSIONS}):
        if not _is_as_made(connection, database, table):
            yield Finding(Fault.ROW_DIFFERS, 0, f"{table}: {_SOURCE_OTHERWISE}")


def broken_tables(
    connection: Connection, database: Database, state: DerivedState
) -> dict[str, str]:
    """Return the derived tables that are gone or not as the registry makes them, and what is wrong.

    Rows are compared as their columns say, so that no other may stand there: a collation for
    which ``SMS`` is ``sms`` would hide a change.

    Args:
        connection: In a transaction, without shadow tables.
        database: Of the connection.
        state: What events change.
    """
    broken = {}
    for table in state.tables:
        if not database.has_table(connection, table.name):
            broken[table.name] = f"{table.name}: {_LOST}"
        elif not _is_as_made(connection, database, table.name):
            broken[table.name] = f"{table.name}: {_OTHERWISE}"
    return broken


def _is_as_made(connection: Connection, database: Database, table: str) -> bool:
    database.make_shadow(connection, table)
    shapes = [
        connection.query(_SHAPES[database.migrations].format(schema=schema), (f"{schema}.{table}",))
        for schema in (database.home_schema(connection), database.shadow_schema)
    ]
    connection.send(f"DROP TABLE {database.shadow_schema}.{table}")
    return shapes[0] == shapes[1]
