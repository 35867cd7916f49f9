"""Kept as long as the law asks, and not longer; what blocks stays."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from classifier.errors import RecordMissingError
from classifier.optouts.derived.case_book import CaseKind, Closing
from classifier.optouts.derived.opt_outs import OPT_OUTS
from classifier.optouts.derived.review_queue import Verdict
from classifier.optouts.desk.caller_desk import Callers, CallerStep
from classifier.optouts.desk.case import Case, Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.desk.contact_counter import ContactCounter
from classifier.optouts.desk.review import ReviewDecision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.events.tables import SECRETS
from classifier.optouts.listing import Filter, get_opt_out
from classifier.optouts.policy.policy_file import Policies, read_policies
from classifier.optouts.policy.profiles import RecordKind
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import ALLOWED, Contact, Intake, OptOut, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import Subject
from classifier.optouts.upkeep.retention import PurgedKind, Retention
from tests.classifier.optouts.conftest import clock_ahead, listed_opt_outs

Ask = Callable[..., OptOutRequest]
NewId = Callable[[], str]
YEAR_US = 366 * 86_400_000_000
SHIPPED = (files("classifier.optouts.policy") / "policy.toml").read_text(encoding="utf-8")
ALL = 'enabled = ["CN", "TW", "HK", "US", "EU"]'
EVIDENCE = "[profiles.CN.keep.evidence]\nperiod = "


def purge(
    registry: Registry,
    policies: Policies,
    years: float,
    tenant: str = "acme",
    dry_run: bool = False,
    kinds: tuple[RecordKind, ...] = tuple(RecordKind),
) -> list[PurgedKind]:
    """Purge as it would be done in so many years."""
    with clock_ahead(int(years * YEAR_US)):
        return Retention(registry, policies).purge(tenant, "lin", dry_run, kinds)


@pytest.fixture
def only_cn(tmp_path: Path) -> Policies:
    """Five months for an opt-out, three years for its evidence and for a review."""
    text = SHIPPED.replace(ALL, 'enabled = ["CN"]')
    longer = text.replace(f"{EVIDENCE}{{ months = 5 }}", f"{EVIDENCE}{{ years = 3 }}")
    assert longer != text != SHIPPED
    path = tmp_path / "policy.toml"
    path.write_text(longer, encoding="utf-8")
    return read_policies(path)


def counts(purged: list[PurgedKind]) -> dict[str, int]:
    """Return what was purged, without what was not."""
    return {found.kind.value: found.count for found in purged if found.count}


def secrets_of(registry: Registry) -> int:
    """Return how many encrypted parts there are."""
    return registry.store.read(lambda view: view.count(SECRETS))


def revoke(registry: Registry, request_id: str, subject: Subject) -> None:
    """Let a subject opt back in."""
    registry.revoke(
        Revocation("acme", request_id, "lin", "opted_in", subject=subject, note="客户来电")
    )


def confirm(registry: Registry, policies: Policies, request_id: str, record: int) -> None:
    """Let a person confirm a doubtful turn."""
    reviews = Reviews(registry, policies)
    etag = reviews.get("acme", record).etag
    reviews.resolve(ReviewDecision("acme", request_id, "lin", record, Verdict.CONFIRM, etag, "对"))


def complain(registry: Registry, policies: Policies, request_id: str, who: Subject | None) -> Case:
    """Open a case of a subject, or of nobody knows whom."""
    said = (CaseKind.COMPLAINT, "投诉", Intake.WEB)
    return Cases(registry, policies).open(Feedback("acme", request_id, "lin", *said, who))


def close(registry: Registry, policies: Policies, request_id: str, case: Case) -> None:
    """Close a case."""
    Cases(registry, policies).close(
        "acme", request_id, "lin", case.case_id, case.etag, Closing.SETTLED, "好了"
    )


def test_what_blocks_is_never_purged(registry: Registry, policies: Policies, ask: Ask) -> None:
    """A hundred years later an opt-out in force still blocks, with number and evidence."""
    request = ask(1)
    registry.record(request)
    assert counts(purge(registry, policies, 100)) == {}
    assert not registry.check(Contact("acme"), [request.subject]).allowed
    assert secrets_of(registry) == 1


def test_a_dry_run_tells_the_same_and_changes_nothing(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId
) -> None:
    """A dry run counts what the real run then purges; after that there is nothing left to purge."""
    for n in range(3):
        registry.record(ask(n))
        revoke(registry, new_id(), ask(n).subject)
    kept = registry.record(ask(9)).record_id
    told = purge(registry, policies, 6, dry_run=True)
    assert counts(told) == {"opt_out": 3, "evidence": 3}
    assert secrets_of(registry) == 7
    done = purge(registry, policies, 6, kinds=(RecordKind.EVIDENCE,))
    assert counts(done) == {"evidence": 3}
    assert secrets_of(registry) == 1
    assert registry.store.verify().findings == ()
    assert counts(purge(registry, policies, 6)) == {"opt_out": 3}
    assert counts(purge(registry, policies, 6)) == {}
    assert [record.record_id for record in listed_opt_outs(registry, Filter("acme"))] == [kept]
    figures = {found.kind: (found.keep, found.profile) for found in told}
    assert figures[RecordKind.OPT_OUT] == ("5 years", "US")


def test_before_its_time_nothing_is_purged(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId
) -> None:
    """With five years to keep nothing goes after four and a half."""
    registry.record(ask(1))
    revoke(registry, new_id(), ask(1).subject)
    assert counts(purge(registry, policies, 4.5)) == {}


def test_an_open_case_holds_what_it_is_about(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId
) -> None:
    """Evidence stays as long as a complaint of the same person is not closed."""
    request = ask(1)
    registry.record(request)
    revoke(registry, new_id(), request.subject)
    case = complain(registry, policies, new_id(), request.subject)
    assert counts(purge(registry, policies, 6)) == {}
    close(registry, policies, new_id(), case)
    assert counts(purge(registry, policies, 6)) == {
        "opt_out": 1, "evidence": 1, "case": 1
    }  # fmt: skip
    assert secrets_of(registry) == 0
    assert registry.store.verify().findings == ()


def test_reviews_cases_counts_and_caller_cases_go_by_their_own_periods(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId
) -> None:
    """Each record kind is purged by its own figure; what is still open stays."""
    reviews, callers = Reviews(registry, policies), Callers(registry, policies)
    ended, waiting = [registry.record(ask(n, doubtful=True)).record_id for n in (1, 2)]
    confirm(registry, policies, new_id(), ended)
    revoke(registry, new_id(), ask(1).subject)
    for name in ("小爱", "小度"):
        callers.suspend(CallerStep("acme", new_id(), "lin", "caller", name, "投诉过多"))
    callers.release(CallerStep("acme", new_id(), "lin", "caller", "小爱", "已整改"))
    counter = ContactCounter(registry, "worker 0")
    counter.count(Contact("acme", caller="小爱", campaign="春"), ALLOWED, 5)
    counter.flush()
    assert counts(purge(registry, policies, 3.1)) == {
        "review": 1, "attempt": 2
    }  # fmt: skip
    assert counts(purge(registry, policies, 6)) == {
        "opt_out": 1, "evidence": 1, "caller_case": 1
    }  # fmt: skip
    assert [review.record_id for review in reviews.list("acme")] == [waiting]
    assert not registry.check(Contact("acme", caller="小度"), [ask(9).subject]).allowed


def test_an_opt_out_falls_with_its_review(
    registry: Registry, policies: Policies, only_cn: Policies, ask: Ask, new_id: NewId
) -> None:
    """No review is ever without the opt-out that it is about, whichever is kept longer."""
    record = registry.record(ask(1, doubtful=True)).record_id
    confirm(registry, policies, new_id(), record)
    revoke(registry, new_id(), ask(1).subject)
    assert counts(purge(registry, only_cn, 0.6)) == {}
    alone = purge(registry, only_cn, 3.1, kinds=(RecordKind.OPT_OUT,))
    assert counts(alone) == {}
    assert get_opt_out(registry, "acme", record).review is not None
    told = counts(purge(registry, only_cn, 3.1, dry_run=True))
    gone = counts(purge(registry, only_cn, 3.1))
    assert gone == told == {"opt_out": 1, "evidence": 1, "review": 1}
    assert registry.store.verify().findings == ()


def test_evidence_goes_by_its_own_figure_where_that_is_longer(
    registry: Registry, only_cn: Policies, ask: Ask, new_id: NewId
) -> None:
    """An opt-out that is kept for months stays until its evidence has been kept for years."""
    registry.record(ask(1))
    revoke(registry, new_id(), ask(1).subject)
    early = purge(registry, only_cn, 0.6)
    assert counts(early) == {}
    assert secrets_of(registry) == 2
    figures = {found.kind: found.keep for found in early}
    assert figures[RecordKind.OPT_OUT] == figures[RecordKind.EVIDENCE] == "3 years"
    assert counts(purge(registry, only_cn, 3.1)) == {"opt_out": 1, "evidence": 1}
    assert secrets_of(registry) == 0


def test_a_review_stays_as_long_as_its_opt_out_blocks(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId
) -> None:
    """Who confirmed what still blocks, and why, can be read a hundred years later."""
    record = registry.record(ask(1, doubtful=True)).record_id
    confirm(registry, policies, new_id(), record)
    assert counts(purge(registry, policies, 100)) == {}
    assert Reviews(registry, policies).get("acme", record).verdict is Verdict.CONFIRM


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_no_file_holds_what_was_purged(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId, tmp_path: Path
) -> None:
    """Neither the file nor its log holds the ciphertext any more."""
    registry.record(ask(1))
    (row,) = registry.store.read(lambda view: view.rows(SECRETS))
    revoke(registry, new_id(), ask(1).subject)

    def held() -> bool:
        return any(row["sealed"] in path.read_bytes() for path in tmp_path.glob("registry.sqlite*"))

    assert held()
    purge(registry, policies, 9)
    assert not held()


def test_an_open_case_holds_reviews_and_earlier_cases(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId
) -> None:
    """Nothing about its subject goes; a case of nobody knows whom holds no other."""
    confirm(registry, policies, new_id(), registry.record(ask(1, doubtful=True)).record_id)
    revoke(registry, new_id(), ask(1).subject)
    for who in (ask(1).subject, None):
        close(registry, policies, new_id(), complain(registry, policies, new_id(), who))
    waiting = complain(registry, policies, new_id(), ask(1).subject)
    complain(registry, policies, new_id(), None)
    assert counts(purge(registry, policies, 6)) == {"case": 1}
    close(registry, policies, new_id(), waiting)
    assert counts(purge(registry, policies, 6)) == {
        "opt_out": 1, "evidence": 1, "review": 1, "case": 2
    }  # fmt: skip


@pytest.mark.parametrize("tenant", ["other", ""])
def test_a_purge_touches_one_tenant(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId, tenant: str
) -> None:
    """A purge of one tenant leaves those of others alone."""
    registry.record(ask(1))
    revoke(registry, new_id(), ask(1).subject)
    assert counts(purge(registry, policies, 9, tenant)) == {}
    assert registry.store.read(lambda view: view.count(OPT_OUTS)) == 1


def test_the_id_of_a_purged_record_stops_no_other(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId
) -> None:
    """In bulk a request whose record was purged long ago is an error of its own alone."""
    old = ask(1)
    registry.record(old)
    revoke(registry, new_id(), old.subject)
    purge(registry, policies, 6)
    before, purged, after = registry.record_many([ask(2), old, ask(3)])
    assert isinstance(purged, RecordMissingError)
    assert isinstance(before, OptOut)
    assert isinstance(after, OptOut)
    assert not registry.check(Contact("acme"), [ask(3).subject]).allowed
