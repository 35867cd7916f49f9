"""Whether the registry's store, keys and rules can be used; nothing is written."""

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from classifier.errors import KeysError, PolicyError, SettingsError
from classifier.key_file import is_missing
from classifier.optouts.desk.given_notices import reworded
from classifier.optouts.events.tables import Row
from classifier.optouts.policy.notices import read_notices
from classifier.optouts.policy.policy_file import Policies, read_policies
from classifier.optouts.sql.database import POSTGRES_SCHEMES, SCHEMA_VERSIONS, Flaw
from classifier.optouts.sqlite.database import SqliteConnection, SqliteDatabase
from classifier.optouts.subjects.keys import KeyRing, keys_from_file
from classifier.server.checkup.findings import Finding, failed, ok, secret_file, warning
from classifier.server.checkup.opening import given_texts, refusals
from classifier.server.configured_registry import (
    refuse_unknown_region,
    without_first_notice,
    without_notices,
)
from classifier.server.settings import Settings

_CONNECT_SECONDS = 5
_MOST_SECONDS_APART = 2.0
_LOOK = "SELECT extract(epoch FROM clock_timestamp()), to_regclass(%s) IS NOT NULL"
_NOT_THERE = "correct WURAO_REGISTRY or mount its folder; `wurao optouts create` makes a new one"
_LEAST_FREE_BYTES = 64 << 20  # the log beside the file grows while somebody reads


def check_registry(settings: Settings) -> list[Finding]:
    """Return how it stands with the registry.

    Args:
        settings: Of the server.
    """
    place = settings.registry
    if not place:
        return [ok("registry", "not set; opt-outs are heard and not kept")]
    ring, keys = _keys(settings.registry_keys)
    remote = place.startswith(POSTGRES_SCHEMES)
    given: list[Row] = []
    store = _postgres(place, ring, given) if remote else _sqlite(Path(place), ring, given)
    policies, policy = _policies(settings.policy)
    return [*store, *keys, policy, _notices(settings.notices, policies, given)]


def check_region(settings: Settings) -> Finding:
    """Return whether numbers without a country code can be read.

    Args:
        settings: Of the server.
    """
    try:
        refuse_unknown_region(settings)
    except SettingsError as error:
        return failed("region", str(error), "correct or unset WURAO_REGION")
    return ok("region", f"{settings.region}: how a number without a country code is read")


def _sqlite(path: Path, ring: KeyRing | None, given: list[Row]) -> list[Finding]:
    folder = path.parent
    if is_missing(path):
        return [failed("store", f"{path}: no registry is there", _NOT_THERE)]
    if not (os.access(path, os.W_OK) and os.access(folder, os.W_OK)):
        found = f"{path}: cannot be written; its folder must be writable too"
        return [failed("store", found, "give both to the server's user")]
    try:
        refused = _sqlite_refusals(path, ring, given)
    except sqlite3.Error:
        remedy = "restore the last backup in its place"
        return [failed("store", f"{path}: is no whole SQLite file", remedy)]
    return refused or [_space(path), *secret_file("store", path)]


def _sqlite_refusals(path: Path, ring: KeyRing | None, given: list[Row]) -> list[Finding]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as raw:
        if raw.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError
        connection, database = SqliteConnection(raw), SqliteDatabase(path)
        if not database.has_table(connection, SCHEMA_VERSIONS):
            return [failed("store", f"{path}: holds no registry", _NOT_THERE)]
        refused = refusals(connection, database, ring)
        if not refused:
            given += given_texts(connection, database)
        return refused


def _space(path: Path) -> Finding:
    free = shutil.disk_usage(path).free
    if free < _LEAST_FREE_BYTES:
        found = f"{path}: whole, but its disk has only {free >> 20:,} MiB left"
        return failed("store", found, "free some space: without it no opt-out can be recorded")
    return ok("store", f"{path}: whole")


