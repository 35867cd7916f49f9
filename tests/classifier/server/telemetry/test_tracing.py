"""Spans, received by a real OTLP collector."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from tests.server_process import free_port, start_server

SAID = "我的电话是13800138000，以后别再打了"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps every export that it is sent."""

    def __init__(self) -> None:
        self.exports: list[trace_service_pb2.ExportTraceServiceRequest] = []

    def Export(self, request: Any, context: Any) -> trace_service_pb2.ExportTraceServiceResponse:  # ruff: ignore[invalid-function-name]
        """Take an export."""
        self.exports.append(request)
        return trace_service_pb2.ExportTraceServiceResponse()

    def spans(self) -> list[Span]:
        """Return all spans, in the order of their start."""
        found = [
            span
            for export in self.exports
            for resource in export.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return sorted(found, key=lambda span: span.start_time_unix_nano)


@dataclass(frozen=True)
class Receiver:
    """A running collector."""

    endpoint: str
    collector: Collector


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A collector on a port of its own."""
    collector = Collector()
    server = grpc.server(ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield Receiver(f"http://127.0.0.1:{port}", collector)
    server.stop(0).wait()


def told(pairs: Any) -> dict[str, Any]:
    """Return attributes as plain values."""
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


def test_each_call_is_a_span_of_the_callers_trace(bundle_folder: Path, receiver: Receiver) -> None:
    """Method, code, model, label and action are told; what was said is not, even by a failure."""
    asked = pb.ClassifyRequest(turn=pb.Turn(text=SAID))
    with (
        start_server(bundle_folder, WURAO_TRACING=receiver.endpoint) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        parent = (("traceparent", f"00-{TRACE}-{PARENT}-01"),)
        answer, _call = stub.Classify.with_call(asked, metadata=parent)
        stub.ClassifyBatch(pb.ClassifyBatchRequest(requests=[asked, asked]))
        hypothesis = pb.ClassifyStreamRequest(hypothesis=pb.Hypothesis(text=SAID))
        assert len(list(stub.ClassifyStream(iter([hypothesis])))) == 1
        with pytest.raises(grpc.RpcError):
            stub.Classify(pb.ClassifyRequest())
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=20) == 0
    one, batch, stream, refused = receiver.collector.spans()
    names = [f"ClassifierService/{name}" for name in ("Classify", "ClassifyBatch")]
    assert [one.name, batch.name, refused.name] == [*names, names[0]]
    assert (one.trace_id.hex(), one.parent_span_id.hex()) == (TRACE, PARENT)
    assert batch.trace_id.hex() != TRACE
    attributes = told(one.attributes)
    assert attributes["wurao.label"] == "opt_out"
    assert attributes["wurao.action"] == "stop"
    assert attributes["wurao.model_version"] == answer.prediction.model_version
    assert attributes["rpc.grpc.status_code"] == 0
    assert len(batch.events) == 2
    assert len(stream.events) == 1
    assert told(refused.attributes)["rpc.grpc.status_code"] == 3
    assert refused.status.code == Status.STATUS_CODE_UNSET  # the caller's fault
    everything = "".join(str(export) for export in receiver.collector.exports)
    assert "13800138000" not in everything
    assert SAID.encode() not in b"".join(e.SerializeToString() for e in receiver.collector.exports)


def test_absent_collector_costs_no_call(bundle_folder: Path) -> None:
    """Calls are answered and the server stops in time while nobody takes the spans."""
    endpoint = f"http://127.0.0.1:{free_port()}"
    with (
        start_server(bundle_folder, WURAO_TRACING=endpoint) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        for _ in range(20):
            stub.Classify(pb.ClassifyRequest(turn=pb.Turn(text=SAID)), timeout=2)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=20) == 0
        assert server.process.stderr is not None
        assert "13800138000" not in server.process.stderr.read()


def test_nothing_of_the_metadata_is_logged(bundle_folder: Path, receiver: Receiver) -> None:
    """A broken trace state, which OpenTelemetry would quote in the log, is not read."""
    state = (("traceparent", f"00-{TRACE}-{PARENT}-01"), ("tracestate", "13800138000 bad=,=,k"))
    with (
        start_server(bundle_folder, WURAO_TRACING=receiver.endpoint) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        stub.GetModel(pb.GetModelRequest(), metadata=state)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=20) == 0
        assert server.process.stderr is not None
        assert "13800138000" not in server.process.stderr.read()
    (span,) = receiver.collector.spans()
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)


def test_missing_package_names_the_remedy(bundle_folder: Path) -> None:
    """Without OpenTelemetry the start fails and says what to install."""
    program = """
import sys
sys.modules["opentelemetry"] = None
sys.argv = ["wurao", "serve", "--address", "127.0.0.1:0", "--bundle", sys.argv[1]]
from cli.main import main
main()
"""
    result = subprocess.run(
        [sys.executable, "-c", program, str(bundle_folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={"WURAO_TRACING": "http://127.0.0.1:4317", "PATH": ""},
    )
    assert result.returncode == 1
    assert "`pip install wurao[tracing]`" in result.stderr
