"""Classify with a contact: what is heard is recorded before it is answered."""

from collections.abc import Callable, Iterator

import grpc
import pytest
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc, optouts_pb2, optouts_pb2_grpc
from wurao.v1.subjects_pb2 import Contact, Subject

Classifier = classifier_pb2_grpc.ClassifierServiceStub
Registry = optouts_pb2_grpc.OptOutServiceStub
Number = Callable[[], Subject]
PLAIN, ORDINARY = "以后别再打电话给我了", "嗯 好的"


def blocked(registry: Registry, subject: Subject) -> str:
    """Return which opt-out blocks a subject; empty where contact is allowed."""
    answer = registry.CheckContact(optouts_pb2.CheckContactRequest(subject=subject))
    return "" if answer.allowed else answer.opt_out_id


def classify(text: str, subject: Subject, turn_id: str = "") -> pb.ClassifyRequest:
    """Return a request about a turn of a contact."""
    contact = Contact(subject=subject, call_reference="call-1", bot="bot-7", campaign="spring")
    return pb.ClassifyRequest(
        conversation_id="c-1", turn=pb.Turn(text=text, turn_id=turn_id), contact=contact
    )


def test_a_heard_opt_out_is_in_force_when_answered(
    classifier_stub: Classifier, other_stub: Registry, number: Number
) -> None:
    """The other server blocks the subject, and names the record that the answer named."""
    subject = number()
    answer = classifier_stub.Classify(classify(PLAIN, subject))
    assert answer.prediction.label == pb.LABEL_OPT_OUT
    assert answer.recorded.opt_out_id == blocked(other_stub, subject) != ""
    assert not answer.recorded.review_id


def test_a_doubtful_turn_suppresses_and_opens_a_review(
    classifier_stub: Classifier, other_stub: Registry, number: Number, doubtful: str
) -> None:
    """Suppressed first, reviewed after: no contact until a person has decided."""
    subject = number()
    answer = classifier_stub.Classify(classify(doubtful, subject))
    assert answer.prediction.action == pb.ACTION_CLARIFY
    assert answer.recorded.review_id
    assert answer.recorded.opt_out_id == blocked(other_stub, subject) != ""


def test_an_ordinary_turn_leaves_nothing(
    classifier_stub: Classifier, stub: Registry, number: Number
) -> None:
    """Nothing is written, and contact stays allowed."""
    subject = number()
    answer = classifier_stub.Classify(classify(ORDINARY, subject))
    assert answer.prediction.label == pb.LABEL_NORMAL
    assert not answer.HasField("recorded")
    assert not blocked(stub, subject)


def test_a_complaint_opens_one_case_for_its_call(
    classifier_stub: Classifier, stub: Registry, number: Number
) -> None:
    """A grievance becomes a case, further ones of its call belong to it, and nothing blocks."""
    subject = number()
    cases = []
    first, second = "我要投诉你们", "你们服务态度太差了"
    for call, text in (("k-1", first), ("k-1", second), ("k-2", first)):
        request = classify(text, subject)
        request.contact.call_reference = call
        answer = classifier_stub.Classify(request)
        assert answer.prediction.label == pb.LABEL_COMPLAINT
        assert not answer.recorded.opt_out_id
        cases.append(answer.recorded.case_id)
    assert cases[0] == cases[1] != cases[2] != ""
    assert not blocked(stub, subject)
    found = stub.ListCases(optouts_pb2.ListCasesRequest(page_size=200)).cases
    assert {case.case_id: case.text for case in found}[cases[0]] == f"{first}\n{second}"


def test_a_call_has_a_case_of_each_subject(classifier_stub: Classifier, number: Number) -> None:
    """A bot that gives one call reference to everybody loses nobody's complaint."""
    requests = [classify("我要投诉你们", number(), "t-1") for _ in range(2)]
    answers = [classifier_stub.Classify(request) for request in requests]
    assert len({answer.recorded.case_id for answer in answers}) == 2


def test_a_stream_without_a_name_is_one_call(classifier_stub: Classifier, number: Number) -> None:
    """Its complaints belong to one case, and those of another stream to another."""
    contact = Contact(subject=number())
    texts = ("我要投诉你们", "你们服务态度太差了")
    messages = [
        pb.ClassifyStreamRequest(
            contact=contact, hypothesis=pb.Hypothesis(turn_id=text[:1], text=text, final=True)
        )
        for text in texts
    ]
    streams = [classifier_stub.ClassifyStream(iter(messages)) for _ in range(2)]
    (first, again), (other, _) = [[a.recorded.case_id for a in answers] for answers in streams]
    assert first == again != other != ""


