"""Ids and log lines of calls, on a real server."""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from classifier.client.async_client import AsyncClient
from classifier.client.client import Client
from tests.server_process import serve_command

SAID = "我的电话是13800138000，以后别再打了"
ID = "6f1e8f9a-5c1b-4e0b-9a50-1d1f6a0b2c3d"
METADATA = (("x-request-id", ID),)
Stub = classifier_pb2_grpc.ClassifierServiceStub


class Log:
    """The events that a server wrote until it was stopped."""

    def __init__(self) -> None:
        self.address = ""
        self.events: list[dict[str, Any]] = []

    def calls(self) -> list[dict[str, Any]]:
        """Return the lines about calls."""
        return [event for event in self.events if event["message"] == "call"]


@contextmanager
def logged_server(bundle: Path, **environment: str) -> Generator[tuple[grpc.Channel, Log]]:
    """Yield a channel to a server with a JSON log, and the log, filled when it has ended."""
    log = Log()
    with subprocess.Popen(
        serve_command(bundle, "127.0.0.1:0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"WURAO_LOG_FORMAT": "json"} | environment,
    ) as process:
        try:
            assert process.stdout is not None
            log.address = process.stdout.readline().split()[-1]
            with grpc.insecure_channel(log.address) as channel:
                yield channel, log
        finally:
            process.send_signal(signal.SIGTERM)
            lines = process.communicate(timeout=20)[1]
    assert "13800138000" not in lines
    log.events = [json.loads(line) for line in lines.splitlines()]


def asked(text: str = SAID) -> pb.ClassifyRequest:
    """Return a request about a text."""
    return pb.ClassifyRequest(turn=pb.Turn(text=text))


def id_of(call: grpc.Call) -> str:
    """Return the request id that came back."""
    return str(dict(call.trailing_metadata())["x-request-id"])


def test_a_conversation_that_ends_well_is_no_failure(bundle_folder: Path) -> None:
    """Leaving the block of either client closes the stream."""

    async def talk() -> None:
        async with AsyncClient(log.address) as client, client.conversation() as talking:
            await talking.heard("你好", final=False)

    with logged_server(bundle_folder, WURAO_ACCESS_LOG="1") as (_channel, log):
        with Client(log.address) as client, client.conversation() as talking:
            talking.heard("你好")
        asyncio.run(talk())
    codes = [call["code"] for call in log.calls() if call["method"].endswith("ClassifyStream")]
    assert codes == ["OK", "OK"]


def test_id_comes_back_and_a_line_tells_of_the_call(bundle_folder: Path) -> None:
    """The caller's id is in the trailing metadata and in the access line; others are made."""
    with logged_server(bundle_folder, WURAO_ACCESS_LOG="1") as (channel, log):
        stub = Stub(channel)
        _answer, call = stub.Classify.with_call(asked(), metadata=METADATA)
        assert id_of(call) == ID
        number = (("x-request-id", "13800138000"),)
        _answer, call = stub.Classify.with_call(asked(), metadata=number)
        made = id_of(call)
        stream = stub.ClassifyStream(
            iter([pb.ClassifyStreamRequest(hypothesis=pb.Hypothesis(text=SAID))]),
            metadata=METADATA,
        )
        assert [answer.prediction.label for answer in stream] == [pb.LABEL_OPT_OUT]
        assert id_of(stream) == ID
    assert [(line["method"], line["code"], line["request_id"]) for line in log.calls()] == [
        ("ClassifierService/Classify", "OK", ID),
        ("ClassifierService/Classify", "OK", made),
        ("ClassifierService/ClassifyStream", "OK", ID),
    ]
    assert all(line["level"] == "info" and line["milliseconds"] > 0 for line in log.calls())


def test_only_failures_are_told_by_default(bundle_folder: Path) -> None:
    """A call that fails is told of with its code and id, and its details keep the id too."""
    with logged_server(bundle_folder) as (channel, log):
        stub = Stub(channel)
        stub.Classify(asked())
        with pytest.raises(grpc.RpcError) as caught:
            stub.Classify(asked(""), metadata=METADATA)
        assert isinstance(caught.value, grpc.Call)
        assert id_of(caught.value) == ID
        assert "grpc-status-details-bin" in dict(caught.value.trailing_metadata())
    (line,) = log.calls()
    assert (line["code"], line["request_id"], line["level"]) == ("INVALID_ARGUMENT", ID, "warning")


def test_watching_health_is_no_call(bundle_folder: Path) -> None:
    """A probe's stream lasts as long as its client wants; that it ends is no failure to tell of."""
    with logged_server(bundle_folder, WURAO_ACCESS_LOG="1") as (channel, log):
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        watch.cancel()
    assert log.calls() == []


def test_flood_of_failures_does_not_flood_the_log(bundle_folder: Path) -> None:
    """Some lines a second are written, the others are counted in one."""
    with logged_server(bundle_folder, WURAO_CALLS_IN_FLIGHT="1000") as (channel, log):
        stub = Stub(channel)
        calls = [stub.Classify.future(asked("")) for _ in range(300)]
        assert all(call.code() is grpc.StatusCode.INVALID_ARGUMENT for call in calls)
        stub.Classify.future(asked()).result()
        wait_until_told(stub)
    untold = sum(event["untold"]["INVALID_ARGUMENT"] for event in log.events if "untold" in event)
    assert len(log.calls()) < 100
    assert len(log.calls()) + untold == 300
    # It is about many calls, and names none.
    assert not [event for event in log.events if "untold" in event and "request_id" in event]


def wait_until_told(stub: Stub) -> None:
    """Keep the server busy beyond the second after which it sums up."""
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        stub.Classify(asked("好的"))


def test_deadline_that_passed_is_told_as_such(bundle_folder: Path) -> None:
    """A call cut off by its deadline is not mistaken for one that the caller gave up."""
    many = pb.ClassifyBatchRequest(requests=[asked("以后不要再打电话了" * 130)] * 1_000)
    with logged_server(bundle_folder, WURAO_SECOND_READER="false") as (channel, log):
        stub = Stub(channel)
        with pytest.raises(grpc.RpcError):
            stub.ClassifyBatch(many, timeout=0.3)
        call = stub.ClassifyBatch.future(many)
        while not call.running():
            pass
        stub.Classify(asked())
        call.cancel()
        stub.Classify(asked())
    codes = sorted(line["code"] for line in log.calls())
    assert codes == ["CANCELLED", "DEADLINE_EXCEEDED"]
