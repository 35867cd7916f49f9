"""What Prometheus reads."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack, suppress
from pathlib import Path

import grpc
import pytest
from prometheus_client.parser import text_string_to_metric_families
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from classifier.errors import SettingsError
from classifier.server.telemetry import metrics
from classifier.server.telemetry.figure_families import METHODS
from classifier.server.telemetry.figures import Figures, share_figures
from classifier.server.telemetry.metrics import expose
from classifier.turns import Action, Label, Prediction
from tests.server_process import free_port, start_server

Samples = dict[str, float]
SAID = "我的电话是13800138000，以后别再打了"


def read(address: str) -> tuple[str, Samples]:
    """Return the page and its samples, named as in a query."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        page = answer.read().decode()
    samples = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            samples[f"{sample.name}{{{labels}}}"] = sample.value
    return page, samples


def test_server_tells_what_it_answered(bundle_folder: Path) -> None:
    """Calls, codes, labels, actions, lengths and the model are there; what was said is not."""
    metrics = f"127.0.0.1:{free_port()}"
    with (
        start_server(bundle_folder, WURAO_METRICS_ADDRESS=metrics) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        asked = pb.ClassifyRequest(conversation_id="13900139000", turn=pb.Turn(text=SAID))
        version = stub.Classify(asked).prediction.model_version
        stub.ClassifyBatch(pb.ClassifyBatchRequest(requests=[asked, asked]))
        list(
            stub.ClassifyStream(
                iter([pb.ClassifyStreamRequest(said=pb.ContextTurn(speaker=pb.SPEAKER_BOT))])
            )
        )
        with pytest.raises(grpc.RpcError):
            stub.Classify(pb.ClassifyRequest())
        with pytest.raises(grpc.RpcError):
            channel.unary_unary(
                "/wurao.v1.Made/Up13700137000", pb.ClassifyRequest.SerializeToString
            )(asked)
        page, samples = read(metrics)
    calls = "wurao_calls_total{code=%s,method=%s}"
    assert samples[calls % ("OK", "ClassifierService/Classify")] == 1
    assert samples[calls % ("OK", "ClassifierService/ClassifyBatch")] == 1
    assert samples[calls % ("OK", "ClassifierService/ClassifyStream")] == 1
    assert samples[calls % ("INVALID_ARGUMENT", "ClassifierService/Classify")] == 1
    assert samples[calls % ("UNIMPLEMENTED", "other")] == 1
    assert samples["wurao_call_seconds_count{method=ClassifierService/Classify}"] == 2
    assert samples["wurao_calls_in_flight{}"] == 0
    assert samples["wurao_turns_total{action=stop,label=opt_out}"] == 3
    assert samples["wurao_turn_characters_sum{}"] == 3 * len(SAID)
    assert samples["wurao_opt_out_score_bucket{le=+Inf}"] == 3
    assert samples[f"wurao_model_info{{version={version}}}"] == 1
    assert samples["wurao_worker_up{worker=0}"] == 1
    assert samples["wurao_worker_resident_bytes{worker=0}"] > 10_000_000
    for said in (SAID, "13800138000", "13900139000", "13700137000"):
        assert said not in page


def test_failures_are_told_before_the_first() -> None:
    """A series that begins above 0 has not increased, so that a first burst would alert nobody."""
    with expose("127.0.0.1:0", [Figures()]) as port:
        samples = read(f"127.0.0.1:{port}")[1]
    told = {name for name in samples if name.startswith("wurao_calls_total")}
    assert told == {
        f"wurao_calls_total{{code={code},method={method}}}"
        for code in ("INTERNAL", "UNAVAILABLE", "UNKNOWN")
        for method in METHODS
    }


def answer_to(port: int, *lines: str) -> bytes:
    """Return what a raw request is answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as asking:
        asking.sendall("\r\n".join((*lines, "Connection: close", "", "")).encode())
        return b"".join(iter(lambda: asking.recv(4096), b""))


def test_an_odd_request_is_refused_without_a_line(caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be read is the fault of whoever asks; what can is filtered by name."""
    accept = "Accept: application/openmetrics-text; version="
    with expose("127.0.0.1:0", [Figures()]) as port:
        odd = [
            answer_to(port, "GET http://[x HTTP/1.1"),
            answer_to(port, "GET /metrics HTTP/1.1", f"{accept}a.b"),
            answer_to(port, "GET /metrics HTTP/1.1", f"{accept}1.a.b.c"),
        ]
        named = answer_to(port, "GET /metrics?name[]=wurao_calls_in_flight HTTP/1.1")
    assert [answer.split()[1] for answer in odd[:2]] == [b"400", b"400"]
    assert all(odd)
    assert named.endswith(b"\nwurao_calls_in_flight 0.0\n")
    assert not [line for line in caplog.messages if not line.startswith("metrics on")]


def test_workers_are_added_up_and_the_dead_are_not_forgotten() -> None:
    """Counts of a dead worker stay, its calls in flight and its model go."""
    shared = share_figures(2)
    living, dead = Figures(shared, 0), Figures(shared, 1)
    living.start()
    living.serve_model("new")
    program = (
        "import sys; from classifier.server.telemetry.figures import Figures;"
        "f = Figures(int(sys.argv[1]), 1); f.start(); f.serve_model('old'); f.call_began();"
        "f.call_began(); f.call_ended(0, 0, .5)"
    )
    command = [sys.executable, "-c", program, str(shared)]
    subprocess.run(command, check=True, pass_fds=(shared,))
    os.close(shared)
    living.call_began()
    living.call_began()
    living.call_ended(0, 0, 0.25)
    with expose("127.0.0.1:0", [living, dead]) as port:
        samples = read(f"127.0.0.1:{port}")[1]
    method = "ClassifierService/Classify"
    assert samples[f"wurao_calls_total{{code=OK,method={method}}}"] == 2
    assert samples[f"wurao_call_seconds_sum{{method={method}}}"] == pytest.approx(0.75)
    assert samples["wurao_calls_in_flight{}"] == 1
    assert samples["wurao_worker_up{worker=0}"] == 1
    assert samples["wurao_worker_up{worker=1}"] == 0
    assert samples["wurao_model_info{version=new}"] == 1
    assert "wurao_model_info{version=old}" not in samples
    assert samples["wurao_worker_restarts_total{}"] == 0


def test_supervised_workers_are_told_of_as_one(bundle_folder: Path) -> None:
    """With several processes every call counts once, and a killed worker's calls and end too."""
    metrics = f"127.0.0.1:{free_port()}"
    settings = {"WURAO_METRICS_ADDRESS": metrics, "WURAO_WORKERS": "2"}
    asked = pb.ClassifyRequest(turn=pb.Turn(text=SAID))
    with start_server(bundle_folder, **settings) as server:
        for _ in range(10):  # connections are spread over the workers
            options = (("grpc.use_local_subchannel_pool", 1),)
            with grpc.insecure_channel(server.address, options) as channel:
                classifier_pb2_grpc.ClassifierServiceStub(channel).Classify(asked)
        samples = read(metrics)[1]
        calls = "wurao_calls_total{code=OK,method=ClassifierService/Classify}"
        assert samples[calls] == 10
        assert samples["wurao_worker_up{worker=0}"] == samples["wurao_worker_up{worker=1}"] == 1
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        os.kill(int(children.read_text("ascii").split()[0]), signal.SIGKILL)
        until = time.monotonic() + 10
        while read(metrics)[1]["wurao_worker_restarts_total{}"] < 1:
            assert time.monotonic() < until
        assert read(metrics)[1][calls] == 10
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=20) == 0


