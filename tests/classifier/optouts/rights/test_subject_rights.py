"""What a person may ask about their own data."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.errors import InvalidRequestError, RecordMissingError, RequestConflictError
from classifier.optouts.derived.data_handling import SUBJECT_SHOWN
from classifier.optouts.events.event import NEW_SUBJECT, Draft
from classifier.optouts.listing import Filter, list_opt_outs
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.recording.subject_index import place_subject
from classifier.optouts.records import Contact, OptOutRequest, OptOutState, Scope
from classifier.optouts.registry import Registry
from classifier.optouts.rights.correction import Correction
from classifier.optouts.rights.subject_rights import SubjectRights
from classifier.optouts.store import Transaction
from classifier.optouts.subjects.subject import Subject, SubjectKind
from classifier.turns import Channel
from tests.classifier.optouts.conftest import listed_events

Ask = Callable[..., OptOutRequest]
ACME = Contact("acme")


def number(n: int) -> Subject:
    """Return the nth number."""
    return Subject(SubjectKind.PHONE, f"+86138{n:08d}")


def test_looking_at_a_clear_number_is_an_event(registry: Registry, ask: Ask) -> None:
    """Who looked at a clear number stands in the log; who looked without it does not."""
    record = registry.record(ask(1))
    rights = SubjectRights(registry)
    assert rights.look("acme", number(1)).subject is None
    assert listed_events(registry, Filter("acme", kinds=[SUBJECT_SHOWN])) == []
    assert rights.show("acme", record.subject_id, "clerk").subject == number(1)
    (event,) = listed_events(registry, Filter("acme", kinds=[SUBJECT_SHOWN]))
    assert (event.actor, event.subject) == ("clerk", record.subject_id)


def test_unknown_subject(registry: Registry, ask: Ask) -> None:
    """A subject that another tenant knows is not known here."""
    record = registry.record(ask(1, tenant="other"))
    rights = SubjectRights(registry)
    for target in (number(1), record.subject_id, number(2), 0, 99):
        with pytest.raises(RecordMissingError):
            rights.show("acme", target, "clerk")


def test_export_holds_all(registry: Registry, ask: Ask) -> None:
    """An export holds the records, every event and every text, and is an event itself."""
    registry.record(ask(1, text="别打了"))
    registry.revoke(Revocation("acme", "v", "clerk", "opted_in", subject=number(1), note="来信"))
    export = SubjectRights(registry).export("acme", "x1", "clerk", number(1))
    assert export.file.subject == number(1)
    assert [opt_out.state for opt_out in export.file.opt_outs] == [OptOutState.REVOKED]
    kinds = [event.kind for event, _secret in export.events]
    assert kinds == ["opt_out_recorded", "opt_out_revoked", "subject_exported"]
    secrets = [secret for _event, secret in export.events]
    assert secrets[0] is not None
    assert secrets[0]["text"] == "别打了"
    assert secrets[1] == {"note": "来信"}


def test_erased_still_refused(registry: Registry, ask: Ask) -> None:
    """An erasure removes number and texts for good, the keyed hash still refuses, the log holds."""
    registry.record(ask(1, text="别打了"))
    registry.record(ask(1, text="再说一遍"))
    registry.record(ask(2, text="留着"))
    rights = SubjectRights(registry)
    erasure = rights.erase("acme", "e1", "clerk", number(1), "本人来信")
    assert erasure.erased == {"clear_values": 2, "texts": 2}
    assert rights.erase("acme", "e1", "clerk", number(1), "本人来信") == erasure
    assert not registry.check(ACME, [number(1)]).allowed
    file = rights.show("acme", number(1), "clerk")
    assert (file.subject, file.erased_us) == (None, erasure.erased_us)
    texts = rights.export("acme", "x", "clerk", number(1)).events
    assert [secret for _event, secret in texts if secret] == [{"reason": "本人来信"}]
    assert rights.show("acme", number(2), "clerk").subject == number(2)
    verification = registry.store.verify()
    assert verification.findings == ()
    assert verification.erased == 2


@pytest.mark.parametrize(
    "reason",
    [
        "本人 13800000001 来信", "幺三八零零零零零零零幺来电", "来信 a@example.com",
        "device:a81bc81b4907", "王经理来电",
    ],
)  # fmt: skip
def test_the_reason_of_an_erasure_names_nobody(registry: Registry, ask: Ask, reason: str) -> None:
    """It is kept after the erasure, so what would be erased is refused in it and not repeated."""
    registry.record(ask(1))
    with pytest.raises(InvalidRequestError, match="reason: holds") as refused:
        SubjectRights(registry).erase("acme", "e1", "clerk", number(1), reason)
    assert reason not in str(refused.value)
    assert SubjectRights(registry).show("acme", number(1), "clerk").subject == number(1)


def test_an_erasure_says_what_is_true_of_what_it_keeps(registry: Registry, ask: Ask) -> None:
    """Only where an opt-out is in force does the keyed hash refuse, and a check says the same."""
    rights = SubjectRights(registry)
    registry.record(ask(1))
    registry.record(ask(2))
    registry.revoke(Revocation("acme", "v", "clerk", "opted_in", subject=number(2)))
    registry.record(ask(3))
    rights.correct(Correction("acme", "c", "clerk", number(3), number(4), "听错了"))
    for n, refuses in ((1, True), (2, False), (3, False), (4, True)):
        kept = rights.erase("acme", f"e{n}", "clerk", number(n), "本人来信").kept
        assert ("go on refusing contact" in kept["keyed_hash"]) is refuses
        assert ("contact is allowed" in kept["keyed_hash"]) is not refuses
        assert registry.check(ACME, [number(n)]).allowed is not refuses


def test_an_erasure_names_no_opt_outs_where_there_were_none(registry: Registry, ask: Ask) -> None:
    """Who only complained has no opt-outs of which anything were kept."""
    registry.record(ask(1))
    secret = {"subject": {"kind": "phone", "value": number(2).value}, "text": "太吵"}
    draft = Draft("case_opened", "acme", "clerk", NEW_SUBJECT, secret=secret)
    payload = {"kind": "opinion", "record": 0, "intake": "web", "caller": "", "campaign": ""}
    draft = replace(draft, payload=payload, decided={"due_us": 1})

    def work(transaction: Transaction) -> None:
        event = transaction.append(draft)
        place_subject(transaction, registry.ring, number(2), event.subject)

    registry.store.write(work)
    rights = SubjectRights(registry)
    kept = rights.erase("acme", "e", "clerk", number(2), "本人来信", despite_open_cases=True).kept
    assert kept.keys() - {"ciphertext"} == {"keyed_hash", "events", "open_cases"}
    assert "contact is allowed" in kept["keyed_hash"]


def test_erased_then_asked_again(registry: Registry, ask: Ask) -> None:
    """After an erasure a repeat of the old request is still the same record, not a conflict."""
    request = ask(1)
    record = registry.record(request)
    SubjectRights(registry).erase("acme", "e1", "clerk", number(1), "x")
    assert registry.record(request) == record


def test_erasure_leaves_other_tenants(registry: Registry, ask: Ask) -> None:
    """What another tenant holds on the same person is not erased."""
    registry.record(ask(1))
    registry.record(ask(1, tenant="other"))
    rights = SubjectRights(registry)
    rights.erase("acme", "e1", "clerk", number(1), "x")
    assert rights.show("acme", number(1), "clerk").subject is None
    assert rights.show("other", number(1), "clerk").subject == number(1)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_no_file_holds_what_was_erased(
    registry: Registry, ask: Ask, place: str, tmp_path: Path
) -> None:
    """After an erasure not even the ciphertext is in any file of the store."""
    registry.record(ask(1))
    with registry.store._database.reading() as connection:
        ((sealed,),) = connection.query("SELECT sealed FROM secrets WHERE seq = 1")

    def held() -> bool:
        return any(sealed in path.read_bytes() for path in tmp_path.glob("registry.sqlite*"))

    assert held()
    done = SubjectRights(registry).erase("acme", "e1", "clerk", number(1), "x")
    assert "ciphertext" not in done.kept
    assert not held()


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_an_erasure_beside_a_reader_lets_nobody_wait_and_says_what_is_left(
    registry: Registry, ask: Ask, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a reader keeps in the log is told, not claimed gone; a later write overwrites it."""
    registry.record(ask(1))
    with registry.store._database.reading() as connection:
        ((sealed,),) = connection.query("SELECT sealed FROM secrets WHERE seq = 1")
    log = Path(f"{place}-wal")
    writer = sqlite3.connect(place, isolation_level=None, timeout=0, check_same_thread=False)
    reader = sqlite3.connect(place, isolation_level=None)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        writer.execute("BEGIN IMMEDIATE")  # fails at once where it would have to wait
        writer.execute("ROLLBACK")

    with closing(writer), closing(reader):
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchall()
        with monkeypatch.context() as patch:
            patch.setattr("classifier.optouts.sqlite.database.time.sleep", pause)
            done = SubjectRights(registry).erase("acme", "e1", "clerk", number(1), "x")
        assert pauses
        assert "which somebody reads just now" in done.kept["ciphertext"]
        assert sealed in log.read_bytes()
        registry.record(ask(2))
        assert sealed in log.read_bytes()
        reader.execute("COMMIT")
        registry.record(ask(3))
        assert sealed not in log.read_bytes()
        again = SubjectRights(registry).erase("acme", "e1", "clerk", number(1), "x")
        assert "ciphertext" not in again.kept


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_an_erasure_on_postgresql_claims_no_more_than_it_does(registry: Registry, ask: Ask) -> None:
    """Freed space is not overwritten before it is needed, so the answer says how to make sure."""
    registry.record(ask(1))
    done = SubjectRights(registry).erase("acme", "e1", "clerk", number(1), "x")
    assert "`VACUUM FULL secrets`" in done.kept["ciphertext"]


