"""Hostile input over gRPC, the command line and data files: a valid answer or a clear error.

`make fuzz` runs the same properties for much longer.
"""

import json
import math
import os
import subprocess
import sys
import time
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

from classifier.errors import InvalidTurnError
from classifier.optouts.keys import add_key
from classifier.record_stream import AnsweredLine, classify_lines
from classifier.server.messages import turn_from_request
from classifier.server.optouts.service import OptOutService
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Prediction, Turn
from tests import hostile
from tests.conftest import ROOT
from tests.server_process import start_server
from training.checks import check_data

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
REGISTRY = optouts_pb2.DESCRIPTOR.services_by_name["OptOutService"]
ANSWERED = [
    method
    for method in REGISTRY.methods
    if getattr(OptOutService, method.name)
    is not getattr(optouts_pb2_grpc.OptOutServiceServicer, method.name)
]
MOST_SECONDS_PER_THOUSAND = 0.05
SLACK = 2.0
"""A busy machine's processor time reads up to twice an idle one's: its cores share caches."""
ATTEMPTS = 5
MOST_BYTES = 4 * 1024 * 1024 - 100  # more is refused by the transport, which has its own test
CALL_SECONDS = 20  # far beyond any answer, on any machine: who needs it hangs


@pytest.fixture(scope="module")
def channel(
    bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[grpc.Channel]:
    """A plain channel to a real server with a registry."""
    folder = tmp_path_factory.mktemp("registry")
    add_key(folder / "registry.keys")
    with (
        start_server(
            bundle_folder,
            WURAO_REGISTRY=str(folder / "registry.db"),
            WURAO_REGISTRY_KEYS=str(folder / "registry.keys"),
            WURAO_LOG_LEVEL="error",
        ) as server,
        grpc.insecure_channel(server.address) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def stub(channel: grpc.Channel) -> classifier_pb2_grpc.ClassifierServiceStub:
    """The contract's own client."""
    return classifier_pb2_grpc.ClassifierServiceStub(channel)


def check_prediction(text: str, prediction: Prediction) -> None:
    """Hold a prediction to what every one must be."""
    assert math.isclose(sum(prediction.scores), 1, abs_tol=1e-9)
    assert all(0 <= score <= 1 for score in prediction.scores)
    assert prediction.model_version
    last = 0
    for span in prediction.evidence:
        assert last <= span.start < span.end <= len(text)
        assert span.text == text[span.start : span.end]
        assert 0 < span.weight <= 1 + 1e-9
        last = span.end


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
@hostile.property_settings(300)
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


def seconds_of(classifier: TurnClassifier, turn: Turn) -> float:
    """Return the processor time that an answer takes, the least of a few attempts."""
    limit = limit_of(turn)
    least = math.inf
    for _ in range(ATTEMPTS):
        began = time.process_time()
        check_prediction(turn.text, classifier.classify(turn))
        least = min(least, time.process_time() - began)
        if least < limit:
            break
    return least


def limit_of(turn: Turn) -> float:
    """Return how long an answer may take: 50 ms for each thousand characters or part of it."""
    texts = [turn.text, *(said.text for said in turn.context)]
    characters = sum(map(len, [*texts, *(other.text for other in turn.alternatives)]))
    return SLACK * MOST_SECONDS_PER_THOUSAND * max(1, -(-characters // 1_000))


@given(request=hostile.requests())
@hostile.property_settings(80)
def test_no_turn_takes_long(classifier: TurnClassifier, request: pb.ClassifyRequest) -> None:
    """At most 50 ms of one core for each thousand characters, second reading included."""
    try:
        turn = turn_from_request(request)
    except InvalidTurnError:
        return
    assert seconds_of(classifier, turn) < limit_of(turn)


@pytest.mark.parametrize(
    "unit",
    [
        "以后别再打了", "别打", "不", "TD", "打 ", "你们这样我要考虑一下要不要投诉,", "a\u0301",
        "👨‍👩‍👧‍👦", "\u202e打\u200d", "\ufdfa", "的的的的的的的1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("length", [1_000, 10_000])
def test_nothing_repeated_takes_long(classifier: TurnClassifier, unit: str, length: int) -> None:
    """Texts that say one thing over and over, the worst for whatever is not linear."""
    turn = Turn((unit * length)[:length])
    assert seconds_of(classifier, turn) < limit_of(turn)


@given(content=st.lists(hostile.lines(), max_size=12))
@hostile.property_settings(150)
def test_any_line_has_an_outcome(classifier: TurnClassifier, content: list[bytes]) -> None:
    """Each line that is not blank is answered or named by its number; answers are JSON lines."""
    outcomes = list(
        classify_lines(content, lambda turns: [classifier.classify(turn) for turn in turns], 5)
    )
    assert [outcome.line for outcome in outcomes] == [
        number for number, line in enumerate(content, 1) if line.strip()
    ]
    for outcome in outcomes:
        if isinstance(outcome, AnsweredLine):
            record = json.loads(outcome.to_json())
            check_prediction(record["text"], outcome.prediction)
        else:
            assert outcome.error.isprintable()


def run(bundle: Path, *arguments: str | bytes, given_input: bytes = b"") -> tuple[int, bytes, str]:
    """Run `wurao`; return its status and what it wrote to its outputs. It never breaks down."""
    result = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        input=given_input,
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"WURAO_BUNDLE": str(bundle)},
        timeout=300,
    )
    errors = result.stderr.decode()
    assert result.returncode in {0, 1}, errors
    assert "Traceback" not in errors
    return result.returncode, result.stdout, errors


@given(content=st.lists(hostile.lines(), min_size=40, max_size=120))
@hostile.property_settings(2)
def test_the_command_line_takes_any_file(bundle_folder: Path, content: list[bytes]) -> None:
    """`wurao classify -` writes an answer or an error for each line and says so by its status."""
    wanted = sum(1 for line in content if line.strip())
    status, output, errors = run(bundle_folder, "classify", "-", given_input=b"\n".join(content))
    answers = [json.loads(line) for line in output.split(b"\n") if line]
    bad = [line for line in errors.splitlines() if line.startswith("-:")]
    assert len(answers) + len(bad) == wanted
    assert status == bool(bad)
    for answer in answers:
        for span in answer["prediction"]["evidence"]:
            assert answer["text"][span["start"] : span["end"]] == span["text"] != ""


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe\x80",
        "\u202e以后别再打了".encode(),
        b"\xed\xa0\x80",
        " \u3000\t".encode(),
        "\x1b[2J别打了".encode(),
    ],
)
def test_any_argument_is_answered_or_refused(bundle_folder: Path, text: bytes) -> None:
    """Bytes that are no text are refused in words; controls never reach the terminal."""
    _status, output, errors = run(bundle_folder, "classify", b"--text", text, b"--bot", text)
    for control in ("\x1b[2J", "\u202e"):
        assert control not in output.decode() + errors


@given(content=st.lists(hostile.lines(), min_size=1, max_size=12))
@hostile.property_settings(60)
def test_any_data_file_is_checked(
    tmp_path_factory: pytest.TempPathFactory, content: list[bytes]
) -> None:
    """Each problem of a labelled file is one printable line that names file and line."""
    data = tmp_path_factory.mktemp("data")
    write_data(data, content)
    _splits, problems = check_data(data)
    assert problems
    for problem in problems:
        assert problem.isprintable()
        assert problem.startswith(str(data))


@given(content=st.lists(hostile.lines(), min_size=20, max_size=60))
@hostile.property_settings(2)
def test_the_data_verb_takes_any_file(
    bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory, content: list[bytes]
) -> None:
    """`wurao data check` lists the problems and ends with status 1."""
    data = tmp_path_factory.mktemp("data")
    write_data(data, content)
    status, _output, errors = run(bundle_folder, "data", "check", "--data", str(data))
    assert status == 1
    assert "problems in" in errors


def write_data(data: Path, content: list[bytes]) -> None:
    """Write the same lines as every split, so that whatever can clash does."""
    for split in ("train", "test", "challenge", "behaviour"):
        (data / split).mkdir()
        (data / split / "hostile.jsonl").write_bytes(b"\n".join([*content, *content[:1]]))
    (data / "frozen.toml").write_bytes(content[0])
