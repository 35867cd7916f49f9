"""An audit finds and names whatever was done to the tables behind the registry's back."""

import traceback
from collections.abc import Callable
from dataclasses import replace

import pytest

from classifier.errors import ChainBrokenError, StoreError
from classifier.optouts.audit.findings import Anchor, Fault
from classifier.optouts.records import Contact, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.rights.subject_rights import SubjectRights
from classifier.optouts.subjects.subject import Subject, SubjectKind
from tests.classifier.optouts.audit.conftest import tamper

Ask = Callable[..., OptOutRequest]


def number(n: int) -> Subject:
    """Return the nth number."""
    return Subject(SubjectKind.PHONE, f"+86138{n:08d}")


def faults(registry: Registry, anchor: Anchor | None = None) -> list[tuple[Fault, int]]:
    """Return what an audit finds, and where."""
    return [(found.fault, found.place) for found in registry.store.verify(anchor).findings]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET actor = 'nobody' WHERE seq = 4",
        "UPDATE events SET time_us = time_us + 1 WHERE seq = 4",
        "UPDATE events SET payload = '{}' WHERE seq = 4",
        "UPDATE events SET decided = '{}' WHERE seq = 4",
        "UPDATE events SET subject = 1 WHERE seq = 4",
        "UPDATE events SET tenant = 'other' WHERE seq = 4",
        "UPDATE events SET kind = 'caller_released' WHERE seq = 4",
    ],
)
def test_changed_event(filled: Registry, change: str) -> None:
    """A changed event is found and named, whichever part was changed."""
    tamper(filled, change)
    assert (Fault.EVENT_CHANGED, 4) in faults(filled)


@pytest.mark.parametrize(
    "decided", ["x", "[1]", '{"events":["a",1.5]}', '{"events":5}', "[" * 9999]
)
def test_damaged_removal(filled: Registry, decided: str) -> None:
    """An event that tells no more what it erased is named, as any that was changed."""
    tamper(filled, "UPDATE events SET decided = '$' WHERE seq = 9".replace("$", decided))
    assert (Fault.EVENT_CHANGED, 9) in faults(filled)


def test_removed_event(filled: Registry) -> None:
    """A removed event is found and named."""
    tamper(filled, "DELETE FROM events WHERE seq = 4")
    assert (Fault.EVENTS_MISSING, 4) in faults(filled)


def test_reordered_events(filled: Registry) -> None:
    """Two events that changed places are found."""
    tamper(
        filled,
        "UPDATE events SET seq = 99 WHERE seq = 4",
        "UPDATE events SET seq = 4 WHERE seq = 5",
        "UPDATE events SET seq = 5 WHERE seq = 99",
    )
    assert (Fault.EVENT_CHANGED, 4) in faults(filled)


def test_cut_log(filled: Registry) -> None:
    """Events removed from the end are found, also when the end is written anew without the key."""
    tamper(filled, "DELETE FROM events WHERE seq = 10")
    assert (Fault.EVENTS_MISSING, 10) in faults(filled)
    tamper_again = "UPDATE chain_head SET seq = 9, hash = (SELECT hash FROM events WHERE seq = 9)"
    with filled.store._database.writing() as connection:
        connection.send(tamper_again)
    assert (Fault.END_FORGED, 9) in faults(filled)


@pytest.mark.parametrize("end", [-40, 9223372036854775807])
def test_forged_end(filled: Registry, ask: Ask, end: int) -> None:
    """An end at no number of an event is found, and nothing is written behind it."""
    tamper(filled, "UPDATE chain_head SET seq = $".replace("$", str(end)))
    assert (Fault.END_FORGED, end) in faults(filled)
    with pytest.raises(StoreError, match="end of the chain was altered"):
        filled.record(ask(3))


def test_event_of_a_forged_number(filled: Registry) -> None:
    """An event that was moved to the highest number costs no memory for all that lie before."""
    tamper(filled, "UPDATE events SET seq = 9223372036854775807 WHERE seq = 4")
    assert (Fault.EVENTS_MISSING, 4) in faults(filled)


