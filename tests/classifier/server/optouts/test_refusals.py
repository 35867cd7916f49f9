"""What a caller is told whose request is refused, over real channels."""

from collections.abc import Callable

import grpc
import pytest
from wurao.v1 import classifier_pb2, optouts_pb2_grpc
from wurao.v1 import optouts_pb2 as pb
from wurao.v1.subjects_pb2 import Subject

from tests.classifier.server.optouts.test_contacts import record, refusal

Stub = optouts_pb2_grpc.OptOutServiceStub
Number = Callable[[], Subject]
NewId = Callable[[], str]


def confirm(stub: Stub, new_id: NewId, opt_out: pb.OptOut) -> pb.GiveNoticeResponse:
    """Give the confirmation of an opt-out."""
    return stub.GiveNotice(
        pb.GiveNoticeRequest(
            request_id=new_id(),
            opt_out_id=opt_out.opt_out_id,
            purpose=pb.NOTICE_PURPOSE_CONFIRMATION,
            channel=classifier_pb2.CHANNEL_SMS,
            company="某公司",
            contact="95000",
        )
    )


def test_what_is_over_already_is_named(stub: Stub, number: Number, new_id: NewId) -> None:
    """A second confirmation, one of an opt-out that has ended and its second end say which."""
    twice, ended = (record(stub, number(), new_id()) for _ in "ab")
    confirm(stub, new_id, twice)
    code, reason, told = refusal(lambda: confirm(stub, new_id, twice))
    assert (code, reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ALREADY_DONE")
    assert told == (
        "this opt-out, or another of its talk, was confirmed already; a second one is not allowed"
    )
    end = pb.RevokeOptOutRequest(
        request_id=new_id(), opt_out_id=ended.opt_out_id, etag=ended.etag,
        basis=pb.REVOCATION_BASIS_MISTAKE, reason="typo", actor="anna",
    )  # fmt: skip
    stub.RevokeOptOut(end)
    code, reason, told = refusal(lambda: confirm(stub, new_id, ended))
    assert (code, reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ALREADY_DONE")
    assert told == "the opt-out is over; nobody may be told that it is in force"
    end.request_id, end.etag = new_id(), ""
    code, reason, told = refusal(lambda: stub.RevokeOptOut(end))
    assert (code, reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ALREADY_DONE")
    assert told == "this opt-out is over already"


def test_a_subject_is_not_corrected_to_itself(stub: Stub, number: Number, new_id: NewId) -> None:
    """However it is written: the field is named, and the opt-out is as it was."""
    subject = number()
    made = record(stub, subject, new_id())
    same = Subject(value=f"0086 {subject.value}")
    request = pb.CorrectSubjectRequest(
        request_id=new_id(), subject=subject, correction=same, reason="misheard", actor="anna"
    )
    code, field, told = refusal(lambda: stub.CorrectSubject(request))
    assert (code, field) == (grpc.StatusCode.INVALID_ARGUMENT, "correction")
    assert subject.value not in told
    (listed,) = stub.ListOptOuts(pb.ListOptOutsRequest(subject=subject)).opt_outs
    assert (listed.opt_out_id, listed.etag) == (made.opt_out_id, made.etag)


def test_a_number_in_an_open_field_loses_no_opt_out(
    stub: Stub, number: Number, new_id: NewId
) -> None:
    """It is recorded, and the answer shows what was masked; an id that stops nobody is refused."""
    subject = number()
    names = {"campaign": f"recall {subject.value}", "bot": "bot-7", "actor": f"a {subject.value}"}
    made = record(stub, subject, f"{subject.value}-{new_id()}", **names)
    assert (made.campaign, made.bot) == ("recall ***", "bot-7")
    assert made.actor.endswith("a ***")
    (listed,) = stub.ListOptOuts(pb.ListOptOutsRequest(subject=subject)).opt_outs
    assert (listed.opt_out_id, listed.campaign) == (made.opt_out_id, "recall ***")
    events = stub.ListEvents(pb.ListEventsRequest(subject=subject)).events
    assert events
    assert not any(subject.value in str(event) for event in events)
    revocation = pb.RevokeOptOutRequest(
        request_id=subject.value, subject=subject, basis=pb.REVOCATION_BASIS_MISTAKE,
        reason="typo", actor="anna",
    )  # fmt: skip
    code, field, told = refusal(lambda: stub.RevokeOptOut(revocation))
    assert (code, field) == (grpc.StatusCode.INVALID_ARGUMENT, "request_id")
    assert subject.value not in told


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -0.1, 1.5])
def test_wrong_scores_lose_no_opt_out(
    stub: Stub, number: Number, new_id: NewId, score: float
) -> None:
    """They are left out, so that what is written of it in the log is JSON anywhere."""
    subject = number()
    scores = classifier_pb2.Scores(opt_out=score, complaint=0.25, normal=0.5)
    made = record(stub, subject, new_id(), evidence=pb.Evidence(scores=scores, rule="stop"))
    assert made.evidence.rule == "stop"
    assert not made.evidence.HasField("scores")
    (event,) = stub.ListEvents(pb.ListEventsRequest(subject=subject)).events
    assert "scores" not in event.details
