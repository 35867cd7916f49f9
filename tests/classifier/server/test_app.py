"""Starting and stopping a real server process."""

import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from tests.server_process import free_port, serve_command, start_server


def failed_start(bundle: Path, address: str = "127.0.0.1:0", **environment: str) -> str:
    """Return what a server that must not start prints on standard error."""
    result = subprocess.run(
        serve_command(bundle, address),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | environment,
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    return result.stderr


def test_a_volume_that_hangs_holds_up_no_stop(bundle_folder: Path, tmp_path: Path) -> None:
    """SIGTERM ends a server though a thread of it reads a bundle that never comes."""
    folder = Path(shutil.copytree(bundle_folder, tmp_path / "bundle"))
    with start_server(folder, WURAO_RELOAD_SECONDS="0.1", WURAO_GRACE_SECONDS="1") as server:
        (folder / "features.txt").unlink()
        os.mkfifo(folder / "features.txt")
        held = await_reader(folder / "features.txt")
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=30) == 0
        os.close(held)


def await_reader(pipe: Path) -> int:
    """Open a named pipe once somebody reads it, who then waits for what never comes."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_missing_bundle_stops_the_start(tmp_path: Path) -> None:
    """The message says where it looked and what to do."""
    assert f"{tmp_path}: no model bundle here; train one with" in failed_start(tmp_path)


def test_a_log_of_json_tells_the_end_as_json(tmp_path: Path) -> None:
    """Programs that read it see why the server ended, with one worker or with several."""
    for workers in ("1", "2"):
        said = failed_start(tmp_path, WURAO_LOG_FORMAT="json", WURAO_WORKERS=workers)
        last = json.loads(said.splitlines()[-1])
        assert last["level"] == "error"
        assert f"{tmp_path}: no model bundle here" in last["message"]
        assert "error" not in last


def test_metadata_has_one_limit(server_address: str) -> None:
    """Below it no call is refused, which gRPC by itself does by chance; beyond it every one is."""
    asked = pb.ClassifyRequest(turn=pb.Turn(text="喂"))
    with grpc.insecure_channel(server_address) as channel:
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        for _ in range(20):
            stub.Classify(asked, metadata=(("x-a", "b" * 15_000),), timeout=60)
        with pytest.raises(grpc.RpcError) as refused:
            stub.Classify(asked, metadata=(("x-a", "b" * 17_000),), timeout=60)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_server_whose_announcement_nobody_reads_serves(bundle_folder: Path) -> None:
    """Its standard output is a pipe that somebody closed; it still ends in good order."""
    address = f"127.0.0.1:{free_port()}"
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(serve_command(bundle_folder, address), stdout=writing) as server:
        os.close(writing)
        with grpc.insecure_channel(address) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            asked = health_pb2.HealthCheckRequest()
            answer = stub.Check(asked, wait_for_ready=True, timeout=60)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == 0


def test_changed_bundle_stops_the_start(bundle_folder: Path, tmp_path: Path) -> None:
    """Nothing damaged is ever served."""
    shutil.copytree(bundle_folder, tmp_path, dirs_exist_ok=True)
    weights = bytearray((tmp_path / "weights.npy").read_bytes())
    weights[-1] ^= 1
    (tmp_path / "weights.npy").write_bytes(weights)
    assert "weights.npy: was truncated or changed" in failed_start(tmp_path)


def test_taken_port_stops_the_start(bundle_folder: Path, server_address: str) -> None:
    """Two servers never share a port without a word."""
    message = failed_start(bundle_folder, server_address)
    assert f"{server_address}: cannot be listened on" in message


def test_an_address_that_is_taken_in_part_stops_the_start(tiny_bundle: Path) -> None:
    """Of a name with several addresses all are listened on, or none."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"localhost:{taken.getsockname()[1]}"
        assert f"{address}: cannot be listened on" in failed_start(tiny_bundle, address)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_told(tiny_bundle: Path, host: str) -> None:
    """Who is asked for another server there would look for it in vain."""
    message = failed_start(tiny_bundle, f"{host}:50051", WURAO_INSECURE="true")
    assert f"{host}:50051: is no address of this machine; name another in WURAO_ADDRESS" in message


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_lets_calls_in_flight_finish(bundle_folder: Path, number: signal.Signals) -> None:
    """A call that was being answered goes on to its end; new ones are refused; exit status 0."""
    heard: queue.Queue[pb.ClassifyStreamRequest | None] = queue.Queue()
    hypothesis = pb.ClassifyStreamRequest(hypothesis=pb.Hypothesis(text="以后别再打了"))
    with start_server(bundle_folder) as server, grpc.insecure_channel(server.address) as channel:
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        answers = stub.ClassifyStream(iter(heard.get, None))
        heard.put(hypothesis)
        assert next(answers).prediction.label == pb.LABEL_OPT_OUT
        server.process.send_signal(number)
        while _is_serving(server.address):
            pass
        heard.put(hypothesis)
        assert next(answers).prediction.label == pb.LABEL_OPT_OUT
        heard.put(None)
        assert list(answers) == []
        assert server.process.wait(timeout=15) == 0


def _is_serving(address: str) -> bool:
    with grpc.insecure_channel(address) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        except grpc.RpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def test_unknown_failure_tells_nothing(
    bundle_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug becomes INTERNAL with a fixed text; what was said is neither sent nor logged."""
    program = """
import sys
from classifier import turn_classifier
sound = turn_classifier.TurnClassifier.first_reading
def broken(self, turn):
    if "秘密" in turn.text: raise RuntimeError("bug with " + turn.text)
    return sound(self, turn)
turn_classifier.TurnClassifier.first_reading = broken
sys.argv[0] = "wurao"
from cli.main import main
main()
"""
    command = serve_command(bundle_folder, "127.0.0.1:0")
    command[1:3] = ["-c", program]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        try:
            with grpc.insecure_channel(address) as channel:
                stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
                request = pb.ClassifyRequest(turn=pb.Turn(text="秘密"))
                for _ in range(3):
                    with pytest.raises(grpc.RpcError) as caught:
                        stub.Classify(request)
                hypothesis = pb.ClassifyStreamRequest(hypothesis=pb.Hypothesis(text="秘密"))
                with pytest.raises(grpc.RpcError) as caught_in_stream:
                    list(stub.ClassifyStream(iter([hypothesis])))
        finally:
            process.send_signal(signal.SIGTERM)
            log = process.communicate()[1]
    for error in (caught.value, caught_in_stream.value):
        assert error.code() is grpc.StatusCode.INTERNAL
        assert error.details() == "internal error; the server's log has the cause"
    assert log.count("Classify failed: RuntimeError at") == 1
    assert log.count("ClassifyStream failed: RuntimeError at") == 1
    assert "秘密" not in log