def test_texts_that_are_no_utf_8(place: str, filled: Registry) -> None:
    """On SQLite a text may be any bytes: an audit names its row, and no error repeats it."""
    if not filled.store.instant:
        assert place.startswith("postgresql")  # which lets no such text in
        return
    tamper(filled, "UPDATE opt_outs SET name = CAST(x'7365637265747fff' AS TEXT) WHERE record = 4")
    with pytest.raises(StoreError, match="optouts verify") as caught:
        filled.check(Contact("acme"), [number(3)])
    assert "secret" not in "".join(traceback.format_exception(caught.value))
    assert set(faults(filled)) == {(Fault.ROW_DIFFERS, 4)}
    assert filled.store.rebuild() > 0
    assert not filled.check(Contact("acme"), [number(3)]).allowed
    tamper(filled, "UPDATE events SET payload = CAST(x'7bff7d' AS TEXT) WHERE seq = 4")
    assert (Fault.EVENT_CHANGED, 4) in faults(filled)
    with pytest.raises(ChainBrokenError, match="event 4"):
        filled.store.rebuild()


def test_anchor(filled: Registry, ask: Ask) -> None:
    """A log that goes on from an anchor passes; one that is not the anchored one does not."""
    anchor = filled.store.verify().anchor
    filled.record(ask(3))
    assert faults(filled, anchor) == []
    assert faults(filled, replace(anchor, hash="00" * 32)) == [(Fault.ANCHOR_MISSED, anchor.seq)]
    later = Anchor(anchor.seq + 5, anchor.hash)
    assert faults(filled, later) == [(Fault.ANCHOR_MISSED, later.seq)]


def test_secret_of_another_event(filled: Registry) -> None:
    """An encrypted part put in the place of another's is found."""
    tamper(
        filled, "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE seq = 2) WHERE seq=3"
    )
    assert faults(filled) == [(Fault.SECRET_CHANGED, 3)]


def test_every_changed_secret_is_named(filled: Registry) -> None:
    """One that cannot be decrypted, and after it one that somebody with the key made up."""
    tamper(
        filled, "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE seq = 6) WHERE seq=2"
    )
    with filled.store._database.writing() as connection:
        ((sealed, version),) = connection.query(
            "SELECT sealed, key_version FROM secrets WHERE seq = 5"
        )
        plain = filled.ring.unseal(sealed, 5, version)
        connection.send(
            "UPDATE secrets SET sealed = ? WHERE seq = 3", (filled.ring.seal(plain, 3, version),)
        )
    assert faults(filled) == [(Fault.SECRET_CHANGED, 2), (Fault.SECRET_CHANGED, 3)]


def test_lost_secrets(filled: Registry) -> None:
    """An encrypted part that is gone without an erasure is found and named, whoever removed it."""
    tamper(filled, "DELETE FROM secrets WHERE seq IN (3, 8)")
    assert faults(filled) == [(Fault.SECRET_LOST, 3), (Fault.SECRET_LOST, 8)]


def test_erased_secrets_are_explained(filled: Registry) -> None:
    """After an erasure all is well; a part lost beside it is found, one put back as well."""
    with filled.store._database.snapshot() as connection:
        kept = connection.query("SELECT seq, key_version, sealed FROM secrets WHERE seq = 2")[0]
    SubjectRights(filled).erase("acme", "e1", "clerk", number(1), "asked for it")
    verified = filled.store.verify()
    assert verified.findings == ()
    assert verified.erased > 1
    tamper(filled, "DELETE FROM secrets WHERE seq = 3")
    assert faults(filled) == [(Fault.SECRET_LOST, 3)]
    with filled.store._database.writing() as connection:
        connection.send("INSERT INTO secrets (seq, key_version, sealed) VALUES (?, ?, ?)", kept)
    assert faults(filled) == [(Fault.SECRET_LOST, 3), (Fault.SECRET_RETURNED, 2)]


