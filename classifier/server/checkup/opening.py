"""Whether a registry's store would be opened with these keys, asked without a change to it."""

from collections.abc import Sequence
from typing import Any

from classifier.errors import KeysError, SchemaError
from classifier.optouts.derived.opt_outs import NOTICE_TEXTS
from classifier.optouts.events.tables import Row
from classifier.optouts.sql.database import Connection, Database
from classifier.optouts.sql.key_checks import check_keys
from classifier.optouts.sql.migrations import migrate, require_tables
from classifier.optouts.sql.sql_rows import SqlRows
from classifier.optouts.sql_store import UNDERIVED
from classifier.optouts.subjects.keys import KeyRing
from classifier.server.checkup.findings import Finding, failed

_RESTORE = "run the release that made it, or restore the last backup in its place"


def refusals(connection: Connection, database: Database, ring: KeyRing | None) -> list[Finding]:
    """Return why `open_registry` would refuse a store; nothing where it would not.

    Args:
        connection: Of the store.
        database: Of the connection; never asked for another one.
        ring: The keys; None where they cannot be read, which is told elsewhere.
    """
    if flaw := database.flaw(connection):
        return [failed("store", flaw.problem, flaw.remedy)]
    reading = _Reading(connection)
    try:
        migrate(reading, database)
        require_tables(reading, database, UNDERIVED)
        if ring is not None:
            check_keys(reading, ring)
    except SchemaError as error:
        return [failed("store", str(error), _RESTORE)]
    except KeysError as error:
        return [failed("keys", str(error), "name the keys of this registry in WURAO_REGISTRY_KEYS")]
    return []


def given_texts(connection: Connection, database: Database) -> list[Row]:
    """Return which text was given under each version of a notice; none of an older schema.

    Args:
        connection: Of a store that would be opened.
        database: Of the connection.
    """
    known = database.has_table(connection, NOTICE_TEXTS.name)
    return SqlRows(connection).rows(NOTICE_TEXTS) if known else []


class _Reading:
    """A connection of which only the questions go through: a step that is due is not taken."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.query(sql, values)

    def send(self, sql: str, values: Sequence[Any] = ()) -> None:
        del sql, values

    def run_script(self, sql: str) -> None:
        del sql
