"""What a worker takes on at once, asked of a real server in a process of its own."""

import queue
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from tests.slow_server import LIMIT

_SAID = pb.ClassifyStreamRequest(hypothesis=pb.Hypothesis(turn_id="1", text="好"))


@pytest.fixture
def stub() -> Iterator[classifier_pb2_grpc.ClassifierServiceStub]:
    """A client of the slow server."""
    command = [sys.executable, "-m", "tests.slow_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        try:
            with grpc.insecure_channel(address) as channel:
                yield classifier_pb2_grpc.ClassifierServiceStub(channel)
        finally:
            process.kill()


def request(turn_id: str, text: str = "好") -> pb.ClassifyRequest:
    """Return a request about one turn."""
    return pb.ClassifyRequest(turn=pb.Turn(turn_id=turn_id, text=text))


def code(call: Any) -> grpc.StatusCode:
    """Wait for a call and return how it ended."""
    found: grpc.StatusCode = call.code()
    return found


def await_work(stub: classifier_pb2_grpc.ClassifierServiceStub, turns: str) -> None:
    """Wait until the server works on these turns and no others."""
    deadline = time.monotonic() + 10
    while stub.Classify(request("", "who")).turn_id != turns:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def open_stream(stub: classifier_pb2_grpc.ClassifierServiceStub) -> tuple[Any, Any]:
    """Return a stream's answers, and the queue whose None ends it."""
    heard: queue.Queue[pb.ClassifyStreamRequest | None] = queue.Queue()
    heard.put(_SAID)
    return stub.ClassifyStream(iter(heard.get, None)), heard


def test_what_is_too_much_is_refused_at_once(
    stub: classifier_pb2_grpc.ClassifierServiceStub,
) -> None:
    """With two in flight a third is told when to try again, and costs no work."""
    first = stub.Classify.future(request("1", "hold"))
    await_work(stub, "1")
    second = stub.Classify.future(request("2", "hold"))
    while True:  # until both are in hand
        try:
            stub.Classify(request("", "who"))
        except grpc.RpcError as error:
            refused = error
            break
    assert isinstance(refused, grpc.Call)
    assert refused.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "x-request-id" in dict(refused.trailing_metadata())
    status = rpc_status.from_call(refused)
    assert status is not None
    retry = error_details_pb2.RetryInfo()
    assert any(detail.Unpack(retry) for detail in status.details)
    assert 0 < retry.retry_delay.ToTimedelta().total_seconds() < 5
    answers, _heard = open_stream(stub)  # lets them go
    assert next(answers).turn_id == "1"
    assert [code(first), code(second)] == [grpc.StatusCode.OK] * 2
    await_work(stub, "1 2")


def test_call_that_is_given_up_makes_room(
    stub: classifier_pb2_grpc.ClassifierServiceStub,
) -> None:
    """A cancelled call and one past its deadline are no longer counted."""
    late = stub.Classify.future(request("1", "hold"), timeout=0.5)
    await_work(stub, "1")
    left = stub.Classify.future(request("2", "hold"))
    assert code(late) is grpc.StatusCode.DEADLINE_EXCEEDED
    await_work(stub, "1 2")
    left.cancel()
    held = stub.Classify.future(request("3", "hold"))
    await_work(stub, "1 2 3")
    held.cancel()


def test_work_past_its_deadline_is_dropped(
    stub: classifier_pb2_grpc.ClassifierServiceStub,
) -> None:
    """A call whose deadline passed while the loop was busy is never worked on."""
    await_work(stub, "")
    first = stub.Classify.future(request("1", "block"))
    time.sleep(0.1)
    late = stub.Classify.future(request("2"), timeout=0.1)
    assert code(late) is grpc.StatusCode.DEADLINE_EXCEEDED
    assert code(first) is grpc.StatusCode.OK
    await_work(stub, "1")


def test_a_flood_is_cancelled_before_it_is_seen(
    stub: classifier_pb2_grpc.ClassifierServiceStub,
) -> None:
    """What waits beyond gRPC's own bounds ends with CANCELLED, without a word on when to return."""
    await_work(stub, "")
    first = stub.Classify.future(request("1", "block"))
    flood = [stub.Classify.future(request("2")) for _ in range(20 * LIMIT)]
    assert code(first) is grpc.StatusCode.OK
    ended = Counter(map(code, flood))
    assert ended[grpc.StatusCode.CANCELLED]
    assert set(ended) <= {
        grpc.StatusCode.OK,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
    cancelled = next(call for call in flood if call.code() is grpc.StatusCode.CANCELLED)
    assert rpc_status.from_call(cancelled) is None
    await_work(stub, " ".join(["1", *["2"] * ended[grpc.StatusCode.OK]]))


def test_streams_are_counted_apart(stub: classifier_pb2_grpc.ClassifierServiceStub) -> None:
    """Two open streams hold up no call; a third is refused until one of them ends."""
    streams = [open_stream(stub) for _ in range(LIMIT)]
    for answers, _heard in streams:
        assert next(answers).turn_id == "1"
    assert stub.Classify(request("7")).turn_id == "7"
    third, heard = open_stream(stub)
    with pytest.raises(grpc.RpcError):
        next(third)
    assert code(third) is grpc.StatusCode.RESOURCE_EXHAUSTED
    heard.put(None)
    streams[0][1].put(None)
    assert list(streams[0][0]) == []
    fourth, heard = open_stream(stub)
    assert next(fourth).turn_id == "1"
    heard.put(None)
    streams[1][1].put(None)
