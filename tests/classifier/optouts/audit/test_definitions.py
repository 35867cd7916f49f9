"""An audit is not blinded by what was done to the tables themselves."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest

from classifier.errors import StoreError
from classifier.optouts.audit.findings import Fault
from classifier.optouts.open_registry import open_registry
from classifier.optouts.records import Contact
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import KeyRing
from classifier.turns import Channel
from tests.classifier.optouts.conftest import phone

_UPPER = "UPDATE opt_outs SET reach = upper(reach), channel = upper(channel), name = upper(name)"
_ALTERED = "opt_outs: the table was altered; `wurao optouts rebuild` makes it anew"


@pytest.fixture
def reopened(place: str, ring: KeyRing) -> Iterator[Callable[[], Registry]]:
    """Opens the registry as a process that starts now does."""
    opened: list[Registry] = []

    def reopen() -> Registry:
        opened.append(open_registry(place, ring))
        return opened[-1]

    yield reopen
    for registry in opened:
        registry.close()


def send(place: str, *statements: str) -> None:
    """Send statements from outside."""
    if place.startswith("postgresql"):
        with psycopg.connect(place) as connection:
            for statement in statements:
                connection.execute(statement.encode())
        return
    with closing(sqlite3.connect(place, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def redefine(place: str, *changes: tuple[str, str]) -> None:
    """Let an SQLite file say otherwise how opt_outs was made."""
    with closing(sqlite3.connect(place)) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        for change in changes:
            sql = "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = 'opt_outs'"
            database.execute(sql, change)


def ignore_case(place: str) -> None:
    """Let SMS be sms for whatever reads it, and write it so."""
    columns = ("reach", "channel", "name")
    if place.startswith("postgresql"):
        collation = "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
        send(place, f"CREATE COLLATION any_case {collation}")
        for column in columns:
            send(place, f"ALTER TABLE opt_outs ALTER {column} TYPE text COLLATE any_case")
    else:
        redefine(
            place, *((f"{column} TEXT", f"{column} TEXT COLLATE NOCASE") for column in columns)
        )
    send(place, _UPPER)


def blocked(registry: Registry) -> bool:
    """Return whether the third number may not be texted."""
    return not registry.check(Contact("acme", channel=Channel.SMS), [phone(3)]).allowed


def test_a_collation_hides_no_change(
    filled: Registry, place: str, reopened: Callable[[], Registry]
) -> None:
    """A column for which SMS is sms is named; a rebuild makes the table anew, rows and all."""
    filled.close()
    ignore_case(place)
    registry = reopened()
    assert not blocked(registry)
    found = registry.store.verify()
    assert [one.detail for one in found.findings] == [_ALTERED]
    assert not found.complete
    registry.store.rebuild()
    assert registry.store.verify().findings == ()
    assert blocked(registry)
    assert registry.store.rebuild() == 0


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_text_is_not_a_number(
    filled: Registry, place: str, reopened: Callable[[], Registry]
) -> None:
    """A text where a number should be is found, also when its column is a number's once more."""
    filled.close()
    redefine(place, ("until_us INTEGER", "until_us TEXT"), (") STRICT", ")"))
    send(place, "UPDATE opt_outs SET until_us = '0' WHERE record = 4")
    assert [one.detail for one in reopened().store.verify().findings] == [_ALTERED]
    redefine(place, ("until_us TEXT", "until_us INTEGER"), (")", ") STRICT"))
    registry = reopened()
    found = [(one.fault, one.place) for one in registry.store.verify().findings]
    assert found == [(Fault.ROW_DIFFERS, 4)] * 2
    registry.store.rebuild()
    assert registry.store.verify().findings == ()


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_an_index_that_lacks_rows_is_found(
    filled: Registry, place: str, reopened: Callable[[], Registry]
) -> None:
    """Checks read the index: one that was made without rows is named, whatever its text says."""
    filled.close()
    made = "CREATE INDEX opt_outs_subject ON opt_outs (subject, tenant)"
    send(place, "DROP INDEX opt_outs_subject", f"{made} WHERE record < 0")
    registry = reopened()
    assert [one.detail for one in registry.store.verify().findings] == [_ALTERED]
    registry.close()
    with closing(sqlite3.connect(place)) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        sql = "UPDATE sqlite_schema SET sql = ? WHERE name = 'opt_outs_subject'"
        database.execute(sql, (made,))
    registry = reopened()
    assert not blocked(registry)
    found = registry.store.verify().findings
    assert {one.fault for one in found} == {Fault.INDEX_DIFFERS}
    assert "index opt_outs_subject; `wurao optouts rebuild` makes it anew" in found[0].detail
    registry.store.rebuild()
    assert registry.store.verify().findings == ()
    assert blocked(registry)


