"""Hostile messages over gRPC: a valid answer or a clear error, never a hang.

`make fuzz` runs the same properties for much longer.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from hypothesis import given
from hypothesis import strategies as st
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc, optouts_pb2, optouts_pb2_grpc

from classifier.server.optouts.service import OptOutService
from tests import hostile
from tests.new_registry import new_registry
from tests.server_process import start_server

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
REGISTRY = optouts_pb2.DESCRIPTOR.services_by_name["OptOutService"]
ANSWERED = [
    method
    for method in REGISTRY.methods
    if getattr(OptOutService, method.name)
    is not getattr(optouts_pb2_grpc.OptOutServiceServicer, method.name)
]
MOST_BYTES = 4 * 1024 * 1024 - 100  # more is refused by the transport, which has its own test
CALL_SECONDS = 20  # far beyond any answer, on any machine: who needs it hangs


@pytest.fixture(scope="module")
def channel(
    bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[grpc.Channel]:
    """A plain channel to a real server with a registry."""
    folder = tmp_path_factory.mktemp("registry")
    with (
        start_server(bundle_folder, WURAO_LOG_LEVEL="error", **new_registry(folder)) as server,
        grpc.insecure_channel(server.address) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def stub(channel: grpc.Channel) -> classifier_pb2_grpc.ClassifierServiceStub:
    """The contract's own client."""
    return classifier_pb2_grpc.ClassifierServiceStub(channel)


def check_wire_prediction(text: str, prediction: pb.Prediction) -> None:
    """The same on the wire."""
    scores = prediction.scores
    assert math.isclose(scores.opt_out + scores.complaint + scores.normal, 1, abs_tol=1e-9)
    assert prediction.label in {pb.LABEL_OPT_OUT, pb.LABEL_COMPLAINT, pb.LABEL_NORMAL}
    assert prediction.action != pb.ACTION_UNSPECIFIED
    for span in prediction.evidence:
        assert 0 <= span.start < span.end <= len(text)
        assert span.text == text[span.start : span.end]


CLEAR = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.ABORTED,
}
"""What a bad request may be answered with; never INTERNAL, UNKNOWN or nothing in time."""


def check_refusal(error: grpc.RpcError) -> None:
    """A refusal says which fields are wrong or gives a reason, in words of ours; no more."""
    assert isinstance(error, grpc.Call)
    assert error.code() in CLEAR, error.details()
    assert (error.details() or "").isascii()
    if error.details() == "the bytes are no message of this call":
        return
    status, bad = rpc_status.from_call(error), error_details_pb2.BadRequest()
    assert status is not None
    assert status.details
    if error.code() is grpc.StatusCode.INVALID_ARGUMENT and status.details[0].Unpack(bad):
        assert bad.field_violations
        for violation in bad.field_violations:
            assert violation.field
            assert violation.description.isascii()


@given(request=hostile.requests())
@hostile.property_settings(80)
def test_any_message_is_answered_or_refused(
    stub: classifier_pb2_grpc.ClassifierServiceStub, request: pb.ClassifyRequest
) -> None:
    """Unary and batch agree: a valid answer, or INVALID_ARGUMENT that names the fields."""
    if request.ByteSize() > MOST_BYTES:
        return
    answer: pb.ClassifyResponse | None = None
    try:
        answer = stub.Classify(request, timeout=CALL_SECONDS)
        check_wire_prediction(request.turn.text, answer.prediction)
    except grpc.RpcError as error:
        check_refusal(error)
    batch = pb.ClassifyBatchRequest(requests=[request])
    (result,) = stub.ClassifyBatch(batch, timeout=CALL_SECONDS).results
    assert (result.WhichOneof("outcome") == "prediction") == (answer is not None)
    assert answer is None or result.prediction == answer.prediction


@given(content=hostile.mangled_requests())
@hostile.property_settings(100)
def test_any_bytes_are_answered_or_refused(channel: grpc.Channel, content: bytes) -> None:
    """What is no message is refused in words of ours; what still is one is answered."""
    raw: Any = channel
    for method in ("Classify", "ClassifyBatch", "GetModel"):
        call = raw.unary_unary(f"/wurao.v1.ClassifierService/{method}")
        try:
            call(content, timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            check_refusal(error)
    stream = raw.stream_stream("/wurao.v1.ClassifierService/ClassifyStream")
    try:
        list(stream(iter([content, content]), timeout=CALL_SECONDS))
    except grpc.RpcError as error:
        check_refusal(error)


@given(data=st.data())
@hostile.property_settings(150)
def test_the_registry_takes_any_message(channel: grpc.Channel, data: st.DataObject) -> None:
    """Each call of the registry, with any field set to anything: done or clearly refused."""
    raw: Any = channel
    method = data.draw(st.sampled_from(ANSWERED), "method")
    content = data.draw(hostile.messages(method.input_type), "request").SerializeToString()
    try:
        raw.unary_unary(f"/{REGISTRY.full_name}/{method.name}")(content, timeout=CALL_SECONDS)
    except grpc.RpcError as error:
        check_refusal(error)


@given(text=hostile.texts(), others=st.lists(hostile.texts(), max_size=3), final=st.booleans())
@hostile.property_settings(25)
def test_any_conversation_is_answered(
    stub: classifier_pb2_grpc.ClassifierServiceStub, text: str, others: list[str], final: bool
) -> None:
    """Each hypothesis of a stream has its answer or its error, whatever was said before."""
    heard = [
        pb.ClassifyStreamRequest(hypothesis=pb.Hypothesis(turn_id="t", text=said, final=final))
        for said in [*others, text]
    ]
    answers = list(stub.ClassifyStream(iter(heard), timeout=CALL_SECONDS))
    assert len(answers) == len(heard)
    for said, answer in zip([*others, text], answers, strict=True):
        if answer.WhichOneof("outcome") == "prediction":
            check_wire_prediction(said, answer.prediction)
        else:
            assert answer.error.violations[0].field == "hypothesis.text"


def test_enormous_messages_are_refused_by_the_transport(channel: grpc.Channel) -> None:
    """More than 4 MiB is RESOURCE_EXHAUSTED, just below is a refusal of ours; the server lives."""
    raw: Any = channel
    call = raw.unary_unary("/wurao.v1.ClassifierService/Classify")
    for size, code in (
        (5 * 1024 * 1024, grpc.StatusCode.RESOURCE_EXHAUSTED),
        (4 * 1024 * 1024 - 100, grpc.StatusCode.INVALID_ARGUMENT),
    ):
        content = pb.ClassifyRequest(turn=pb.Turn(text="x" * size)).SerializeToString()
        with pytest.raises(grpc.RpcError) as caught:
            call(content, timeout=CALL_SECONDS)
        assert caught.value.code() is code
    many = pb.ClassifyRequest(turn=pb.Turn(text="好"))
    many.turn.context.extend([pb.ContextTurn()] * 500_000)
    with pytest.raises(grpc.RpcError) as caught:
        call(many.SerializeToString(), timeout=CALL_SECONDS)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    fine = pb.ClassifyRequest(turn=pb.Turn(text="以后别再打了")).SerializeToString()
    assert pb.ClassifyResponse.FromString(call(fine)).prediction.label == pb.LABEL_OPT_OUT
