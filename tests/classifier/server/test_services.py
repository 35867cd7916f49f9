"""The service, asked over a real channel."""

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from grpc_status import rpc_status
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from classifier.turn_classifier import TurnClassifier
from classifier.turns import Channel, ContextTurn, Speaker, Turn

PRIVATE = "我的电话是13800138000"


@pytest.fixture
def channel(server_address: str) -> Iterator[grpc.Channel]:
    """A plain channel to the server."""
    with grpc.insecure_channel(server_address) as opened:
        yield opened


@pytest.fixture
def stub(channel: grpc.Channel) -> classifier_pb2_grpc.ClassifierServiceStub:
    """The contract's own client."""
    return classifier_pb2_grpc.ClassifierServiceStub(channel)


def request(text: str, **fields: object) -> pb.ClassifyRequest:
    """Return a request about one turn."""
    return pb.ClassifyRequest(turn=pb.Turn(text=text, turn_id="t1", **fields))  # type: ignore[arg-type]


def violations_of(error: grpc.RpcError) -> dict[str, str]:
    """Return field -> description of the BadRequest that came with an error."""
    assert isinstance(error, grpc.Call)
    status = rpc_status.from_call(error)
    assert status is not None
    bad_request = error_details_pb2.BadRequest()
    assert status.details[0].Unpack(bad_request)
    return {v.field: v.description for v in bad_request.field_violations}


def test_classify_answers_as_the_classifier_does(
    stub: classifier_pb2_grpc.ClassifierServiceStub, classifier: TurnClassifier
) -> None:
    """Nothing is lost on the wire: label, scores to the last bit, evidence, version."""
    said = ContextTurn(Speaker.BOT, "請問您是要取消後續來電嗎")
    expected = classifier.classify(Turn("對 取消吧", Channel.CHAT, (said,)))
    answer = stub.Classify(
        request(
            "對 取消吧",
            channel=pb.CHANNEL_CHAT,
            context=[pb.ContextTurn(speaker=pb.SPEAKER_BOT, text=said.text)],
        )
    )
    got = answer.prediction
    assert answer.turn_id == "t1"
    assert pb.Label.Name(got.label) == f"LABEL_{expected.label.name}"
    assert (got.scores.opt_out, got.scores.complaint, got.scores.normal) == expected.scores
    assert pb.Action.Name(got.action) == f"ACTION_{expected.action.name}"
    spans = [(span.start, span.end, span.text, span.weight) for span in got.evidence]
    assert spans == [(s.start, s.end, s.text, s.weight) for s in expected.evidence]
    assert got.model_version == classifier.manifest.version


@pytest.mark.parametrize(
    ("bad", "fields"),
    [
        (pb.ClassifyRequest(), ["turn"]),
        (request(""), ["turn.text"]),
        (request("打" * 10_001), ["turn.text"]),
        (request("好", channel=77), ["turn.channel"]),
        (request("好", context=[pb.ContextTurn(text="喂")]), ["turn.context[0].speaker"]),
        (
            request("", context=[pb.ContextTurn(speaker=pb.SPEAKER_BOT, text="喂")] * 200),
            ["turn.text", "turn.context"],
        ),
        (
            request("好", alternatives=[pb.Alternative(text="号", confidence=2)]),
            ["turn.alternatives[0].confidence"],
        ),
        (
            pb.ClassifyRequest(
                conversation_id="c" * 129,
                turn=pb.Turn(
                    turn_id="t" * 129,
                    channel=77,  # type: ignore[arg-type]
                    context=[pb.ContextTurn(text="喂")],
                ),
            ),
            [
                "conversation_id",
                "turn.turn_id",
                "turn.channel",
                "turn.context[0].speaker",
                "turn.text",
            ],
        ),
        (
            request("好", alternatives=[pb.Alternative(text="号" * 1_000)] * 11),
            ["turn.alternatives"],
        ),
    ],
)
def test_broken_limit_names_every_field(
    stub: classifier_pb2_grpc.ClassifierServiceStub, bad: pb.ClassifyRequest, fields: list[str]
) -> None:
    """INVALID_ARGUMENT with a BadRequest whose fields are those at fault."""
    with pytest.raises(grpc.RpcError) as caught:
        stub.Classify(bad)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert list(violations_of(caught.value)) == fields


