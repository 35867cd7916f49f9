"""A real server that keeps a log of its decisions."""

import os
import resource
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from classifier.decision_log.decisions import LoggedDecision
from classifier.decision_log.log_reader import Damage, read_decisions
from classifier.key_file import add_key, read_keys
from classifier.turns import Channel, Label
from tests.server_process import free_port, serve_command, start_server

SAID = "我叫张伟，电话13800138000，以后别再打了"
BOT = pb.ContextTurn(speaker=pb.SPEAKER_BOT, text="您好，请问是张伟先生吗")
SECRETS = ("张伟", "13800138000", "别再打", "菜单")
Stub = classifier_pb2_grpc.ClassifierServiceStub


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A key file."""
    add_key(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the log goes."""
    return tmp_path / "log"


@pytest.fixture
def logging_settings(folder: Path, keys: Path) -> dict[str, str]:
    """Settings of a server that logs every decision."""
    return {
        "WURAO_DECISION_LOG": str(folder),
        "WURAO_DECISION_KEYS": str(keys),
        "WURAO_DECISION_SAMPLE": "1",
        "WURAO_ACCESS_LOG": "1",
        "WURAO_SECOND_READER": "false",
    }


def ask(stub: Stub, text: str = SAID, **call: object) -> pb.Prediction:
    """Classify a chat turn that followed a bot's line."""
    turn = pb.Turn(text=text, channel=pb.CHANNEL_CHAT, context=[BOT])
    return stub.Classify(pb.ClassifyRequest(turn=turn), **call).prediction  # type: ignore[arg-type]


def wait_for(wanted: Callable[[], bool]) -> None:
    """Return when something is so, which may take a minute on a busy machine."""
    deadline = time.monotonic() + 60
    while not wanted():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def read(folder: Path, keys: Path) -> list[LoggedDecision]:
    """Return what is in the log, in the order of time; every line must open."""
    damage = Damage()
    found = sorted(read_decisions(folder, read_keys(keys), damage=damage), key=lambda d: d.time)
    assert damage.lines == 0
    return found


def hypotheses() -> Iterator[pb.ClassifyStreamRequest]:
    """One turn in three versions, then a second one whose line is cut."""
    yield pb.ClassifyStreamRequest(said=BOT)
    for text, final in (("菜单", False), ("菜单发", False), ("菜单发我看看", True)):
        heard = pb.Hypothesis(turn_id="1", text=text, final=final)
        yield pb.ClassifyStreamRequest(hypothesis=heard)
    yield pb.ClassifyStreamRequest(hypothesis=pb.Hypothesis(turn_id="2", text="以后别打了"))


def test_decisions_are_logged_masked(
    bundle_folder: Path, folder: Path, keys: Path, logging_settings: dict[str, str]
) -> None:
    """Each turn that is over is in the log with what was answered, masked, and in no other file."""
    with start_server(bundle_folder, **logging_settings) as server:
        with grpc.insecure_channel(server.address) as channel:
            stub = Stub(channel)
            answer = ask(stub, metadata=(("x-request-id", "call-0123456789abcdef"),))
            one = pb.ClassifyRequest(turn=pb.Turn(text="好的 谢谢"))
            stub.ClassifyBatch(pb.ClassifyBatchRequest(requests=[one, pb.ClassifyRequest(), one]))
            assert len(list(stub.ClassifyStream(hypotheses()))) == 4
        server.process.send_signal(signal.SIGTERM)
        _out, told = server.process.communicate()
    found = read(folder, keys)
    assert [decision.turn.text for decision in found] == [
        "我叫[NAME]，电话[PHONE]，以后别再打了",
        "好的 谢谢",
        "好的 谢谢",
        "菜单发我看看",
        "以后别打了",
    ]
    first = found[0]
    assert first.request_id == "call-0123456789abcdef"
    assert first.turn.channel is Channel.CHAT
    assert [said.text for said in first.turn.context] == ["您好，请问是[NAME]先生吗"]
    assert (first.length, first.share) == (len(SAID), 1.0)
    assert first.prediction.label is Label.OPT_OUT
    assert first.prediction.model_version == answer.model_version
    wire = (answer.scores.opt_out, answer.scores.complaint, answer.scores.normal)
    assert first.prediction.scores == pytest.approx(wire, abs=1e-6)
    (path,) = folder.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    written = path.read_bytes().decode("ascii")
    assert not any(secret in told or secret in written for secret in SECRETS)


def test_a_killed_server_leaves_a_readable_log(
    bundle_folder: Path, folder: Path, keys: Path, logging_settings: dict[str, str]
) -> None:
    """After kill -9 amid calls every line opens, and what was in the file before is there."""
    with (
        start_server(bundle_folder, **logging_settings, WURAO_WORKERS="2") as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = Stub(channel)
        ask(stub)
        wait_for(lambda: folder.exists() and bool(read(folder, keys)))
        pid = server.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        waiting = [
            stub.Classify.future(pb.ClassifyRequest(turn=pb.Turn(text=SAID))) for _ in range(300)
        ]
        before = len(read(folder, keys))
        for process in (pid, *map(int, children)):
            os.kill(process, signal.SIGKILL)
        server.process.wait()
        for call in waiting:
            call.cancel()
    found = read(folder, keys)
    assert len(found) >= before >= 1
    assert {decision.turn.text for decision in found} == {"我叫[NAME]，电话[PHONE]，以后别再打了"}


def test_a_full_disk_harms_no_call(
    bundle_folder: Path, folder: Path, keys: Path, logging_settings: dict[str, str]
) -> None:
    """Calls are answered, the failure is counted and told once, and what was written stays."""
    metrics = f"127.0.0.1:{free_port()}"

    def counted(outcome: str) -> float:
        with urllib.request.urlopen(f"http://{metrics}/metrics", timeout=10) as page:
            lines = page.read().decode().splitlines()
        wanted = f'wurao_decisions_total{{outcome="{outcome}"}} '
        return float(next(line for line in lines if line.startswith(wanted)).split()[-1])

    with (
        start_server(bundle_folder, **logging_settings, WURAO_METRICS_ADDRESS=metrics) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = Stub(channel)
        ask(stub)
        wait_for(lambda: counted("written") == 1)
        (path,) = folder.iterdir()
        room = path.stat().st_size + 50  # a part of the next line still fits
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (room, room))
        for _ in range(20):
            assert ask(stub).label == pb.LABEL_OPT_OUT
        wait_for(lambda: counted("failed") > 0)
        assert [*folder.iterdir()] == [path]  # what has no whole line is not left behind
        assert ask(stub).label == pb.LABEL_OPT_OUT
        server.process.send_signal(signal.SIGTERM)
        _out, told = server.process.communicate()
        assert server.process.returncode == 0
    assert read(folder, keys)
    assert told.count("the decision log cannot be written, calls go on") == 1
    assert not any(secret in told for secret in SECRETS)


def test_a_missing_key_stops_the_start(bundle_folder: Path, tmp_path: Path, folder: Path) -> None:
    """Who asks for a log and has no key is told before any call is answered."""
    settings = {"WURAO_DECISION_LOG": str(folder), "WURAO_DECISION_KEYS": str(tmp_path / "none")}
    result = subprocess.run(
        serve_command(bundle_folder, "127.0.0.1:0"),
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "none: is not there; make it with `wurao decisions new-key" in result.stderr
    assert not folder.exists()
