"""Whether the registry's store, keys and rules can be used; nothing is written."""

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from classifier.errors import KeysError, PolicyError, SettingsError
from classifier.optouts.database import POSTGRES_SCHEMES, SCHEMA_VERSIONS
from classifier.server.checkup.findings import (
    Finding,
    failed,
    ok,
    secret_file,
    warning,
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
    remote = place.startswith(POSTGRES_SCHEMES)
    store = _postgres(place) if remote else _sqlite(Path(place))
    return [
        *store,
        *_keys(settings.registry_keys),
        _policy(settings.policy),
        _notices(settings.notices),
    ]


def check_region(settings: Settings) -> Finding:
    """Return whether numbers without a country code can be read.

    Args:
        settings: Of the server.
    """
    from classifier.server.configured_registry import refuse_unknown_region

    try:
        refuse_unknown_region(settings)
    except SettingsError as error:
        return failed("region", str(error), "correct or unset WURAO_REGION")
    return ok("region", f"{settings.region}: how a number without a country code is read")


def _sqlite(path: Path) -> list[Finding]:
    folder = path.parent
    if not os.path.exists(path):  # ruff: ignore[os-path-exists]  # also where asking is refused
        return [failed("store", f"{path}: no registry is there", _NOT_THERE)]
    if not (os.access(path, os.W_OK) and os.access(folder, os.W_OK)):
        found = f"{path}: cannot be written; its folder must be writable too"
        return [failed("store", found, "give both to the server's user")]
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            state = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
            made = database.execute(
                "SELECT 1 FROM sqlite_schema WHERE name = ?", (SCHEMA_VERSIONS,)
            )
            empty = made.fetchone() is None
    except sqlite3.Error as error:
        state, empty = type(error).__name__, False
    if state != "ok":
        remedy = "restore the last backup in its place"
        return [failed("store", f"{path}: is no whole SQLite file", remedy)]
    if empty:
        return [failed("store", f"{path}: holds no registry", _NOT_THERE)]
    return [_space(path), *secret_file("store", path)]


def _space(path: Path) -> Finding:
    free = shutil.disk_usage(path).free
    if free < _LEAST_FREE_BYTES:
        found = f"{path}: whole, but its disk has only {free >> 20:,} MiB left"
        return failed("store", found, "free some space: without it no opt-out can be recorded")
    return ok("store", f"{path}: whole")


def _postgres(place: str) -> list[Finding]:
    try:
        import psycopg
    except ImportError:
        return [failed("store", "psycopg is not installed", "pip install wurao[postgres]")]
    try:
        with psycopg.connect(place, connect_timeout=_CONNECT_SECONDS) as connection:
            row = connection.execute(_LOOK, (SCHEMA_VERSIONS,)).fetchone()
    except psycopg.Error as error:
        # The error's own text may repeat the address, and a password in it.
        found = f"PostgreSQL does not let us in: {type(error).__name__}"
        remedy = "see that it runs, and host, user, password and database in WURAO_REGISTRY"
        return [failed("store", found, remedy)]
    if not (row and row[1]):
        return [failed("store", "PostgreSQL answers and holds no registry", _NOT_THERE)]
    apart = abs(float(row[0]) - time.time())
    if apart > _MOST_SECONDS_APART:
        found = f"PostgreSQL answers; its clock and ours are {apart:.0f} s apart"
        return [warning("store", found, "run a time service on both machines")]
    return [ok("store", "PostgreSQL answers; its clock agrees with ours")]


def _keys(path: Path) -> list[Finding]:
    from classifier.optouts.keys import keys_from_file

    try:
        versions = keys_from_file(path).versions
    except KeysError as error:
        remedy = "`wurao optouts rotate-keys --new`, or correct WURAO_REGISTRY_KEYS"
        return [failed("keys", str(error), remedy)]
    return [ok("keys", f"{path}: {len(versions)} versions"), *secret_file("keys", path)]


def _policy(path: Path | None) -> Finding:
    from classifier.optouts.policy_file import read_policies

    try:
        read_policies(path)
    except PolicyError as error:
        return failed("policy", str(error), "correct the file, or unset WURAO_POLICY")
    return ok("policy", f"{path or 'the one that comes with the program'}: can be read")


def _notices(path: Path | None) -> Finding:
    from classifier.optouts.notices import read_notices

    try:
        read_notices(path)
    except PolicyError as error:
        return failed("notices", str(error), "correct the file, or unset WURAO_NOTICES")
    return ok("notices", f"{path or 'those that come with the program'}: can be read")