def test_errors_never_repeat_what_was_said(
    stub: classifier_pb2_grpc.ClassifierServiceStub,
) -> None:
    """Neither message nor details hold the caller's text."""
    with pytest.raises(grpc.RpcError) as caught:
        stub.Classify(request(PRIVATE * 1_000))
    whole = str(caught.value) + str(violations_of(caught.value))
    assert "13800138000" not in whole
    assert "电话" not in whole


def test_batch_has_a_result_or_an_error_for_each(
    stub: classifier_pb2_grpc.ClassifierServiceStub,
) -> None:
    """One bad turn costs no other its answer, and order is kept."""
    batch = pb.ClassifyBatchRequest(requests=[request("以后别再打了"), request(""), request("嗯")])
    results = stub.ClassifyBatch(batch).results
    assert [r.WhichOneof("outcome") for r in results] == ["prediction", "error", "prediction"]
    assert results[0].prediction.label == pb.LABEL_OPT_OUT
    assert results[1].error.violations[0].field == "turn.text"


@pytest.mark.parametrize("size", [0, 1_001])
def test_batch_size_is_limited(stub: classifier_pb2_grpc.ClassifierServiceStub, size: int) -> None:
    """An empty and an oversized batch are refused as a whole."""
    with pytest.raises(grpc.RpcError) as caught:
        stub.ClassifyBatch(pb.ClassifyBatchRequest(requests=[request("嗯")] * size))
    assert list(violations_of(caught.value)) == ["requests"]


def test_stream_remembers_the_conversation(
    stub: classifier_pb2_grpc.ClassifierServiceStub, classifier: TurnClassifier
) -> None:
    """Interim hypotheses are answered and forgotten; final ones and the bot's words are context."""

    def events() -> Iterator[pb.ClassifyStreamRequest]:
        bot = pb.ContextTurn(speaker=pb.SPEAKER_BOT, text="请问是要取消后续来电吗")
        yield pb.ClassifyStreamRequest(conversation_id="c", channel=pb.CHANNEL_VOICE, said=bot)
        yield pb.ClassifyStreamRequest(hypothesis=pb.Hypothesis(turn_id="1", text="对"))
        yield pb.ClassifyStreamRequest(hypothesis=pb.Hypothesis(turn_id="1", text=""))
        final = pb.Hypothesis(turn_id="1", text="对 取消", final=True)
        yield pb.ClassifyStreamRequest(hypothesis=final)
        yield pb.ClassifyStreamRequest(hypothesis=pb.Hypothesis(turn_id="2", text="谢谢"))

    answers = list(stub.ClassifyStream(events()))
    assert [(a.turn_id, a.final) for a in answers] == [
        ("1", False),
        ("1", False),
        ("1", True),
        ("2", False),
    ]
    assert answers[1].error.violations[0].field == "hypothesis.text"
    asked = ContextTurn(Speaker.BOT, "请问是要取消后续来电吗")
    expected = classifier.classify(Turn("对 取消", context=(asked,)))
    assert answers[2].prediction.scores.opt_out == expected.scores[0]
    confirmed = ContextTurn(Speaker.USER, "对 取消")
    expected = classifier.classify(Turn("谢谢", context=(asked, confirmed)))
    assert answers[3].prediction.scores.opt_out == expected.scores[0]


def test_stream_message_without_event_ends_the_stream(
    stub: classifier_pb2_grpc.ClassifierServiceStub,
) -> None:
    """The error names the oneof."""
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.ClassifyStream(iter([pb.ClassifyStreamRequest(conversation_id="c")])))
    assert list(violations_of(caught.value)) == ["event"]


