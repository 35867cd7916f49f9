"""How the tables themselves are made, and what acts in them without the registry's doing."""

from collections.abc import Iterator

from classifier.optouts.database import Connection, Database
from classifier.optouts.event_kinds import DerivedState
from classifier.optouts.findings import Fault, Finding
from classifier.optouts.migrations import all_steps, made_tables

# By package of the migrations, which tells the databases apart.
_SHAPES = {
    "classifier.optouts.sqlite": """
SELECT sql FROM {schema}.sqlite_schema WHERE type = 'table' AND '{schema}.' || name = ?
""",
    "classifier.optouts.postgres": """
SELECT c.relkind::text, a.attname::text, a.atttypid, a.atttypmod, a.attcollation
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.oid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname
""",
}
# PostgreSQL writes a trigger's text in words of its own. That of the events, a statement's of type
# 58 (before update, delete or truncate), never fires: the registry adds events and no more.
_TRIGGERS = {
    "classifier.optouts.sqlite": """
SELECT 'trigger', name, lower(tbl_name), sql FROM main.sqlite_schema
WHERE type = 'trigger' ORDER BY name
""",
    "classifier.optouts.postgres": """
SELECT what, name, relname::text, NULL FROM (
    SELECT 'trigger' AS what, tgname::text AS name, tgrelid AS place, tgtype AS type FROM pg_trigger
    UNION ALL SELECT 'rule', rulename::text, ev_class, 0 FROM pg_rewrite
) found JOIN pg_class c ON c.oid = place JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND (relname, name, type) <> ('events', 'events_stay', 58)
ORDER BY name
""",
}
_LOST = "the table is gone; `wurao optouts rebuild` makes it anew"
_OTHERWISE = "the table was altered; `wurao optouts rebuild` makes it anew"


def foreign_triggers(connection: Connection, database: Database) -> Iterator[Finding]:
    """Yield every trigger or rule on a table of the registry that the registry did not make.

    Args:
        connection: Any.
        database: Of the connection.
    """
    own, tables = all_steps(database), made_tables(database)
    for what, name, table, text in connection.query(_TRIGGERS[database.migrations]):
        if table in tables and (text is None or text not in own):
            detail = f"{table}: the {what} {name} is none of the registry's own; remove it"
            yield Finding(Fault.TRIGGER_ADDED, 0, detail)


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
    for table in state.stored_tables:
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
