"""Record, check, revoke: over real channels, through two servers on one store."""

import string
import threading
import time
from collections.abc import Callable

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from wurao.v1 import classifier_pb2, optouts_pb2_grpc
from wurao.v1 import optouts_pb2 as pb
from wurao.v1.subjects_pb2 import Subject

Stub = optouts_pb2_grpc.OptOutServiceStub
Number = Callable[[], Subject]
NewId = Callable[[], str]


def record(stub: Stub, subject: Subject, request_id: str, **more: object) -> pb.OptOut:
    """Record an opt-out and return it."""
    fields = {"intake": pb.INTAKE_AGENT, "actor": "agent-1"} | more
    request = pb.RecordOptOutRequest(request_id=request_id, subject=subject, **fields)  # type: ignore[arg-type]
    return stub.RecordOptOut(request).opt_out


def allowed(stub: Stub, subject: Subject, **more: object) -> bool:
    """Check a contact."""
    request = pb.CheckContactRequest(subject=subject, **more)  # type: ignore[arg-type]
    return stub.CheckContact(request).allowed


def refusal(call: Callable[[], object]) -> tuple[grpc.StatusCode, str, str]:
    """Return code, ErrorInfo reason (or fields of BadRequest) and message of a refused call."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error = caught.value
    assert isinstance(error, grpc.Call)
    status = rpc_status.from_call(error)
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    reason = ""
    for detail in status.details if status else ():
        if detail.Unpack(info):
            assert info.domain == "wurao"
            reason = info.reason
        elif detail.Unpack(bad):
            reason = ",".join(v.field for v in bad.field_violations)
    return error.code(), reason, str(error.details()) + str(bad)


def test_what_one_server_recorded_the_other_blocks(
    stub: Stub, other_stub: Stub, number: Number, new_id: NewId
) -> None:
    """Read your writes: no check after the answer says allowed, on whichever server."""
    for _ in range(50):
        subject = number()
        assert allowed(other_stub, subject)
        opt_out = record(stub, subject, new_id())
        answer = other_stub.CheckContact(pb.CheckContactRequest(subject=subject))
        assert not answer.allowed
        assert answer.reason == pb.BLOCK_REASON_OPTED_OUT
        assert answer.opt_out_id == opt_out.opt_out_id
        assert answer.since == opt_out.effective_at


def test_only_a_named_basis_ends_an_opt_out(
    stub: Stub, other_stub: Stub, number: Number, new_id: NewId
) -> None:
    """With a legal basis of the policy it ends when it says so; without one it never does.

    Nor does one whose end is over when it comes: it is in force when it has answered.
    """
    tenant, now = f"tenant-{new_id()}", int(time.time())
    soon, later, past = (Timestamp(seconds=now + ahead) for ahead in (4, 86_400, -60))
    basis = {"legal_basis": "subject_named_a_time"}
    people = [number() for _ in range(4)]
    asked = [{"expires_at": end} | basis for end in (soon, later, past)] + [{"expires_at": soon}]
    made = [
        record(stub, one, new_id(), tenant=tenant, **more)
        for one, more in zip(people, asked, strict=True)
    ]
    assert [opt_out.expires_at for opt_out in made[:2]] == [soon, later]
    assert not any(opt_out.HasField("expires_at") for opt_out in made[2:])
    assert not any(allowed(other_stub, one, tenant=tenant) for one in people)
    time.sleep(max(0, now + 4 - time.time()))
    assert [allowed(other_stub, one, tenant=tenant) for one in people] == [True] + [False] * 3

    def listed(*states: "pb.OptOutState.ValueType") -> list["pb.OptOutState.ValueType"]:
        request = pb.ListOptOutsRequest(tenant=tenant, states=states, page_size=2)
        found = []
        while True:
            page = stub.ListOptOuts(request)
            found += [one.state for one in page.opt_outs]
            request.page_token = page.next_page_token
            if not request.page_token:
                return found

    active, expired = pb.OPT_OUT_STATE_ACTIVE, pb.OPT_OUT_STATE_EXPIRED
    assert listed() == [expired, active, active, active]
    assert listed(active) == [active, active, active]
    assert listed(expired) == [expired]
    assert listed(expired, active) == [expired, active, active, active]
    assert listed(pb.OPT_OUT_STATE_REVOKED) == []


def test_read_your_writes_under_load(
    stub: Stub, other_stub: Stub, number: Number, new_id: NewId
) -> None:
    """Eight writers at once, each checking the other server after every answer."""
    wrong: list[str] = []

    def write(mine: list[tuple[Subject, str]]) -> None:
        for subject, request_id in mine:
            record(stub, subject, request_id)
            if allowed(other_stub, subject):
                wrong.append(request_id)

    work = [[(number(), new_id()) for _ in range(25)] for _ in range(8)]
    threads = [threading.Thread(target=write, args=(mine,)) for mine in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_every_spelling_of_a_number_is_blocked(stub: Stub, number: Number, new_id: NewId) -> None:
    """Recorded as heard, checked as dialled."""
    digits = number().value
    spoken = digits.translate(str.maketrans(string.digits, "零幺两三四五六拐八九"))
    record(stub, Subject(value=spoken), new_id())
    for written in (digits, f"+86 {digits[:3]}-{digits[3:]}", f"0086{digits}"):
        assert not allowed(stub, Subject(value=written))
    assert not allowed(stub, Subject(value=f"86{digits}", region="TW"))


def test_a_scope_blocks_only_what_it_names(stub: Stub, number: Number, new_id: NewId) -> None:
    """One campaign by phone: others and other channels go on; what is left open is blocked."""
    subject = number()
    scope = pb.Scope(campaign="spring", channel=classifier_pb2.CHANNEL_VOICE)
    opt_out = record(stub, subject, new_id(), scope=scope)
    assert opt_out.scope == scope
    voice, sms = classifier_pb2.CHANNEL_VOICE, classifier_pb2.CHANNEL_SMS
    assert not allowed(stub, subject, campaign="spring", channel=voice)
    assert allowed(stub, subject, campaign="summer", channel=voice)
    assert allowed(stub, subject, campaign="spring", channel=sms)
    assert not allowed(stub, subject)
    assert allowed(stub, subject, tenant="another")


def test_a_repeated_request_gives_the_first_answer(
    stub: Stub, other_stub: Stub, number: Number, new_id: NewId
) -> None:
    """The same request_id records once; with other content it is refused."""
    subject, request_id = number(), new_id()
    first = record(stub, subject, request_id)
    assert record(other_stub, subject, request_id) == first
    code, reason, _ = refusal(lambda: record(stub, number(), request_id))
    assert (code, reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")


def test_bulk_answers_each_item(stub: Stub, number: Number, new_id: NewId) -> None:
    """A number that cannot be read and a borrowed request_id cost the others nothing."""
    used, good = new_id(), number()
    record(stub, number(), used)
    requests = [
        pb.RecordOptOutRequest(request_id=new_id(), subject=good, intake=pb.INTAKE_SMS),
        pb.RecordOptOutRequest(request_id=new_id(), subject=Subject(value="12345678")),
        pb.RecordOptOutRequest(request_id=used, subject=number(), intake=pb.INTAKE_SMS),
        pb.RecordOptOutRequest(request_id=new_id(), subject=number(), intake=pb.INTAKE_SMS),
    ]
    results = stub.RecordOptOuts(pb.RecordOptOutsRequest(requests=requests)).results
    assert [r.request_id for r in results] == [r.request_id for r in requests]
    outcomes = [r.WhichOneof("outcome") for r in results]
    assert outcomes == ["recorded", "error", "error", "recorded"]
    assert [v.field for v in results[1].error.violations] == ["subject", "intake"]
    assert results[2].error.reason == "REQUEST_ID_REUSED"
    assert not allowed(stub, good)


def test_ten_thousand_checks_in_one_call(stub: Stub, number: Number, new_id: NewId) -> None:
    """An answer for each, in order; one that cannot be read is an error of its own."""
    subjects = [number() for _ in range(9_999)]
    record(stub, subjects[5_000], new_id())
    request = pb.CheckContactsRequest(subjects=[*subjects, Subject(value="abc")])
    results = stub.CheckContacts(request, timeout=60).results
    assert len(results) == 10_000
    assert [i for i, r in enumerate(results) if not r.answer.allowed] == [5_000, 9_999]
    assert results[9_999].error.violations[0].field == "subjects[9999]"


def test_revocation_lets_contact_happen_again(
    stub: Stub, other_stub: Stub, number: Number, new_id: NewId
) -> None:
    """With reason and actor; the record stays and says so; once over it cannot end again."""
    subject = number()
    opt_out = record(stub, subject, new_id())
    revoke = pb.RevokeOptOutRequest(
        request_id=new_id(),
        opt_out_id=opt_out.opt_out_id,
        basis=pb.REVOCATION_BASIS_SUBJECT_OPTED_IN,
        reason="asked by letter",
        actor="agent-1",
        etag=opt_out.etag,
    )
    (ended,) = stub.RevokeOptOut(revoke).opt_outs
    assert ended.state == pb.OPT_OUT_STATE_REVOKED
    assert ended.etag != opt_out.etag
    assert allowed(other_stub, subject)
    assert stub.RevokeOptOut(revoke).opt_outs[0] == ended
    revoke.request_id = new_id()
    assert refusal(lambda: stub.RevokeOptOut(revoke))[:2] == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "ALREADY_DONE",
    )


def test_a_stale_etag_is_refused(stub: Stub, number: Number, new_id: NewId) -> None:
    """Nobody ends a record that they have not seen as it stands."""
    opt_out = record(stub, number(), new_id())
    revoke = pb.RevokeOptOutRequest(
        request_id=new_id(),
        opt_out_id=opt_out.opt_out_id,
        basis=pb.REVOCATION_BASIS_MISTAKE,
        reason="x",
        actor="agent-1",
        etag=str(int(opt_out.etag) + 1),
    )
    code, reason, _ = refusal(lambda: stub.RevokeOptOut(revoke))
    assert (code, reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")


PRIVATE = "1380013800"


@pytest.mark.parametrize(
    ("call", "request_", "fields"),
    [
        ("RecordOptOut", pb.RecordOptOutRequest(), "request_id,subject,intake"),
        (
            "RecordOptOut",
            pb.RecordOptOutRequest(
                request_id="x" * 129,
                tenant="a\nb",
                subject=Subject(value=PRIVATE, kind=9),  # type: ignore[arg-type]
                intake=pb.INTAKE_SMS,
                scope=pb.Scope(campaign="", channel=77),  # type: ignore[arg-type]
                evidence=pb.Evidence(text="打" * 10_001),
                reasons=[99],  # type: ignore[list-item]
            ),
            "tenant,request_id,subject.kind,subject,scope.channel,scope.campaign,reasons[0],evidence.text",
        ),
        ("CheckContact", pb.CheckContactRequest(), "subject"),
        ("CheckContact", pb.CheckContactRequest(subject=Subject(value=PRIVATE)), "subject"),
        (
            "CheckContact",
            pb.CheckContactRequest(subject=Subject(value="13800138000", region="XX")),
            "subject.region",
        ),
        ("CheckContacts", pb.CheckContactsRequest(), "subjects"),
        ("RecordOptOuts", pb.RecordOptOutsRequest(), "requests"),
        ("RevokeOptOut", pb.RevokeOptOutRequest(), "target,basis,reason,request_id,actor"),
        ("ListOptOuts", pb.ListOptOutsRequest(page_size=1_001), "page_size"),
        ("ListEvents", pb.ListEventsRequest(kinds=["k"] * 51), "kinds"),
    ],
)  # fmt: skip
def test_a_broken_limit_names_every_field(
    stub: Stub, call: str, request_: object, fields: str
) -> None:
    """INVALID_ARGUMENT with the fields at fault, and never what they held."""
    code, found, said = refusal(lambda: getattr(stub, call)(request_))
    assert (code, found) == (grpc.StatusCode.INVALID_ARGUMENT, fields)
    assert PRIVATE not in said
    assert "打" not in said


def test_a_server_without_a_registry_says_what_to_set(server_address: str) -> None:
    """Every call is answered with the remedy; the classifier goes on."""
    with grpc.insecure_channel(server_address) as channel:
        lonely = Stub(channel)
        for call, request_ in (
            (lonely.CheckContact, pb.CheckContactRequest(subject=Subject(value="13800138000"))),
            (lonely.ListOptOuts, pb.ListOptOutsRequest()),
        ):
            code, reason, said = refusal(lambda call=call, wire=request_: call(wire))  # type: ignore[misc]
            assert code is grpc.StatusCode.FAILED_PRECONDITION
            assert reason == "REGISTRY_NOT_CONFIGURED"
            assert "WURAO_REGISTRY" in said