def test_a_forged_erasure_explains_nothing(filled: Registry) -> None:
    """Whoever removes a part and writes an erasure for it into an event breaks the chain."""
    SubjectRights(filled).erase("acme", "e1", "clerk", number(1), "asked for it")
    seq = filled.store.verify().anchor.seq
    tamper(
        filled,
        "DELETE FROM secrets WHERE seq = 3",
        """UPDATE events SET decided = '{"events":[3]}' WHERE kind = 'subject_erased'""",
    )
    assert (Fault.EVENT_CHANGED, seq) in faults(filled)


def test_lost_and_swapped_subjects(filled: Registry) -> None:
    """A subject whose hash was removed, changed or given to another is found and named."""
    tamper(filled, "DELETE FROM subjects WHERE id = 2")
    assert faults(filled) == [(Fault.SUBJECT_LOST, 2)]
    with filled.store._database.writing() as connection:
        connection.send("UPDATE subjects SET id = 2 WHERE id = 3")
    assert set(faults(filled)) == {(Fault.SUBJECT_CHANGED, 2), (Fault.SUBJECT_LOST, 3)}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE opt_outs SET state = 'revoked' WHERE record = 4",
        "UPDATE opt_outs SET until_us = 1 WHERE record = 4",
        "DELETE FROM opt_outs WHERE record = 4",
    ],
)
def test_derived_row_is_found_and_rebuilt(filled: Registry, change: str) -> None:
    """A derived row that was changed or removed is found; a rebuild gives back what events say."""
    tamper(filled, change)
    assert filled.check(Contact("acme"), [number(3)]).record_id != 4
    assert set(faults(filled)) == {(Fault.ROW_DIFFERS, 4)}
    assert filled.store.rebuild() > 0
    assert faults(filled) == []
    assert filled.check(Contact("acme"), [number(3)]).record_id == 4
    assert filled.store.rebuild() == 0


def test_no_rebuild_from_a_broken_log(filled: Registry) -> None:
    """Nothing is derived from events that were tampered with."""
    tamper(filled, "UPDATE events SET tenant = 'other' WHERE seq = 4")
    with pytest.raises(ChainBrokenError, match="event 4"):
        filled.store.rebuild()
    assert not filled.check(Contact("acme"), [number(3)]).allowed


def test_events_refuse_changes(filled: Registry, place: str) -> None:
    """The database itself refuses to change or remove an event by mistake."""
    for statement in ("UPDATE events SET actor = 'x'", "DELETE FROM events"):
        with (
            pytest.raises(Exception, match=r"append-only|StoreError|RaiseException"),
            filled.store._database.writing() as connection,
        ):
            connection.send(statement)
    assert faults(filled) == []


def test_head_gone(filled: Registry) -> None:
    """A store without its end of the chain is refused rather than begun anew."""
    tamper(filled, "DELETE FROM chain_head")
    with pytest.raises(Exception, match="tampered"):
        filled.store.verify()


@pytest.mark.parametrize("table", ["opt_outs", "cases", "caller_hours"])
def test_a_dropped_table_is_named_and_made_anew(filled: Registry, table: str) -> None:
    """An audit names a derived table that is gone; a rebuild makes it as it was, with indexes."""
    sqlite = filled.store.instant
    schema = (
        "SELECT name, sql FROM sqlite_schema WHERE tbl_name = ? ORDER BY name"
        if sqlite
        else "SELECT indexname::text, indexdef FROM pg_indexes WHERE tablename = ? ORDER BY 1"
    )
    database = filled.store._database
    with database.reading() as connection:
        before = connection.query(schema, (table,))
    assert before
    with database.writing() as connection:
        connection.send(f"DROP TABLE {table}")
    (found,) = filled.store.verify().findings
    assert found.detail == f"{table}: the table is gone; `wurao optouts rebuild` makes it anew"
    filled.store.rebuild()
    assert faults(filled) == []
    with database.reading() as connection:
        assert connection.query(schema, (table,)) == before
    assert not filled.check(Contact("acme"), [number(3)]).allowed