def test_get_model_tells_what_answers(
    stub: classifier_pb2_grpc.ClassifierServiceStub, classifier: TurnClassifier
) -> None:
    """Version, labels, digests and test scores are the manifest's, thresholds those in force."""
    model, manifest = stub.GetModel(pb.GetModelRequest()), classifier.manifest
    assert model.version == manifest.version
    assert list(model.labels) == [pb.LABEL_OPT_OUT, pb.LABEL_COMPLAINT, pb.LABEL_NORMAL]
    for name in ("stop", "review", "complaint", "objection"):
        assert getattr(model.thresholds, name) == getattr(classifier.thresholds, name)
    assert classifier.thresholds != manifest.thresholds  # the second reader is at work
    assert model.data_digest == manifest.data_digest
    assert model.test_macro_f1.value == manifest.test_scores["macro_f1"]["value"]
    assert 0.5 < model.test_scores[0].recall.low < model.test_scores[0].recall.high < 1


def test_health_and_reflection_are_standard(channel: grpc.Channel) -> None:
    """Probes and tools that know only the standards find their way."""
    health = health_pb2_grpc.HealthStub(channel)
    for name in ("", "wurao.v1.ClassifierService"):
        status = health.Check(health_pb2.HealthCheckRequest(service=name)).status
        assert status == health_pb2.HealthCheckResponse.SERVING
    services = ProtoReflectionDescriptorDatabase(channel).get_services()
    assert "wurao.v1.ClassifierService" in list(services)
    ask: grpc.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
    )
    wanted = reflection_pb2.ServerReflectionRequest(file_containing_symbol="wurao.v1.Turn")
    (answer,) = ask(iter([wanted.SerializeToString()]), timeout=20)
    assert b"wurao/v1/classifier.proto" in answer


def test_very_many_violations_still_arrive(
    stub: classifier_pb2_grpc.ClassifierServiceStub,
) -> None:
    """Details are cut so that the status is never lost on its way."""
    of_nobody = [pb.ContextTurn(text="喂")] * 100
    with pytest.raises(grpc.RpcError) as caught:
        stub.Classify(request("好", context=of_nobody))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert len(violations_of(caught.value)) == 20


def test_stream_refuses_the_subject_as_context(
    stub: classifier_pb2_grpc.ClassifierServiceStub,
) -> None:
    """What the subject says is to be classified, not passed by."""
    said = pb.ContextTurn(speaker=pb.SPEAKER_USER, text="别打了")
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.ClassifyStream(iter([pb.ClassifyStreamRequest(said=said)])))
    assert list(violations_of(caught.value)) == ["said.speaker"]


@pytest.mark.parametrize("method", ["Classify", "ClassifyStream"])
def test_garbage_on_the_wire_is_refused_without_a_word_of_ours(
    channel: grpc.Channel, method: str
) -> None:
    """Bytes that are no message get INVALID_ARGUMENT and no internal text."""
    path = f"/wurao.v1.ClassifierService/{method}"
    raw: Any = channel
    ask: dict[str, Callable[[], object]] = {
        "Classify": lambda: raw.unary_unary(path)(b"\xff\xff garbage"),
        "ClassifyStream": lambda: list(raw.stream_stream(path)(iter([b"\xff\xff garbage"]))),
    }
    with pytest.raises(grpc.RpcError) as caught:
        ask[method]()
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == "the bytes are no message of this call"


def test_other_calls_are_answered_beside_a_heavy_batch(
    stub: classifier_pb2_grpc.ClassifierServiceStub,
) -> None:
    """A batch of long turns yields between turns: short calls finish while it runs."""
    batch = pb.ClassifyBatchRequest(requests=[request("那个以后别再打了" * 100)] * 40)
    running = stub.ClassifyBatch.future(batch)
    finished_meanwhile = 0
    while not running.done():
        stub.GetModel(pb.GetModelRequest())
        finished_meanwhile += not running.done()
    assert len(running.result().results) == 40
    assert finished_meanwhile >= 3