def test_a_stream_that_was_begun_again_is_no_repeat(
    classifier_stub: Classifier, stub: Registry, number: Number
) -> None:
    """Without a name it may be the same call, so who says it again within the hour asked once."""
    contact = Contact(subject=number(), tenant="begun-again")
    hypothesis = pb.Hypothesis(text=PLAIN, final=True)
    for _ in range(2):
        message = pb.ClassifyStreamRequest(contact=contact, hypothesis=hypothesis)
        (answer,) = classifier_stub.ClassifyStream(iter([message]))
        assert answer.recorded.opt_out_id
    found = stub.ListOptOuts(optouts_pb2.ListOptOutsRequest(tenant=contact.tenant)).opt_outs
    assert {one.evidence.conversation_id for one in found} == {""}
    assert not stub.ListCases(optouts_pb2.ListCasesRequest(tenant=contact.tenant)).cases


def test_a_retry_of_a_turn_records_once(classifier_stub: Classifier, number: Number) -> None:
    """The same call and turn give the same record; the turn in other words gives another."""
    subject = number()
    first = classifier_stub.Classify(classify(PLAIN, subject, "t-1")).recorded
    again = classifier_stub.Classify(classify(PLAIN, subject, "t-1")).recorded
    assert first == again
    anew = classifier_stub.Classify(classify(PLAIN + "啊", subject, "t-1")).recorded
    assert anew.opt_out_id != first.opt_out_id


def test_the_record_holds_what_decided(
    classifier_stub: Classifier, stub: Registry, number: Number
) -> None:
    """Turn, scores, model, bot, campaign and call are evidence that can be shown."""
    subject = number()
    answer = classifier_stub.Classify(classify(PLAIN, subject, "t-2"))
    request = optouts_pb2.ListOptOutsRequest(subject=subject)
    (opt_out,) = stub.ListOptOuts(request).opt_outs
    assert opt_out.opt_out_id == answer.recorded.opt_out_id
    assert (opt_out.bot, opt_out.campaign) == ("bot-7", "spring")
    assert opt_out.intake == optouts_pb2.INTAKE_BOT_VOICE
    evidence = opt_out.evidence
    assert (evidence.text, evidence.call_reference) == (PLAIN, "call-1")
    assert (evidence.conversation_id, evidence.turn_id) == ("c-1", "t-2")
    assert evidence.scores == answer.prediction.scores
    assert evidence.model_version == answer.prediction.model_version


def test_a_batch_records_each_turn(
    classifier_stub: Classifier, stub: Registry, number: Number
) -> None:
    """Contacts may differ; one that cannot be read is an error of its turn alone."""
    one, other = number(), number()
    requests = [
        classify(PLAIN, one),
        classify(PLAIN, Subject(value="1")),
        classify(ORDINARY, other),
    ]
    results = classifier_stub.ClassifyBatch(pb.ClassifyBatchRequest(requests=requests)).results
    assert results[0].recorded.opt_out_id == blocked(stub, one) != ""
    assert results[1].error.violations[0].field == "contact.subject"
    assert not results[2].HasField("recorded")
    assert not blocked(stub, other)


def test_the_time_of_a_request_is_that_at_which_its_call_came_in(
    classifier_stub: Classifier, stub: Registry, number: Number
) -> None:
    """Not that at which it was written down, in a batch and a stream too; a retry is no other."""
    subjects = [number() for _ in range(4)]
    classifier_stub.Classify(classify(PLAIN, subjects[0], "t-3"))
    batch = pb.ClassifyBatchRequest(requests=[classify(PLAIN, who) for who in subjects[1:3]])
    classifier_stub.ClassifyBatch(batch)
    said = pb.Hypothesis(turn_id="1", text=PLAIN, final=True)
    contact = Contact(subject=subjects[3])
    stream = iter([pb.ClassifyStreamRequest(contact=contact, hypothesis=said)])
    list(classifier_stub.ClassifyStream(stream))
    classifier_stub.Classify(classify(PLAIN, subjects[0], "t-3"))
    requested = []
    for subject in subjects:
        (opt_out,) = stub.ListOptOuts(optouts_pb2.ListOptOutsRequest(subject=subject)).opt_outs
        requested.append(opt_out.requested_at.ToNanoseconds())
        assert requested[-1] < opt_out.effective_at.ToNanoseconds()
    assert requested[0] < requested[1] == requested[2] < requested[3]