def _postgres(place: str, ring: KeyRing | None, given: list[Row]) -> list[Finding]:
    try:
        import psycopg

        from classifier.optouts.postgres.database import (
            ENCODING,
            PostgresConnection,
            PostgresDatabase,
        )
        from classifier.optouts.postgres.fitness import find_missing_rights
    except ImportError:
        return [failed("store", "psycopg is not installed", "pip install wurao[postgres]")]
    try:
        with psycopg.connect(
            place, connect_timeout=_CONNECT_SECONDS, client_encoding=ENCODING
        ) as raw:
            raw.read_only = True
            row = raw.execute(_LOOK, (SCHEMA_VERSIONS,)).fetchone()
            made = row is not None and row[1]
            connection, database = PostgresConnection(raw), PostgresDatabase(place)
            if made and (missing := find_missing_rights(connection, database)):
                return [failed("store", missing.problem, missing.remedy)]
            refused = refusals(connection, database, ring) if made else []
            given += given_texts(connection, database) if made and not refused else []
            risks = database.risks(connection)
    except psycopg.Error as error:
        # The error's own text may repeat the address, and a password in it.
        found = f"PostgreSQL does not let us in: {type(error).__name__}"
        remedy = "see that it runs, and host, user, password and database in WURAO_REGISTRY"
        return [failed("store", found, remedy)]
    if row is None or not made:
        return [failed("store", "PostgreSQL answers and holds no registry", _NOT_THERE)]
    return refused or [*_risks(risks), _clock(row[0])]


def _risks(risks: dict[str, Flaw]) -> list[Finding]:
    from classifier.optouts.postgres.fitness import COMMIT_SETTING

    # The registry's connections switch that one on by themselves; a pooler may undo it.
    return [
        (warning if name == COMMIT_SETTING else failed)("store", risk.problem, risk.remedy)
        for name, risk in risks.items()
    ]


def _clock(theirs: float) -> Finding:
    apart = abs(float(theirs) - time.time())
    if apart > _MOST_SECONDS_APART:
        found = f"PostgreSQL answers; its clock and ours are {apart:.0f} s apart"
        return warning("store", found, "run a time service on both machines")
    return ok("store", "PostgreSQL answers; its clock agrees with ours")


def _keys(path: Path) -> tuple[KeyRing | None, list[Finding]]:
    try:
        ring = keys_from_file(path)
    except KeysError as error:
        remedy = "name a file in WURAO_REGISTRY_KEYS that the server's user may read"
        return None, [failed("keys", str(error), remedy)]
    found = f"{path}: {len(ring.versions)} versions"
    return ring, [ok("keys", found), *secret_file("keys", path)]


def _policies(path: Path | None) -> tuple[Policies | None, Finding]:
    try:
        policies = read_policies(path)
    except PolicyError as error:
        return None, failed("policy", str(error), "correct the file, or unset WURAO_POLICY")
    return policies, ok("policy", f"{path or 'the one that comes with the program'}: can be read")


def _notices(path: Path | None, policies: Policies | None, given: list[Row]) -> Finding:
    try:
        notices = read_notices(path)
    except PolicyError as error:
        return failed("notices", str(error), "correct the file, or unset WURAO_NOTICES")
    if others := reworded(given, notices):
        found = f"{path or 'the package'}: other texts now than were given: {', '.join(others)}"
        remedy = "put the old texts back there and give the new ones the next version"
        return warning("notices", f"{found}; they are refused", remedy)
    if policies is not None:
        remedy = "name a file with their texts in WURAO_NOTICES"
        if codes := without_notices(policies, notices):
            found = f"none serves {', '.join(codes)}: nothing can be said there"
            return warning("notices", found, remedy)
        if codes := without_first_notice(policies, notices):
            found = (
                f"none is for a first contact in {', '.join(codes)}, where the policy asks for it"
            )
            return warning("notices", found, remedy)
    return ok("notices", f"{path or 'those that come with the program'}: can be read")