def test_correction_moves_records(registry: Registry, ask: Ask) -> None:
    """A correction refuses the right number as the wrong one was, and frees the wrong one."""
    registry.record(ask(1, scope=Scope(channel=Channel.SMS), text="别打了"))
    registry.record(ask(1))
    rights = SubjectRights(registry)
    correction = Correction("acme", "c1", "clerk", number(1), number(2), "听错了")
    moved = rights.correct(correction)
    assert [opt_out.scope.channel for opt_out in moved] == [Channel.SMS, None]
    assert registry.check(ACME, [number(1)]).allowed
    assert not registry.check(ACME, [number(2)]).allowed
    assert rights.correct(correction) == moved
    assert rights.show("acme", number(2), "clerk").subject == number(2)
    with pytest.raises(RequestConflictError):
        rights.correct(Correction("acme", "c1", "clerk", number(1), number(3), "听错了"))
    with pytest.raises(RecordMissingError):
        rights.correct(Correction("acme", "c2", "clerk", number(1), number(3), "听错了"))
    assert registry.store.verify().findings == ()


def test_the_wrong_file_keeps_nothing_of_the_right_person(registry: Registry, ask: Ask) -> None:
    """What was said moves with the opt-out: not exported to a stranger, gone with an erasure."""
    asked = ask(1, text="别打了")
    registry.record(asked)
    rights = SubjectRights(registry)
    rights.correct(Correction("acme", "c", "clerk", number(1), number(2), "听错了"))
    held = rights.export("acme", "x1", "clerk", number(1)).events
    own = {"note": "听错了", "subject": {"kind": "phone", "value": number(1).value}}
    assert [secret for _event, secret in held if secret] == [own]
    moved = rights.export("acme", "x2", "clerk", number(2)).events
    assert [secret["text"] for _event, secret in moved if secret] == ["别打了"]
    assert registry.record(asked).state is OptOutState.REVOKED
    rights.erase("acme", "e", "clerk", number(2), "本人来信")
    assert registry.store.verify().findings == ()
    assert registry.store.rebuild() == 0


