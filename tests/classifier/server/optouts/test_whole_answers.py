"""What a call that writes answers is what a list shows of the same record."""

from collections.abc import Callable

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from wurao.v1 import classifier_pb2, classifier_pb2_grpc, optouts_pb2_grpc
from wurao.v1 import optouts_pb2 as pb
from wurao.v1.subjects_pb2 import Contact, Subject

from tests.classifier.server.optouts.test_contacts import record

Stub = optouts_pb2_grpc.OptOutServiceStub
Number = Callable[[], Subject]
NewId = Callable[[], str]


@pytest.fixture
def tenant(new_id: NewId) -> str:
    """A tenant that no test has used yet."""
    return f"tenant-{new_id()}"


def listed(stub: Stub, tenant: str) -> list[pb.OptOut]:
    """Return every record of a tenant."""
    return list(stub.ListOptOuts(pb.ListOptOutsRequest(tenant=tenant)).opt_outs)


@pytest.mark.parametrize("requested", [None, Timestamp(seconds=1_790_000_000)])
def test_a_new_record_is_answered_with_what_was_asked(
    stub: Stub, number: Number, new_id: NewId, tenant: str, requested: Timestamp | None
) -> None:
    """All but the text and what the store alone knows, one by one and in bulk."""
    request = pb.RecordOptOutRequest(
        request_id=new_id(),
        tenant=tenant,
        subject=number(),
        intake=pb.INTAKE_AGENT,
        reasons=[classifier_pb2.REASON_PRIVACY],
        requested_at=requested,
        bot="bot-7",
        campaign="spring",
        purpose="sales",
        actor="agent-1",
        evidence=pb.Evidence(text="别打了", call_reference="c1", turn_id="t1", rule="r"),
    )
    made = [stub.RecordOptOut(request).opt_out]
    request.request_id = new_id()
    (result,) = stub.RecordOptOuts(pb.RecordOptOutsRequest(requests=[request])).results
    made.append(result.recorded.opt_out)
    shown = listed(stub, tenant)
    for one in shown:
        assert one.ruling
        assert one.HasField("requested_at")
        one.ruling = one.evidence.text = ""
        if requested is None:
            one.ClearField("requested_at")
    assert made == shown


def test_a_revoked_record_is_answered_whole(
    stub: Stub, number: Number, new_id: NewId, tenant: str
) -> None:
    """With ruling, times and evidence."""
    subject = number()
    record(stub, subject, new_id(), tenant=tenant, evidence=pb.Evidence(text="别打了"))
    revoke = pb.RevokeOptOutRequest(
        request_id=new_id(),
        tenant=tenant,
        subject=subject,
        basis=pb.REVOCATION_BASIS_SUBJECT_OPTED_IN,
        reason="letter",
        actor="anna",
    )
    assert list(stub.RevokeOptOut(revoke).opt_outs) == listed(stub, tenant)


def test_a_corrected_record_is_answered_whole(
    stub: Stub,
    classifier_stub: classifier_pb2_grpc.ClassifierServiceStub,
    number: Number,
    new_id: NewId,
    tenant: str,
    doubtful: str,
) -> None:
    """Also that a review of it waits."""
    subject = number()
    turn = classifier_pb2.Turn(text=doubtful)
    contact = Contact(tenant=tenant, subject=subject)
    classifier_stub.Classify(classifier_pb2.ClassifyRequest(turn=turn, contact=contact))
    correct = pb.CorrectSubjectRequest(
        request_id=new_id(),
        tenant=tenant,
        subject=subject,
        correction=number(),
        reason="misheard",
        actor="anna",
    )
    (moved,) = stub.CorrectSubject(correct).opt_outs
    assert moved == listed(stub, tenant)[-1]
    assert moved.state == pb.OPT_OUT_STATE_UNDER_REVIEW