def test_a_stream_records_with_the_final_hypothesis(
    classifier_stub: Classifier, stub: Registry, number: Number
) -> None:
    """An interim opt-out that later words take back is not recorded; a final one is."""
    subject = number()

    def events() -> Iterator[pb.ClassifyStreamRequest]:
        first = pb.Hypothesis(turn_id="1", text="别再打")
        yield pb.ClassifyStreamRequest(contact=Contact(subject=subject), hypothesis=first)
        final = pb.Hypothesis(turn_id="1", text=ORDINARY, final=True)
        yield pb.ClassifyStreamRequest(hypothesis=final)
        plain = pb.Hypothesis(turn_id="2", text=PLAIN, final=True)
        yield pb.ClassifyStreamRequest(hypothesis=plain)

    answers = list(classifier_stub.ClassifyStream(events()))
    assert not answers[0].HasField("recorded")
    assert not answers[1].HasField("recorded")
    assert answers[2].recorded.opt_out_id == blocked(stub, subject) != ""


def test_a_stream_that_breaks_off_records_what_was_heard_last(
    classifier_stub: Classifier, stub: Registry, number: Number
) -> None:
    """Who hangs up on 别再打了 has opted out, though no final hypothesis came."""
    ended, cancelled = number(), number()

    def events(subject: Subject) -> Iterator[pb.ClassifyStreamRequest]:
        heard = pb.Hypothesis(turn_id="1", text=PLAIN)
        yield pb.ClassifyStreamRequest(contact=Contact(subject=subject), hypothesis=heard)

    list(classifier_stub.ClassifyStream(events(ended)))
    assert blocked(stub, ended)

    def waiting() -> Iterator[pb.ClassifyStreamRequest]:
        yield from events(cancelled)
        hung_up.wait(10)

    import threading
    import time

    hung_up = threading.Event()
    call = classifier_stub.ClassifyStream(waiting())
    next(iter(call))
    call.cancel()
    hung_up.set()
    deadline = time.monotonic() + 5
    while not blocked(stub, cancelled) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert blocked(stub, cancelled)


def test_a_doubt_that_is_answered_is_none(
    classifier_stub: Classifier, other_stub: Registry, number: Number, doubtful: str
) -> None:
    """Asked back and told plainly in the same call, nobody reviews it and the check says so."""
    subject, reasons = number(), list[int]()
    for text in (doubtful, PLAIN):
        request = classify(text, subject)
        request.contact.call_reference = f"call-{subject.value}"
        classifier_stub.Classify(request)
        check = optouts_pb2.CheckContactRequest(subject=subject)
        reasons.append(other_stub.CheckContact(check).reason)
    assert reasons == [
        optouts_pb2.BLOCK_REASON_UNDER_REVIEW, optouts_pb2.BLOCK_REASON_OPTED_OUT
    ]  # fmt: skip


@pytest.mark.parametrize("basis", ["SUBJECT_OPTED_IN", "MISTAKE"])
def test_a_turn_whose_record_was_ended_is_recorded_anew(
    classifier_stub: Classifier, stub: Registry, other_stub: Registry, number: Number, basis: str
) -> None:
    """Whoever says the very same again after opting back in is blocked when it is answered."""
    subject, seen = number(), list[str]()
    turn_id = f"t-{subject.value}"  # ids that nobody else has used
    for _attempt in range(3):
        answer = classifier_stub.Classify(classify(PLAIN, subject, turn_id))
        assert answer.recorded.opt_out_id == blocked(other_stub, subject) != ""
        again = classifier_stub.Classify(classify(PLAIN, subject, turn_id))
        assert again.recorded == answer.recorded
        seen.append(answer.recorded.opt_out_id)
        revocation = optouts_pb2.RevokeOptOutRequest(
            request_id=f"{basis}-{seen[-1]}", opt_out_id=seen[-1], actor="lin", reason="asked",
            basis=optouts_pb2.RevocationBasis.Value(f"REVOCATION_BASIS_{basis}"),
        )  # fmt: skip
        stub.RevokeOptOut(revocation)
        assert not blocked(other_stub, subject)
    assert len(set(seen)) == 3


def test_a_contact_needs_a_registry(server_address: str) -> None:
    """A server without one refuses rather than forget; without a contact it answers."""
    with grpc.insecure_channel(server_address) as channel:
        lonely = Classifier(channel)
        with pytest.raises(grpc.RpcError) as caught:
            lonely.Classify(classify(ORDINARY, Subject(value="13800138000")))
        assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert lonely.Classify(pb.ClassifyRequest(turn=pb.Turn(text=ORDINARY))).prediction.label


def test_a_contact_that_cannot_be_read_is_refused_at_once(classifier_stub: Classifier) -> None:
    """Not only when something would have to be written."""
    with pytest.raises(grpc.RpcError) as caught:
        classifier_stub.Classify(classify(ORDINARY, Subject(value="1380013800")))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