def test_the_reason_of_a_correction_names_nobody(registry: Registry, ask: Ask) -> None:
    """It stays in the wrong one's file, where an erasure of the right one does not reach it."""
    registry.record(ask(1))
    correction = Correction("acme", "c", "clerk", number(1), number(2), "应为 13800000002")
    with pytest.raises(InvalidRequestError, match="reason: holds") as refused:
        SubjectRights(registry).correct(correction)
    assert "13800000002" not in str(refused.value)
    assert not registry.check(ACME, [number(1)]).allowed


def test_a_moved_record_was_asked_for_when_it_was(registry: Registry, ask: Ask) -> None:
    """How long the right number went unprotected can be read, after a second correction too."""
    said = 1_790_000_000_000_000
    heard = registry.record(ask(1, detected_us=said))
    written = registry.record(ask(2)).since_us
    rights = SubjectRights(registry)
    for n in (1, 2):
        rights.correct(Correction("acme", f"a{n}", "clerk", number(n), number(n + 10), "听错了"))
        rights.correct(
            Correction("acme", f"b{n}", "clerk", number(n + 10), number(n + 20), "听错了")
        )
    moved = [
        one for one in list_opt_outs(registry, Filter("acme")) if one.opt_out.state == "active"
    ]
    assert [one.requested_us for one in moved] == [said, written]
    assert all(one.opt_out.since_us > heard.since_us for one in moved)