def test_buckets_are_cumulative() -> None:
    """Each bucket holds those below it, and the last one all, as Prometheus wants it."""
    figures = Figures()
    for score in (0.005, 0.05, 0.05, 0.999):
        normal = Prediction(Label.NORMAL, (score, 0.0, 1 - score), Action.CONTINUE, "v")
        figures.classified(5, normal, 0.000_2)
    with expose("127.0.0.1:0", [figures]) as port:
        samples = read(f"127.0.0.1:{port}")[1]
    expected = {"0.01": 1, "0.03": 1, "0.1": 3, "0.99": 3, "+Inf": 4}
    for bound, number in expected.items():
        assert samples[f"wurao_opt_out_score_bucket{{le={bound}}}"] == number


def test_taken_metrics_port_names_the_setting() -> None:
    """The message says which setting to change."""
    with expose("127.0.0.1:0", [Figures()]) as port:
        taken = pytest.raises(SettingsError, match="see WURAO_METRICS_ADDRESS")
        with taken, expose(f"127.0.0.1:{port}", [Figures()]):
            pytest.fail("two listen on one port")


def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many may be open; one more is closed at once, and one that ends makes room."""
    monkeypatch.setattr(metrics._Answering, "timeout", 600)
    with ExitStack() as opened:
        port = opened.enter_context(expose("127.0.0.1:0", [Figures()]))
        held = [
            opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            for _ in range(metrics._CONNECTIONS)
        ]
        with socket.create_connection(("127.0.0.1", port), timeout=60) as beyond:
            assert beyond.recv(1) == b""
        held[0].sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        with held[0].makefile("rb") as answer:
            assert b"wurao_worker_up" in answer.read()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:  # its thread ends a moment after the answer
            with suppress(OSError):
                assert read(f"127.0.0.1:{port}")[1]["wurao_worker_restarts_total{}"] == 0
                return
        pytest.fail("the place was not given back")


def test_a_thread_that_is_not_to_be_had_costs_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """When threads are there again, Prometheus is answered again."""
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if "process_request_thread" in thread.name:
            raise RuntimeError("can't start new thread")
        start(thread)

    with expose("127.0.0.1:0", [Figures()]) as port:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            for _ in range(metrics._CONNECTIONS + 1):
                with socket.create_connection(("127.0.0.1", port), timeout=60) as asking:
                    assert asking.recv(1) == b""
        assert read(f"127.0.0.1:{port}")[1]["wurao_worker_restarts_total{}"] == 0


def test_whoever_says_nothing_is_let_go(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A connection on which half a question or none comes is closed, without a line of log."""
    monkeypatch.setattr(metrics._Answering, "timeout", 0.01)
    with expose("127.0.0.1:0", [Figures()]) as port:
        for said in (b"", b"GET /metrics"):
            with socket.create_connection(("127.0.0.1", port), timeout=60) as idle:
                idle.sendall(said)
                assert idle.recv(1) == b""
    assert capfd.readouterr().err == ""


def test_the_loopback_of_either_kind_is_answered() -> None:
    """An address in brackets is listened on as one of IPv6."""
    with expose("[::1]:0", [Figures()]) as port:
        assert read(f"[::1]:{port}")[1]


def test_nothing_is_loaded_where_nobody_asks() -> None:
    """Until a setting asks for them neither prometheus-client nor OpenTelemetry costs memory."""
    program = (
        "import sys, classifier.server.app, classifier.server.supervisor;"
        "print([m for m in sys.modules if m.startswith(('prometheus', 'opentelemetry'))])"
    )
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
