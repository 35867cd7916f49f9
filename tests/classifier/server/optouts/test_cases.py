"""Feedback and complaints as cases, over real channels."""

from collections.abc import Callable

import grpc
import pytest
from wurao.v1 import classifier_pb2, classifier_pb2_grpc, optouts_pb2_grpc
from wurao.v1 import optouts_pb2 as pb
from wurao.v1.subjects_pb2 import Contact, Subject

from tests.classifier.server.optouts.test_contacts import refusal

Classifier = classifier_pb2_grpc.ClassifierServiceStub
Stub = optouts_pb2_grpc.OptOutServiceStub
Number = Callable[[], Subject]
NewId = Callable[[], str]


@pytest.fixture
def tenant(new_id: NewId) -> str:
    """A tenant that no test has used yet."""
    return f"tenant-{new_id()}"


def opened(stub: Stub, tenant: str, request_id: str, **more: object) -> str:
    """Return the id of a case that was just opened."""
    feedback = pb.RecordFeedbackRequest(
        request_id=request_id,
        tenant=tenant,
        kind=pb.FEEDBACK_KIND_COMPLAINT,
        text="你们一天打八个电话",
        intake=pb.INTAKE_EMAIL,
        bot="bot-7",
        **more,  # type: ignore[arg-type]
    )
    return stub.RecordFeedback(feedback).case_id


def test_a_case_is_answered_and_closed(
    stub: Stub, other_stub: Stub, number: Number, new_id: NewId, tenant: str
) -> None:
    """What was said is there for whoever answers; the first answer stops the clock; it ends."""
    case_id = opened(stub, tenant, new_id(), subject=number())
    (case,) = other_stub.ListCases(pb.ListCasesRequest(tenant=tenant)).cases
    assert (case.case_id, case.state) == (case_id, pb.CASE_STATE_OPEN)
    told = (case.text, case.bot, case.intake)
    assert told == ("你们一天打八个电话", "bot-7", pb.INTAKE_EMAIL)
    assert case.due_at.seconds > case.opened_at.seconds
    assert not case.HasField("answered_at")
    answer = pb.AnswerCaseRequest(
        request_id=new_id(),
        tenant=tenant,
        case_id=case_id,
        etag=case.etag,
        text="已停止外呼",
        actor="anna",
    )
    answered = stub.AnswerCase(answer).case
    assert (answered.state, answered.answer) == (pb.CASE_STATE_ANSWERED, "已停止外呼")
    assert answered.answered_at.seconds >= case.opened_at.seconds
    assert other_stub.AnswerCase(answer).case == answered
    close = pb.CloseCaseRequest(
        request_id=new_id(),
        tenant=tenant,
        case_id=case_id,
        etag=case.etag,
        closing=pb.CASE_CLOSING_SETTLED,
        note="号码已从名单删除",
        actor="anna",
    )
    refused = refusal(lambda: stub.CloseCase(close))
    assert refused[:2] == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    close.etag = answered.etag
    closed = stub.CloseCase(close).case
    assert (closed.state, closed.closing) == (pb.CASE_STATE_CLOSED, pb.CASE_CLOSING_SETTLED)
    assert closed.HasField("closed_at")
    assert (closed.answer, closed.note) == ("已停止外呼", "号码已从名单删除")
    assert not other_stub.ListCases(pb.ListCasesRequest(tenant=tenant)).cases
    of_closed = pb.ListCasesRequest(tenant=tenant, state=pb.CASE_STATE_CLOSED)
    assert list(other_stub.ListCases(of_closed).cases) == [closed]
    answer.request_id, answer.etag = new_id(), closed.etag
    assert refusal(lambda: stub.AnswerCase(answer))[1] == "ALREADY_DONE"


def test_a_complaint_in_doubt_joins_the_case_of_its_call(
    classifier_stub: Classifier, stub: Stub, number: Number, tenant: str, doubtful: str
) -> None:
    """Once a person has said that it is a complaint and no opt-out."""
    contact = Contact(tenant=tenant, subject=number(), call_reference="k1", bot="bot-7")
    heard = [
        classifier_stub.Classify(
            classifier_pb2.ClassifyRequest(
                conversation_id="v1", turn=classifier_pb2.Turn(text=text), contact=contact
            )
        ).recorded
        for text in ("我要投诉你们", doubtful)
    ]
    (waiting,) = stub.ListReviews(pb.ListReviewsRequest(tenant=tenant)).reviews
    decision = pb.ResolveReviewRequest(
        request_id=f"alarm-{waiting.review_id}",
        tenant=tenant,
        review_id=waiting.review_id,
        etag=waiting.etag,
        verdict=pb.VERDICT_FALSE_ALARM,
        label=classifier_pb2.LABEL_COMPLAINT,
        note="服务差",
        actor="anna",
    )
    stub.ResolveReview(decision)
    (case,) = stub.ListCases(pb.ListCasesRequest(tenant=tenant)).cases
    assert (case.case_id, case.text) == (heard[0].case_id, f"我要投诉你们\n{doubtful}")


def test_cases_are_paged_by_due_date(stub: Stub, new_id: NewId, tenant: str) -> None:
    """Pages join without gap or double, also when a case is closed between two of them."""
    made = [opened(stub, tenant, new_id()) for _ in range(5)]
    request = pb.ListCasesRequest(tenant=tenant, page_size=2)
    page = stub.ListCases(request)
    listed = [case.case_id for case in page.cases]
    last = page.cases[-1]
    close = pb.CloseCaseRequest(
        request_id=new_id(),
        tenant=tenant,
        case_id=last.case_id,
        etag=last.etag,
        closing=pb.CASE_CLOSING_UNFOUNDED,
        note="查无此事",
        actor="anna",
    )
    stub.CloseCase(close)
    while page.next_page_token:
        request.page_token = page.next_page_token
        page = stub.ListCases(request)
        listed += [case.case_id for case in page.cases]
    assert listed == made


def test_an_answer_without_what_it_needs_is_refused(stub: Stub, new_id: NewId) -> None:
    """Each field that is missing is named; a case that is not there is not found."""
    code, fields, _ = refusal(lambda: stub.AnswerCase(pb.AnswerCaseRequest()))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    for field in ("request_id", "case_id", "etag", "text", "actor"):
        assert field in fields
    code, fields, _ = refusal(lambda: stub.CloseCase(pb.CloseCaseRequest()))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert "closing" in fields
    unknown = pb.AnswerCaseRequest(
        request_id=new_id(), case_id="999999999", etag="1", text="答", actor="anna"
    )
    assert refusal(lambda: stub.AnswerCase(unknown))[1] == "NOT_FOUND"