def test_an_index_of_another_kind_is_found(filled: Registry, place: str) -> None:
    """One more or one less is named: of a derived table a rebuild mends it, else somebody must."""
    send(place, "CREATE INDEX subjects_few ON subjects (hash)", "DROP INDEX opt_outs_subject")
    named = "subjects: the table or an index of it was altered; put it right, or restore a backup"
    assert [one.detail for one in filled.store.verify().findings] == [named, _ALTERED]
    filled.store.rebuild()
    assert [one.detail for one in filled.store.verify().findings] == [named]
    send(place, "DROP INDEX subjects_few")
    assert filled.store.verify().findings == ()


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
@pytest.mark.parametrize("table", ["opt_outs", "subjects"])
def test_rows_hidden_from_checks_are_found(filled: Registry, place: str, table: str) -> None:
    """A policy may hide rows from the statement of a check alone: it is to be removed."""
    send(
        place,
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY hide ON {table} USING (current_query() NOT LIKE '%active%hash IN%')",
    )
    named = {
        f"{table}: the setting ROW LEVEL SECURITY is none of the registry's own; remove it",
        f"{table}: the policy hide is none of the registry's own; remove it",
    }
    assert {one.detail for one in filled.store.verify().findings} == named
    with pytest.raises(StoreError, match=r"then rebuild; nothing was changed"):
        filled.store.rebuild()
    send(place, f"DROP POLICY hide ON {table}", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    assert filled.store.verify().findings == ()


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_a_padded_text_is_found(
    filled: Registry, place: str, reopened: Callable[[], Registry]
) -> None:
    """A type whose values are the same with blanks behind them is named like a collation."""
    filled.close()
    send(place, "ALTER TABLE opt_outs ALTER channel TYPE char(20)")
    registry = reopened()
    assert [one.detail for one in registry.store.verify().findings] == [_ALTERED]
    registry.store.rebuild()
    assert registry.store.verify().findings == ()


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        "SET UNLOGGED",
        "ALTER state DROP NOT NULL",
        "ALTER state SET DEFAULT 'revoked'",
        "ADD CHECK (record < 1000) NOT VALID",
        "ALTER etag ADD GENERATED ALWAYS AS IDENTITY",
    ],
)
def test_what_a_table_asks_of_rows_is_compared(filled: Registry, place: str, change: str) -> None:
    """One that a crash would empty, a default, a check: each is named, and a rebuild mends it."""
    send(place, f"ALTER TABLE opt_outs {change}")
    assert [one.detail for one in filled.store.verify().findings] == [_ALTERED]
    filled.store.rebuild()
    assert filled.store.verify().findings == ()
    assert blocked(filled)


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_a_source_that_a_crash_would_empty_is_found(filled: Registry, place: str) -> None:
    """Tables that no rebuild makes anew are compared in the same way."""
    send(place, "ALTER TABLE subjects SET UNLOGGED")
    named = "subjects: the table or an index of it was altered; put it right, or restore a backup"
    assert [one.detail for one in filled.store.verify().findings] == [named]
