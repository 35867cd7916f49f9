"""Reviews, callers, feedback and lists, over real channels."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import grpc
import pytest
from wurao.v1 import classifier_pb2, classifier_pb2_grpc, optouts_pb2_grpc
from wurao.v1 import optouts_pb2 as pb
from wurao.v1.subjects_pb2 import Contact, Subject

from classifier.messages import context_to_wire
from tests.classifier.server.optouts.conftest import BEFORE
from tests.classifier.server.optouts.test_contacts import allowed, record, refusal

Stub = optouts_pb2_grpc.OptOutServiceStub
Number = Callable[[], Subject]
NewId = Callable[[], str]


@pytest.fixture
def tenant(new_id: NewId) -> str:
    """A tenant that no test has used yet."""
    return f"tenant-{new_id()}"


@pytest.fixture
def review(
    classifier_stub: classifier_pb2_grpc.ClassifierServiceStub,
    stub: Stub,
    number: Number,
    tenant: str,
    doubtful: str,
) -> pb.Review:
    """The review of a doubtful turn that the classifier has just heard."""
    contact = Contact(tenant=tenant, subject=number(), bot="bot-7")
    turn = classifier_pb2.Turn(text=doubtful, context=context_to_wire(BEFORE))
    request = classifier_pb2.ClassifyRequest(turn=turn, contact=contact)
    answer = classifier_stub.Classify(request)
    (waiting,) = stub.ListReviews(pb.ListReviewsRequest(tenant=tenant)).reviews
    assert waiting.review_id == answer.recorded.review_id
    return waiting


def resolve(review: pb.Review, request_id: str, **more: object) -> pb.ResolveReviewRequest:
    """Return a decision of a review."""
    return pb.ResolveReviewRequest(
        request_id=request_id,
        tenant=review.tenant,
        review_id=review.review_id,
        etag=review.etag,
        actor="anna",
        **more,  # type: ignore[arg-type]
    )


def test_a_review_shows_what_was_said(review: pb.Review, doubtful: str) -> None:
    """Text, what was said before it, scores and risk are there for whoever decides."""
    assert review.state == pb.REVIEW_STATE_OPEN
    assert review.evidence.text == doubtful
    assert list(review.context) == context_to_wire(BEFORE)
    assert 0 < review.evidence.scores.opt_out < 1
    assert 0 <= review.risk <= 1
    assert review.due_at.seconds >= review.opened_at.seconds


def test_what_is_under_review_says_so(review: pb.Review, stub: Stub, other_stub: Stub) -> None:
    """A check names the review as the reason; the record names it; a filter points to the queue."""
    (listed,) = stub.ListOptOuts(pb.ListOptOutsRequest(tenant=review.tenant)).opt_outs
    assert (listed.state, listed.review_id) == (
        pb.OPT_OUT_STATE_UNDER_REVIEW,
        review.review_id,
    )
    revealed = pb.GetSubjectRequest(
        tenant=review.tenant, subject_id=listed.subject_id, reveal=True, actor="anna"
    )
    check = pb.CheckContactRequest(tenant=review.tenant)
    check.subject.value = stub.GetSubject(revealed).clear_value
    answer = other_stub.CheckContact(check)
    assert (answer.allowed, answer.reason) == (False, pb.BLOCK_REASON_UNDER_REVIEW)
    confirmed = resolve(review, f"confirm-{review.review_id}", verdict=pb.VERDICT_CONFIRM)
    assert stub.ResolveReview(confirmed).opt_out.state == pb.OPT_OUT_STATE_ACTIVE
    assert other_stub.CheckContact(check).reason == pb.BLOCK_REASON_OPTED_OUT
    request = pb.ListOptOutsRequest(tenant=review.tenant, states=[pb.OPT_OUT_STATE_UNDER_REVIEW])
    assert "ListReviews" in refusal(lambda: stub.ListOptOuts(request))[2]


def test_a_claimed_review_is_closed_to_others(
    review: pb.Review, stub: Stub, other_stub: Stub, new_id: NewId
) -> None:
    """Two people never decide the same; given back, another may take it."""
    step = {"tenant": review.tenant, "review_id": review.review_id}
    claim = pb.ClaimReviewRequest(request_id=new_id(), actor="anna", **step)
    claimed = stub.ClaimReview(claim).review
    assert (claimed.state, claimed.claimed_by) == (pb.REVIEW_STATE_CLAIMED, "anna")
    foreign = pb.ClaimReviewRequest(request_id=new_id(), actor="ben", **step)
    code, reason, _ = refusal(lambda: other_stub.ClaimReview(foreign))
    assert (code, reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CLAIMED_BY_ANOTHER")
    release = pb.ReleaseReviewRequest(request_id=new_id(), actor="anna", **step)
    assert not stub.ReleaseReview(release).review.claimed_by
    assert other_stub.ClaimReview(foreign).review.claimed_by == "ben"


def test_a_false_alarm_ends_the_suppression(
    review: pb.Review, stub: Stub, other_stub: Stub, new_id: NewId
) -> None:
    """With a reason, by a person, at once; the review is then among those decided."""
    code, fields, _ = refusal(
        lambda: stub.ResolveReview(resolve(review, new_id(), verdict=pb.VERDICT_FALSE_ALARM))
    )
    assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, "note")
    decision = resolve(review, new_id(), verdict=pb.VERDICT_FALSE_ALARM, note="spoke of an order")
    answer = stub.ResolveReview(decision)
    assert answer.review.verdict == pb.VERDICT_FALSE_ALARM
    assert answer.opt_out.state == pb.OPT_OUT_STATE_REVOKED
    request = pb.ListReviewsRequest(tenant=review.tenant)
    assert not other_stub.ListReviews(request).reviews
    request.state = pb.REVIEW_STATE_RESOLVED
    assert other_stub.ListReviews(request).reviews[0].resolved_by == "anna"


def test_a_review_is_narrowed_or_confirmed_once(
    review: pb.Review, stub: Stub, new_id: NewId
) -> None:
    """The scope shrinks to one channel; a stale etag and a second verdict are refused."""
    scope = pb.Scope(channel=classifier_pb2.CHANNEL_VOICE)
    decision = resolve(review, new_id(), verdict=pb.VERDICT_NARROW, scope=scope)
    decision.etag = str(int(review.etag) + 1)
    assert refusal(lambda: stub.ResolveReview(decision))[1] == "ETAG_MISMATCH"
    decision.etag = review.etag
    answer = stub.ResolveReview(decision)
    assert answer.opt_out.scope == scope
    assert answer.opt_out.state == pb.OPT_OUT_STATE_ACTIVE
    again = resolve(answer.review, new_id(), verdict=pb.VERDICT_CONFIRM)
    assert refusal(lambda: stub.ResolveReview(again))[1] == "ALREADY_DONE"


def test_a_suspended_caller_is_refused_everywhere(
    stub: Stub, other_stub: Stub, number: Number, new_id: NewId, tenant: str
) -> None:
    """From the answer on every check says no for the bot, until it is released."""
    caller = pb.Caller(kind=pb.CALLER_KIND_BOT, name="bot-9")
    suspend = pb.SuspendCallerRequest(
        request_id=new_id(),
        tenant=tenant,
        caller=caller,
        reason="calls at night",
        actor="anna",
        notified=["operator of the line"],
    )
    status = stub.SuspendCaller(suspend).caller
    assert status.state == pb.CALLER_STATE_SUSPENDED
    check = pb.CheckContactRequest(tenant=tenant, subject=number(), bot="bot-9")
    answer = other_stub.CheckContact(check)
    assert (answer.allowed, answer.reason) == (False, pb.BLOCK_REASON_BOT_SUSPENDED)
    assert allowed(other_stub, check.subject, tenant=tenant, bot="bot-8")
    suspend.request_id = new_id()
    assert refusal(lambda: stub.SuspendCaller(suspend))[1] == "ALREADY_DONE"
    release = pb.ReleaseCallerRequest(
        request_id=new_id(),
        tenant=tenant,
        caller=caller,
        reason="mended",
        actor="anna",
        data_deleted="recordings of the night",
    )
    assert stub.ReleaseCaller(release).caller.state == pb.CALLER_STATE_ACTIVE
    assert other_stub.CheckContact(check).allowed
    # Bot 8 may stand there too, once its check has been counted.
    callers = other_stub.ListCallers(pb.ListCallersRequest(tenant=tenant)).callers
    assert [c.case_id for c in callers if c.caller == caller] == [status.case_id]


def test_feedback_becomes_a_case(stub: Stub, number: Number, new_id: NewId, tenant: str) -> None:
    """It has a number and a day by which it is answered; sent again it is the same case."""
    feedback = pb.RecordFeedbackRequest(
        request_id=new_id(),
        tenant=tenant,
        kind=pb.FEEDBACK_KIND_PRIVACY,
        subject=number(),
        text="你们怎么有我的号码",
        intake=pb.INTAKE_EMAIL,
    )
    case = stub.RecordFeedback(feedback)
    assert int(case.case_id) > 0
    assert case.due_at.seconds > 0
    assert stub.RecordFeedback(feedback) == case
    (open_case,) = stub.ListCases(pb.ListCasesRequest(tenant=tenant)).cases
    which = {"case_id": open_case.case_id, "etag": open_case.etag}
    answer = pb.AnswerCaseRequest(
        request_id=new_id(), tenant=tenant, **which, text="已删除", actor="lin"
    )
    stub.AnswerCase(answer)
    told = stub.ListEvents(pb.ListEventsRequest(tenant=tenant)).events
    assert [(event.kind, event.object_id) for event in told] == [
        ("case_opened", case.case_id),
        ("case_answered", case.case_id),
    ]


def test_lists_are_paged_and_filtered(
    stub: Stub, number: Number, new_id: NewId, tenant: str
) -> None:
    """Pages join without gap or double; filters leave out the rest; hashes chain the events."""
    subjects = [number() for _ in range(5)]
    made = [
        record(stub, s, new_id(), tenant=tenant, intake=pb.INTAKE_SMS if i else pb.INTAKE_EMAIL)
        for i, s in enumerate(subjects)
    ]
    request = pb.ListOptOutsRequest(tenant=tenant, page_size=2)
    listed = []
    while True:
        page = stub.ListOptOuts(request)
        listed += [one.opt_out_id for one in page.opt_outs]
        request.page_token = page.next_page_token
        if not request.page_token:
            break
    assert listed == [one.opt_out_id for one in made]
    by_mail = pb.ListOptOutsRequest(tenant=tenant, intakes=[pb.INTAKE_EMAIL])
    assert [one.opt_out_id for one in stub.ListOptOuts(by_mail).opt_outs] == listed[:1]
    of_one = pb.ListOptOutsRequest(tenant=tenant, subject=subjects[3])
    assert [one.opt_out_id for one in stub.ListOptOuts(of_one).opt_outs] == listed[3:4]
    unknown = pb.ListOptOutsRequest(tenant=tenant, subject=number())
    assert not stub.ListOptOuts(unknown).opt_outs
    later = pb.ListOptOutsRequest(tenant=tenant, since=made[4].effective_at)
    assert [one.opt_out_id for one in stub.ListOptOuts(later).opt_outs] == listed[4:]
    events = stub.ListEvents(pb.ListEventsRequest(tenant=tenant)).events
    assert [event.object_id for event in events] == listed
    assert {event.kind for event in events} == {"opt_out_recorded"}
    assert len({event.hash for event in events}) == 5
    for event in events:
        assert all(s.value not in event.details for s in subjects)


@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        (pb.REPORT_FORMAT_UNSPECIFIED, "text/html; charset=utf-8"),
        (pb.REPORT_FORMAT_CSV, "text/csv; charset=utf-8"),
        (pb.REPORT_FORMAT_JSON, "application/json"),
    ],
)
def test_the_report_counts_what_happened(
    stub: Stub,
    other_stub: Stub,
    number: Number,
    new_id: NewId,
    tenant: str,
    form: "pb.ReportFormat.ValueType",
    media_type: str,
) -> None:
    """In each form, for the month asked, with the checks that this server has just answered."""
    subject = number()
    record(stub, subject, new_id(), tenant=tenant)
    assert not allowed(other_stub, subject, tenant=tenant)
    month = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m")
    request = pb.ReportRequest(tenant=tenant, month=month, format=form)
    answer = other_stub.Report(request)
    assert answer.media_type == media_type
    assert tenant in answer.file_name
    text = answer.content.decode()
    assert tenant in text
    assert subject.value not in text
    request.month = "November"
    assert refusal(lambda: stub.Report(request))[:2] == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "month",
    )
