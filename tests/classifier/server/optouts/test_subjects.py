"""The data of one subject, over real channels: looked at, exported, corrected, erased."""

from collections.abc import Callable

import grpc
from wurao.v1 import optouts_pb2 as pb
from wurao.v1 import optouts_pb2_grpc
from wurao.v1.subjects_pb2 import SUBJECT_KIND_CHAT, SUBJECT_KIND_PHONE, Subject

from tests.classifier.server.optouts.test_contacts import allowed, record, refusal

Stub = optouts_pb2_grpc.OptOutServiceStub
Number = Callable[[], Subject]
NewId = Callable[[], str]
SAID = pb.Evidence(text="別再打嚟喇")


def test_a_look_at_the_clear_number_is_an_event(
    stub: Stub, other_stub: Stub, number: Number, new_id: NewId
) -> None:
    """Without `reveal` no number comes; with it, who looked is in the log."""
    subject = number()
    made = record(stub, subject, new_id(), evidence=SAID)
    held = stub.GetSubject(pb.GetSubjectRequest(subject=subject))
    assert held.subject_kind == SUBJECT_KIND_PHONE
    assert not held.clear_value
    assert [one.opt_out_id for one in held.opt_outs] == [made.opt_out_id]
    assert held.opt_outs[0].evidence.text == SAID.text
    look = pb.GetSubjectRequest(subject_id=held.subject_id, reveal=True)
    assert refusal(lambda: stub.GetSubject(look))[1] == "actor"
    look.actor = "anna"
    assert other_stub.GetSubject(look).clear_value == f"+86{subject.value}"
    events = stub.ListEvents(pb.ListEventsRequest(subject=subject)).events
    assert [event.actor for event in events] == ["agent-1", "anna"]


def test_a_subject_reads_what_is_held(stub: Stub, number: Number, new_id: NewId) -> None:
    """A page with the number, the opt-out and what was said; handing it out is an event."""
    subject = number()
    record(stub, subject, new_id(), evidence=SAID)
    request = pb.ExportSubjectRequest(request_id=new_id(), subject=subject, actor="anna")
    file = stub.ExportSubject(request)
    assert file.media_type == "text/html; charset=utf-8"
    page = file.content.decode()
    assert f"+86{subject.value}" in page
    assert SAID.text in page
    events = stub.ListEvents(pb.ListEventsRequest(subject=subject)).events
    assert len(events) == 2


def test_a_wrong_number_is_put_right(
    stub: Stub, other_stub: Stub, number: Number, new_id: NewId
) -> None:
    """The right one is blocked and the wrong one free, from the answer on."""
    wrong, right = number(), number()
    record(stub, wrong, new_id())
    request = pb.CorrectSubjectRequest(
        request_id=new_id(), subject=wrong, correction=right, reason="misheard", actor="anna"
    )
    (moved,) = stub.CorrectSubject(request).opt_outs
    assert moved.state == pb.OPT_OUT_STATE_ACTIVE
    assert allowed(other_stub, wrong)
    assert not allowed(other_stub, right)


def test_an_erased_subject_stays_blocked(
    stub: Stub, other_stub: Stub, number: Number, new_id: NewId
) -> None:
    """Number and texts are gone; the keyed hash still refuses, and what was kept is said."""
    subject = number()
    record(stub, subject, new_id(), evidence=SAID)
    request = pb.EraseSubjectRequest(
        request_id=new_id(), subject=subject, reason="asked by letter", actor="anna"
    )
    done = stub.EraseSubject(request)
    assert done.erased
    assert done.kept
    assert not allowed(other_stub, subject)
    look = pb.GetSubjectRequest(subject=subject, reveal=True, actor="anna")
    held = other_stub.GetSubject(look)
    assert not held.clear_value
    assert held.erased_at == done.erased_at
    assert not held.opt_outs[0].evidence.text
    (listed,) = stub.ListOptOuts(pb.ListOptOutsRequest(subject=subject)).opt_outs
    assert listed.state == pb.OPT_OUT_STATE_ACTIVE


def test_an_open_case_holds_an_erasure_up(
    stub: Stub, other_stub: Stub, number: Number, new_id: NewId
) -> None:
    """It is refused by the name of the field that would let it go on, and told when it did."""
    subject = number()
    record(stub, subject, new_id(), evidence=SAID)
    said = pb.RecordFeedbackRequest(
        request_id=new_id(), kind=pb.FEEDBACK_KIND_COMPLAINT, subject=subject, text="老打",
        intake=pb.INTAKE_AGENT, actor="anna",
    )  # fmt: skip
    case_id = stub.RecordFeedback(said).case_id
    request = pb.EraseSubjectRequest(
        request_id=new_id(), subject=subject, reason="asked by letter", actor="anna"
    )
    code, field, message = refusal(lambda: stub.EraseSubject(request))
    assert (code, field) == (grpc.StatusCode.INVALID_ARGUMENT, "despite_open_cases")
    assert f"must be set while cases are open (case {case_id})" in message
    request.despite_open_cases = True
    kept = other_stub.EraseSubject(request).kept
    assert f"case {case_id}" in kept["open_cases"]
    assert "keep it for 5 years" in kept["evidence"]


def test_an_unknown_subject_is_not_found(stub: Stub, number: Number, new_id: NewId) -> None:
    """Each call says so, and nothing is written."""
    subject = number()
    calls: list[Callable[[], object]] = [
        lambda: stub.GetSubject(pb.GetSubjectRequest(subject=subject)),
        lambda: stub.EraseSubject(
            pb.EraseSubjectRequest(request_id=new_id(), subject=subject, reason="x", actor="anna")
        ),
        lambda: stub.ExportSubject(
            pb.ExportSubjectRequest(request_id=new_id(), subject=subject, actor="anna")
        ),
    ]
    for call in calls:
        assert refusal(call)[:2] == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    # Behind a label only what may be held from before is read as an account.
    subject.kind, subject.value = SUBJECT_KIND_CHAT, f"phone:{subject.value}"
    for call in calls:
        assert refusal(call)[:2] == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    for call in (lambda: record(stub, subject, new_id()), lambda: allowed(stub, subject)):
        assert refusal(call)[:2] == (grpc.StatusCode.INVALID_ARGUMENT, "subject")
