"""Numbered SQL files, each applied once; a schema newer than this program is refused."""

import re
from collections.abc import Iterable
from importlib import resources

from classifier.errors import SchemaError
from classifier.optouts.sql.database import SCHEMA_VERSIONS, Connection, Database

_REMEMBER = "CREATE TABLE schema_versions (version BIGINT PRIMARY KEY, name TEXT NOT NULL);\n"


def migrate(connection: Connection, database: Database) -> None:
    """Bring the tables up to date.

    Args:
        connection: In a transaction that writes and keeps others from writing.
        database: Names the package of the SQL files.

    Raises:
        SchemaError: The tables are newer than this program, or a step in between is missing.
    """
    if database.lock_schema:
        connection.query(database.lock_schema)
    if not database.has_table(connection, SCHEMA_VERSIONS):  # else no right to make one is needed
        connection.run_script(_REMEMBER)
    applied = dict(connection.query("SELECT version, name FROM schema_versions"))
    files = _files(database.migrations)
    unknown = sorted(
        applied.items() - {version: name for version, (name, _) in files.items()}.items()
    )
    if unknown:
        message = f"the store has schema {unknown[-1][1]}, which this program does not know"
        raise SchemaError(f"{message}; run the newer release that made it")
    if sorted(applied) != sorted(files)[: len(applied)]:
        raise SchemaError("a step of the store's schema is missing; restore a backup")
    for version in sorted(files.keys() - applied.keys()):
        name, sql = files[version]
        connection.run_script(sql)
        connection.send(
            "INSERT INTO schema_versions (version, name) VALUES (?, ?)", (version, name)
        )


def require_tables(connection: Connection, database: Database, tables: Iterable[str]) -> None:
    """Refuse a store in which tables are gone that cannot be derived anew.

    Args:
        connection: Any.
        database: Of the connection.
        tables: Their names.

    Raises:
        SchemaError: One is gone.
    """
    for table in tables:
        if not database.has_table(connection, table):
            raise SchemaError(f"{database.name}: the table {table} is gone; restore a backup")


def table_steps(database: Database, table: str) -> list[str]:
    """Return the statements that make a table and its indexes, in order.

    Args:
        database: Names the package of the SQL files.
        table: Its name.
    """
    about = re.compile(
        rf"^(CREATE TABLE|CREATE (UNIQUE )?INDEX \w+ ON|ALTER TABLE) {table}\b", re.MULTILINE
    )
    found = ((about.search(step), step) for step in all_steps(database).split(";\n"))
    return [step[match.start() :] for match, step in found if match]


def made_tables(database: Database) -> set[str]:
    """Return the names of all tables of the registry.

    Args:
        database: Names the package of the SQL files.
    """
    made = re.findall(r"^CREATE TABLE (\w+)", all_steps(database), re.MULTILINE)
    return {SCHEMA_VERSIONS, *made}


def all_steps(database: Database) -> str:
    """Return every statement that makes the schema, in order.

    Args:
        database: Names the package of the SQL files.
    """
    return "".join(sql for _version, (_name, sql) in sorted(_files(database.migrations).items()))


def _files(package: str) -> dict[int, tuple[str, str]]:
    found = {}
    for file in resources.files(package).iterdir():
        if file.name.endswith(".sql"):
            found[int(file.name.split("_")[0])] = (file.name, file.read_text("utf-8"))
    return found
