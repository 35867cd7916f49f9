"""What the log says of the registry: that it cannot be written, that a profile has no texts."""

import json
import resource
import signal
from importlib.resources import files
from pathlib import Path

import grpc
import pytest
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc
from wurao.v1.subjects_pb2 import Contact, Subject

from tests.new_registry import new_registry
from tests.server_process import start_server

_NUMBER, _SAID = "13800138000", "退订"


def test_the_log_says_why_the_store_fails(tiny_bundle: Path, tmp_path: Path) -> None:
    """One line for many calls: what SQLite says, type and place, nothing of a caller."""
    place = tmp_path / "registry.sqlite"
    settings = new_registry(tmp_path, str(place)) | {"WURAO_LOG_FORMAT": "json"}
    request = pb.ClassifyRequest(
        turn=pb.Turn(text=_SAID, channel=pb.CHANNEL_SMS),
        contact=Contact(subject=Subject(value=_NUMBER)),
    )
    with start_server(tiny_bundle, **settings) as server:
        process = server.process
        # What is longer cannot be written, as on a full disk.
        most = min(path.stat().st_size for path in tmp_path.glob("registry.sqlite*"))
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
        with grpc.insecure_channel(server.address) as channel:
            stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
            for _call in range(10):
                with pytest.raises(grpc.RpcError) as caught:
                    stub.Classify(request)
                assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        log = process.stderr.read()
    told = [json.loads(line) for line in log.splitlines()]
    (why,) = (event for event in told if event["message"].startswith("the registry's store"))
    assert why["message"] == f"the registry's store cannot be used: {place}: disk I/O error"
    assert why["error"].startswith("StoreError at ")
    assert "sqlite/failures.py:" in why["error"]
    assert _NUMBER not in log
    assert _SAID not in log


def test_the_log_names_profiles_without_notices(tiny_bundle: Path, tmp_path: Path) -> None:
    """A profile of one's own is in force, and no text of the package can be given in it."""
    shipped = (files("classifier.optouts.policy") / "policy.toml").read_text(encoding="utf-8")
    policy = tmp_path / "policy.toml"
    policy.write_text(shipped.replace("[profiles.HK", "[profiles.MO").replace('"HK"', '"MO"'))
    settings = new_registry(tmp_path) | {"WURAO_POLICY": str(policy)}
    with start_server(tiny_bundle, **settings) as server:
        server.process.send_signal(signal.SIGTERM)
        assert server.process.stderr is not None
        log = server.process.stderr.read()
    assert log.count("no notice serves it") == log.count("profile MO: no notice serves it") == 1
