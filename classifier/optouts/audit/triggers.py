"""What acts in the tables: the registry's own triggers, and what is none of its own."""

import re
from collections.abc import Iterator

from classifier.optouts.audit.findings import Fault, Finding
from classifier.optouts.sql.database import Connection, Database
from classifier.optouts.sql.migrations import all_steps, made_tables

# By package of the migrations, which tells the databases apart. PostgreSQL writes a trigger's text
# in words of its own. That of the events, a statement's of type 58 (before update, delete or
# truncate), never fires: the registry adds events and no more. Rows of a child table are read with
# its parent's, and a table takes constraints from its parent.
_ACTING = {
    "classifier.optouts.sqlite": """
SELECT 'trigger', name, lower(tbl_name), sql FROM main.sqlite_schema
WHERE type = 'trigger' ORDER BY name
""",
    "classifier.optouts.postgres": """
SELECT what, name, relname::text, NULL FROM (
    SELECT 'trigger' AS what, tgname::text AS name, tgrelid AS place, tgtype AS type FROM pg_trigger
    UNION ALL SELECT 'rule', rulename::text, ev_class, 0 FROM pg_rewrite
    UNION ALL SELECT 'policy', polname::text, polrelid, 0 FROM pg_policy
    UNION ALL SELECT 'setting', 'ROW LEVEL SECURITY', oid, 0 FROM pg_class WHERE relrowsecurity
    UNION ALL SELECT 'child table', inhrelid::regclass::text, inhparent, 0 FROM pg_inherits
    UNION ALL SELECT 'parent table', inhparent::regclass::text, inhrelid, 0 FROM pg_inherits
) found JOIN pg_class c ON c.oid = place JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND (relname, name, type) <> ('events', 'events_stay', 58)
ORDER BY name
""",
}
# A trigger does what it was made for while its text, or on PostgreSQL that of its function, is the
# registry's own.
_SOUND = {
    "classifier.optouts.sqlite": "SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger'",
    "classifier.optouts.postgres": """
SELECT tgname::text, '$$' || prosrc || '$$' FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
WHERE tgrelid = to_regclass('events') AND tgtype = 58 AND tgenabled IN ('O', 'A')
AND tgqual IS NULL
""",
}
_DROP = {
    "classifier.optouts.sqlite": "DROP TRIGGER IF EXISTS {name}",
    "classifier.optouts.postgres": "DROP TRIGGER IF EXISTS {name} ON {table}",
}
_OWN = re.compile(r"^CREATE (?:TRIGGER (\w+)[^;]*? ON (\w+)|FUNCTION)\b", re.MULTILINE)
_LOST = "is gone, disabled or altered; `wurao optouts rebuild` makes it anew"


def foreign_triggers(connection: Connection, database: Database) -> Iterator[Finding]:
    """Yield whatever acts in a table of the registry and is not its own.

    That is a trigger, a rule, a policy, or a table that passes its rows on by inheritance.

    Args:
        connection: Any.
        database: Of the connection.
    """
    own, tables = all_steps(database), made_tables(database)
    for what, name, table, text in connection.query(_ACTING[database.migrations]):
        if table in tables and (text is None or text not in own):
            detail = f"{table}: the {what} {name} is none of the registry's own; remove it"
            yield Finding(Fault.TRIGGER_ADDED, 0, detail)


def lost_triggers(connection: Connection, database: Database) -> Iterator[Finding]:
    """Yield the registry's own triggers that no longer keep events from being changed.

    Args:
        connection: In a transaction, without shadow tables.
        database: Of the connection.
    """
    steps = all_steps(database)
    rows = connection.query(_SOUND[database.migrations])
    sound = {name for name, text in rows if text in steps}
    for name, table in _OWN.findall(steps):
        if name and name not in sound:
            yield Finding(Fault.TRIGGER_LOST, 0, f"{table}: the registry's trigger {name} {_LOST}")


def make_triggers(connection: Connection, database: Database) -> None:
    """Make the registry's own triggers anew where one is lost.

    Args:
        connection: In a transaction that writes, without shadow tables.
        database: Of the connection.
    """
    if not any(True for _lost in lost_triggers(connection, database)):
        return
    for step in all_steps(database).split(";\n"):
        if (made := _OWN.search(step)) is None:
            continue
        name, table = made.groups()
        if name:
            connection.send(_DROP[database.migrations].format(name=name, table=table))
        text = step[made.start() :]
        connection.send(text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))
