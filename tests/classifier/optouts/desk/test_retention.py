"""Kept as long as the law asks, and not longer; what blocks stays."""

from collections.abc import Callable

import pytest

from classifier.optouts.case_book import CaseKind, Closing
from classifier.optouts.changes import Revocation
from classifier.optouts.desk.caller_desk import Callers, CallerStep
from classifier.optouts.desk.case import Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.desk.contact_counter import ContactCounter
from classifier.optouts.desk.retention import PurgedKind, Retention
from classifier.optouts.desk.review import Decision
from classifier.optouts.desk.reviews import Reviews
from classifier.optouts.desk.times import now_us
from classifier.optouts.listing import Filter
from classifier.optouts.opt_outs import OPT_OUTS
from classifier.optouts.policy_file import Policies
from classifier.optouts.profiles import RecordKind
from classifier.optouts.records import ALLOWED, Contact, Intake, OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.review_queue import Verdict
from classifier.optouts.subjects import Subject
from classifier.optouts.tables import SECRETS
from tests.classifier.optouts.conftest import listed_opt_outs

Ask = Callable[..., OptOutRequest]
NewId = Callable[[], str]
YEAR_US = 366 * 86_400_000_000


def retention(registry: Registry, policies: Policies, years: float) -> Retention:
    """Return the job as it would run in so many years."""
    return Retention(registry, policies, lambda: now_us() + int(years * YEAR_US))


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


def test_what_blocks_is_never_purged(registry: Registry, policies: Policies, ask: Ask) -> None:
    """A hundred years later an opt-out in force still blocks, with number and evidence."""
    request = ask(1)
    registry.record(request)
    late = retention(registry, policies, 100)
    assert counts(late.purge("acme", "lin", dry_run=False)) == {}
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
    late = retention(registry, policies, 6)
    told = late.purge("acme", "lin", dry_run=True)
    assert counts(told) == {"opt_out": 3, "evidence": 3}
    assert secrets_of(registry) == 7
    done = late.purge("acme", "lin", dry_run=False, kinds=(RecordKind.EVIDENCE,))
    assert counts(done) == {"evidence": 3}
    assert secrets_of(registry) == 1
    assert registry.store.verify().findings == ()
    assert counts(late.purge("acme", "lin", dry_run=False)) == {"opt_out": 3}
    assert counts(late.purge("acme", "lin", dry_run=False)) == {}
    assert [record.record_id for record in listed_opt_outs(registry, Filter("acme"))] == [kept]
    figures = {found.kind: (found.keep, found.profile) for found in told}
    assert figures[RecordKind.OPT_OUT] == ("5 years", "US")


def test_before_its_time_nothing_is_purged(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId
) -> None:
    """With five years to keep nothing goes after four and a half."""
    registry.record(ask(1))
    revoke(registry, new_id(), ask(1).subject)
    early = retention(registry, policies, 4.5)
    assert counts(early.purge("acme", "lin", dry_run=False)) == {}


def test_an_open_case_holds_what_it_is_about(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId
) -> None:
    """Evidence stays as long as a complaint of the same person is not closed."""
    request = ask(1)
    registry.record(request)
    revoke(registry, new_id(), request.subject)
    cases = Cases(registry, policies)
    case = cases.open(
        Feedback("acme", new_id(), "lin", CaseKind.COMPLAINT, "投诉", Intake.WEB, request.subject)
    )
    late = retention(registry, policies, 6)
    assert counts(late.purge("acme", "lin", dry_run=False)) == {}
    cases.close("acme", new_id(), "lin", case.case_id, case.etag, Closing.SETTLED, "好了")
    assert counts(late.purge("acme", "lin", dry_run=False)) == {
        "opt_out": 1, "case": 1
    }  # fmt: skip
    assert secrets_of(registry) == 0
    assert registry.store.verify().findings == ()


def test_reviews_cases_counts_and_caller_cases_go_by_their_own_periods(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId
) -> None:
    """Each record kind is purged by its own figure; what is still open stays."""
    reviews, callers = Reviews(registry, policies), Callers(registry, policies)
    for n in (1, 2):
        registry.record(ask(n, doubtful=True))
    first = reviews.list("acme")[0]
    reviews.resolve(
        Decision("acme", new_id(), "lin", first.record_id, Verdict.CONFIRM, first.etag, "对")
    )
    for name in ("小爱", "小度"):
        callers.suspend(CallerStep("acme", new_id(), "lin", "caller", name, "投诉过多"))
    callers.release(CallerStep("acme", new_id(), "lin", "caller", "小爱", "已整改"))
    counter = ContactCounter(registry, "worker 0")
    counter.count(Contact("acme", caller="小爱", campaign="春"), ALLOWED, 5)
    counter.flush()
    after_three = retention(registry, policies, 3.1)
    assert counts(after_three.purge("acme", "lin", dry_run=False)) == {
        "review": 1, "attempt": 2
    }  # fmt: skip
    after_six = retention(registry, policies, 6)
    assert counts(after_six.purge("acme", "lin", dry_run=False)) == {"caller_case": 1}
    assert [review.record_id for review in reviews.list("acme")] == [first.record_id + 1]
    assert not registry.check(Contact("acme", caller="小度"), [ask(9).subject]).allowed


@pytest.mark.parametrize("tenant", ["other", ""])
def test_a_purge_touches_one_tenant(
    registry: Registry, policies: Policies, ask: Ask, new_id: NewId, tenant: str
) -> None:
    """A purge of one tenant leaves those of others alone."""
    registry.record(ask(1))
    revoke(registry, new_id(), ask(1).subject)
    assert counts(retention(registry, policies, 9).purge(tenant, "lin", dry_run=False)) == {}
    assert registry.store.read(lambda view: view.count(OPT_OUTS)) == 1
