"""What a registry promises, on every kind of store."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from classifier.errors import (
    InvalidRequestError,
    RecordChangedError,
    RecordMissingError,
    RequestConflictError,
    ResolvedError,
    StoreError,
)
from classifier.optouts.events.event import Event
from classifier.optouts.listing import Filter, get_opt_out
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import (
    ALLOWED,
    Contact,
    OptOut,
    OptOutRequest,
    OptOutState,
    Reach,
    Scope,
    Why,
)
from classifier.optouts.registry import Registry
from classifier.optouts.store import Transaction
from classifier.optouts.subjects.subject import Subject, SubjectKind
from classifier.turns import Channel
from tests.classifier.optouts.conftest import listed_events, listed_opt_outs

Ask = Callable[..., OptOutRequest]
ACME = Contact("acme")


def number(n: int) -> Subject:
    """Return the nth number."""
    return Subject(SubjectKind.PHONE, f"+86138{n:08d}")


def test_recorded_is_refused(registry: Registry, ask: Ask) -> None:
    """Once a request is recorded, a check says no, why and since when."""
    assert registry.check(ACME, [number(1)]) == ALLOWED
    record = registry.record(ask(1))
    decision = registry.check(ACME, [number(1)])
    assert not decision.allowed
    assert decision.why is Why.OPTED_OUT
    assert (decision.record_id, decision.since_us) == (record.record_id, record.since_us)
    assert registry.check(ACME, [number(2)]) == ALLOWED


def test_tenants_are_apart(registry: Registry, ask: Ask) -> None:
    """What one tenant recorded refuses nothing to another and is not shown to it."""
    record = registry.record(ask(1))
    assert registry.check(Contact("other"), [number(1)]).allowed
    assert listed_opt_outs(registry, Filter("other")) == []
    assert listed_events(registry, Filter("other")) == []
    with pytest.raises(RecordMissingError):
        get_opt_out(registry, "other", record.record_id)


def test_any_name_of_a_person_refuses(registry: Registry, ask: Ask) -> None:
    """A person with several names is refused as soon as one of them is."""
    mail = Subject(SubjectKind.EMAIL, "a@example.com")
    registry.record(ask(subject=mail))
    assert not registry.check(ACME, [number(1), mail]).allowed
    assert registry.check(ACME, [number(1)]).allowed


def test_kinds_do_not_mix(registry: Registry, ask: Ask) -> None:
    """The same characters as another kind of name are another subject."""
    registry.record(ask(subject=Subject(SubjectKind.CHAT, "42")))
    assert registry.check(ACME, [Subject(SubjectKind.DEVICE, "42")]).allowed


def test_many_in_order(registry: Registry, ask: Ask) -> None:
    """A check of thousands gives an answer for each, in their order."""
    for result in registry.record_many([ask(n) for n in range(0, 3000, 3)]):
        assert not isinstance(result, Exception)
    decisions = registry.check_many(ACME, [number(n) for n in range(3000)])
    assert [not decision.allowed for decision in decisions] == [n % 3 == 0 for n in range(3000)]


def test_repeat_is_one_record(registry: Registry, ask: Ask) -> None:
    """The same request gives the same record and no second event."""
    request = ask(1)
    assert registry.record(request) == registry.record(request)
    assert len(listed_events(registry, Filter("acme"))) == 1


def test_one_call_may_repeat_itself(registry: Registry, ask: Ask) -> None:
    """A subject or request named again in one call is the one that this very call brought."""
    first = ask(1)
    found = registry.record_many([first, ask(1), first])
    numbers = [(one.record_id, one.subject_id) for one in found if isinstance(one, OptOut)]
    assert numbers == [(1, 1), (2, 1), (1, 1)]


def test_a_repeat_may_come_at_another_time(registry: Registry, ask: Ask) -> None:
    """When a request came in is kept of the first time, and makes no other request of a repeat."""
    first = registry.record(ask(1, request_id="one", came_us=1_700_000_000_000_000))
    again = registry.record(ask(1, request_id="one", came_us=1_700_000_009_000_000))
    assert again == first
    listed = get_opt_out(registry, "acme", first.record_id)
    assert listed.requested_us == 1_700_000_000_000_000 < first.since_us


@pytest.mark.parametrize(
    "change",
    [
        {"subject": number(2)},
        {"text": "改天再说"},
        {"text": ""},
        {"scope": Scope(Reach.CAMPAIGN, "spring")},
        {"doubtful": True},
        {"facts": {"call": "c2"}},
    ],
)
def test_borrowed_request_id(registry: Registry, ask: Ask, change: dict[str, object]) -> None:
    """Another content under a used request id is refused and changes nothing."""
    registry.record(ask(1, request_id="one"))
    with pytest.raises(RequestConflictError):
        registry.record(ask(1, request_id="one", **change))
    assert len(listed_events(registry, Filter("acme"))) == 1
    registry.record(ask(2, request_id="one", tenant="other"))


def test_bulk_answers_each(registry: Registry, ask: Ask) -> None:
    """In bulk a refused item stops no other."""
    first = registry.record(ask(1, request_id="one"))
    results = registry.record_many([
        ask(2),
        ask(3, request_id="one"),
        ask(1, request_id="one"),
        ask(4),
    ])
    assert isinstance(results[1], RequestConflictError)
    assert results[2] == first
    assert not registry.check(ACME, [number(4)]).allowed
    assert registry.check(ACME, [number(3)]).allowed


def test_one_batch_may_say_the_same_twice(registry: Registry, ask: Ask) -> None:
    """What a batch wrote, its later items find: one person, and one record of one request."""
    a, b, again = registry.record_many([
        ask(1, request_id="a"), ask(1, request_id="b"), ask(1, request_id="a")
    ])  # fmt: skip
    assert again == a
    assert isinstance(a, OptOut)
    assert isinstance(b, OptOut)
    assert (a.subject_id == b.subject_id, a.record_id == b.record_id) == (True, False)


def test_a_batch_that_the_store_fails_is_not_half_written(registry: Registry, ask: Ask) -> None:
    """What becomes of a record belongs to it: where it cannot be written, nothing is."""

    def fail(_transaction: Transaction, event: Event) -> None:
        if event.seq == 2:
            raise StoreError("gone")

    failing = Registry(registry.store, registry.ring, followers=[fail])
    with pytest.raises(StoreError):
        failing.record_many([ask(n) for n in range(3)])
    assert listed_events(registry, Filter("acme")) == []


@pytest.mark.parametrize(
    ("scope", "contact", "allowed"),
    [
        (Scope(), Contact("acme", campaign="x", purpose="y", channel=Channel.SMS), False),
        (Scope(Reach.CAMPAIGN, "a"), Contact("acme", campaign="a"), False),
        (Scope(Reach.CAMPAIGN, "a"), Contact("acme", campaign="b"), True),
        (Scope(Reach.CAMPAIGN, "a"), Contact("acme", purpose="a"), False),
        (Scope(Reach.CAMPAIGN, "a"), ACME, False),
        (Scope(Reach.PURPOSE, "p"), Contact("acme", purpose="p"), False),
        (Scope(Reach.PURPOSE, "p"), Contact("acme", purpose="q"), True),
        (Scope(channel=Channel.SMS), Contact("acme", channel=Channel.SMS), False),
        (Scope(channel=Channel.SMS), Contact("acme", channel=Channel.VOICE), True),
        (Scope(channel=Channel.SMS), ACME, False),
        (
            Scope(Reach.CAMPAIGN, "a", Channel.SMS),
            Contact("acme", campaign="a", channel=Channel.VOICE),
            True,
        ),
    ],
)
def test_scope(registry: Registry, ask: Ask, scope: Scope, contact: Contact, allowed: bool) -> None:
    """A record refuses what its scope names, and whatever the check leaves open."""
    registry.record(ask(1, scope=scope))
    assert registry.check(contact, [number(1)]).allowed == allowed


def test_revoked_is_allowed(registry: Registry, ask: Ask) -> None:
    """A revoked record refuses nothing any more, and still stands there as revoked."""
    record = registry.record(ask(1))
    revocation = Revocation("acme", "v1", "clerk", "opted_in", record.record_id, note="来信要求")
    (revoked,) = registry.revoke(revocation)
    assert revoked.state is OptOutState.REVOKED
    assert registry.revoke(revocation) == [revoked]
    assert registry.check(ACME, [number(1)]) == ALLOWED
    assert get_opt_out(registry, "acme", record.record_id).opt_out == revoked
    with pytest.raises(ResolvedError):
        registry.revoke(Revocation("acme", "v2", "clerk", "opted_in", record.record_id))
    with pytest.raises(RecordMissingError):
        registry.revoke(Revocation("acme", "v3", "clerk", "opted_in", subject=number(1)))


def test_revoke_all_of_a_subject(registry: Registry, ask: Ask) -> None:
    """Without a record number all active records of the subject are revoked, of no other."""
    registry.record(ask(1))
    registry.record(ask(1, scope=Scope(channel=Channel.SMS)))
    registry.record(ask(2))
    assert len(registry.revoke(Revocation("acme", "v", "c", "opted_in", subject=number(1)))) == 2
    assert registry.check(ACME, [number(1)]).allowed
    assert not registry.check(ACME, [number(2)]).allowed


def test_stale_etag(registry: Registry, ask: Ask) -> None:
    """Who last saw another state of a record cannot revoke it."""
    record = registry.record(ask(1))
    with pytest.raises(RecordChangedError):
        registry.revoke(Revocation("acme", "v", "c", "error", record.record_id, etag=999))
    assert not registry.check(ACME, [number(1)]).allowed


def test_a_stale_etag_of_one_record_holds_up_all(registry: Registry, ask: Ask) -> None:
    """Whoever knows of one record of a subject does not revoke a second with it."""
    known = registry.record(ask(1))
    registry.record(ask(1))
    revocation = Revocation("acme", "v", "c", "opted_in", subject=number(1), etag=known.etag)
    with pytest.raises(RecordChangedError):
        registry.revoke(revocation)
    assert get_opt_out(registry, "acme", known.record_id).opt_out == known


@pytest.mark.parametrize("other", [{"subject": number(2)}, {"note": "来信要求"}])
def test_a_used_id_revokes_nothing_else(
    registry: Registry, ask: Ask, other: dict[str, Any]
) -> None:
    """Another subject under the id of a revocation is not told that it may be contacted."""
    for n in (1, 2):
        registry.record(ask(n))
    once = Revocation("acme", "v", "clerk", "opted_in", subject=number(1))
    registry.revoke(once)
    with pytest.raises(RequestConflictError):
        registry.revoke(replace(once, **other))
    assert not registry.check(ACME, [number(2)]).allowed


def test_lists_page(registry: Registry, ask: Ask) -> None:
    """Lists are paged without a gap or a repeat, and filtered by subject and state."""
    for n in range(7):
        registry.record(ask(n % 3))
    first = listed_opt_outs(registry, Filter("acme", limit=4))
    rest = listed_opt_outs(registry, Filter("acme", after=first[-1].record_id))
    assert [record.record_id for record in (*first, *rest)] == [1, 2, 3, 4, 5, 6, 7]
    assert len(listed_opt_outs(registry, Filter("acme", subject=number(0)))) == 3
    assert listed_opt_outs(registry, Filter("acme", subject=number(9))) == []
    assert listed_opt_outs(registry, Filter("acme", states=[OptOutState.REVOKED])) == []
    assert [event.seq for event in listed_events(registry, Filter("acme", after=5))] == [6, 7]


def test_threads_lose_nothing(registry: Registry, ask: Ask) -> None:
    """Writers in several threads each get their own record, and a bad one costs no other."""
    registry.record(ask(0, request_id="taken"))

    def one(n: int) -> bool:
        if n % 10 == 0:
            with pytest.raises(RequestConflictError):
                registry.record(ask(n, request_id="taken"))
            return True
        registry.record(ask(n))
        return not registry.check(ACME, [number(n)]).allowed

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(one, range(1, 300)))
    seqs = [event.seq for event in listed_events(registry, Filter("acme", limit=1000))]
    assert seqs == list(range(1, len(seqs) + 1))


def test_bad_request(ask: Ask) -> None:
    """A request with an empty name or a contradictory scope names every fault."""
    with pytest.raises(InvalidRequestError) as caught:
        ask(1, tenant=" ", actor="x" * 201, scope=Scope(Reach.ALL, "spring"))
    assert [v.field for v in caught.value.violations] == ["tenant", "actor", "scope.name"]
