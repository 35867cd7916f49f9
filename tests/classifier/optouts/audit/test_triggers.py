"""An audit sees what acts in the tables, and whether the registry's own triggers still do."""

import sqlite3

import psycopg
import pytest

from classifier.errors import StoreError
from classifier.optouts.audit import verify
from classifier.optouts.audit.findings import Fault, Finding
from classifier.optouts.registry import Registry
from tests.classifier.optouts.audit.test_definitions import blocked, send

_DELETER = """
CREATE TRIGGER keep_out AFTER INSERT ON OPT_OUTS WHEN new.record = 4
BEGIN DELETE FROM opt_outs WHERE record = new.record; END
"""
_POSTGRES_DELETER = (
    """CREATE FUNCTION drop_it() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN DELETE FROM opt_outs WHERE record = 4; RETURN NULL; END $$""",
    """CREATE TRIGGER keep_out AFTER INSERT ON opt_outs
    FOR EACH STATEMENT EXECUTE FUNCTION drop_it()""",
)
_NO_REFUSAL = """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RETURN NULL; END $$"""
_CHANGE = "UPDATE events SET actor = 'nobody' WHERE seq = 4"
_POSTGRES_RULE = """
CREATE RULE keep_out AS ON INSERT TO opt_outs WHERE new.record = 4 DO INSTEAD NOTHING
"""


@pytest.mark.parametrize(
    ("place", "what", "statements"),
    [
        ("sqlite", "trigger", (_DELETER,)),
        ("postgres", "trigger", _POSTGRES_DELETER),
        ("postgres", "rule", (_POSTGRES_RULE,)),
    ],
    indirect=["place"],
)
def test_what_acts_in_a_table_is_named(
    filled: Registry,
    place: str,
    what: str,
    statements: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A trigger or rule is a finding; a rebuild that it would undo fails and changes nothing."""
    send(place, *statements)
    detail = f"opt_outs: the {what} keep_out is none of the registry's own; remove it"
    finding = Finding(Fault.TRIGGER_ADDED, 0, detail)
    assert filled.store.verify().findings == (finding,)
    send(place, "DELETE FROM opt_outs WHERE record IN (4, 9)")
    before = filled.store.verify().findings
    assert [(one.fault, one.place) for one in before[1:]] == [(Fault.ROW_DIFFERS, 4)]
    with pytest.raises(StoreError, match=r"keep_out .* then rebuild; nothing was changed"):
        filled.store.rebuild()
    with monkeypatch.context() as patch:
        patch.setattr(verify, "foreign_triggers", lambda *_: ())
        with pytest.raises(StoreError, match=r"would still be other .* nothing was changed"):
            filled.store.rebuild()
    assert filled.store.verify().findings == before
    send(place, f"DROP {what} keep_out{' ON opt_outs' if place.startswith('postgresql') else ''}")
    assert filled.store.rebuild() == 1
    assert filled.store.verify().findings == ()
    assert blocked(filled)


def test_a_trigger_of_the_registrys_own_name_is_named(filled: Registry, place: str) -> None:
    """What bears the name of the registry's trigger and does something else is not taken for it."""
    if place.startswith("postgresql"):
        drop = "DROP TRIGGER events_stay ON events"
        function, trigger = _POSTGRES_DELETER
        made = [function, trigger.replace("keep_out", "events_stay").replace("opt_outs", "events")]
    else:
        drop = "DROP TRIGGER events_stay"
        made = [_DELETER.replace("keep_out", "events_stay")]
    send(place, drop, *made)
    found = filled.store.verify().findings
    assert [one.fault for one in found] == [Fault.TRIGGER_ADDED, Fault.TRIGGER_LOST]
    assert all("trigger events_stay" in one.detail for one in found)


@pytest.mark.parametrize(
    ("place", "statement", "lost"),
    [
        ("sqlite", "DROP TRIGGER events_stay", "events_stay"),
        ("sqlite", "DROP TRIGGER events_remain", "events_remain"),
        ("postgres", "DROP TRIGGER events_stay ON events", "events_stay"),
        ("postgres", "ALTER TABLE events DISABLE TRIGGER events_stay", "events_stay"),
        ("postgres", "ALTER TABLE events ENABLE REPLICA TRIGGER events_stay", "events_stay"),
        ("postgres", _NO_REFUSAL, "events_stay"),
    ],
    indirect=["place"],
)
def test_a_trigger_of_the_registry_that_is_lost_is_named(
    filled: Registry, place: str, statement: str, lost: str
) -> None:
    """Without it events could be changed: it is a finding, and a rebuild makes it anew."""
    send(place, statement)
    gone = "is gone, disabled or altered; `wurao optouts rebuild` makes it anew"
    finding = Finding(Fault.TRIGGER_LOST, 0, f"events: the registry's trigger {lost} {gone}")
    assert filled.store.verify().findings == (finding,)
    filled.store.rebuild()
    assert filled.store.verify().findings == ()
    with pytest.raises((sqlite3.Error, psycopg.Error), match="append-only"):
        send(place, "DELETE FROM events" if lost == "events_remain" else _CHANGE)


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("table", "made", "what"),
    [
        ("opt_outs", "CREATE TABLE more () INHERITS (opt_outs)", "child table more"),
        ("subjects", "CREATE TABLE more () INHERITS (subjects)", "child table more"),
        (
            "opt_outs",
            "CREATE TABLE more (); ALTER TABLE opt_outs INHERIT more",
            "parent table more",
        ),
    ],
)
def test_inheritance_is_named(
    filled: Registry, place: str, table: str, made: str, what: str
) -> None:
    """Rows of a child table would be read with the registry's own: it is to be removed."""
    send(place, *made.split("; "))
    detail = f"{table}: the {what} is none of the registry's own; remove it"
    assert [one.detail for one in filled.store.verify().findings] == [detail]
    with pytest.raises(StoreError, match=r"then rebuild; nothing was changed"):
        filled.store.rebuild()
    send(
        place,
        "DROP TABLE more CASCADE" if "child" in what else "ALTER TABLE opt_outs NO INHERIT more",
    )
    assert filled.store.verify().findings == ()
