"""What the log says of the registry: that it cannot be written, or notices not be given."""

import asyncio
import json
import resource
import signal
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from threading import Event
from typing import Any

import grpc
import pytest
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc, optouts_pb2, optouts_pb2_grpc
from wurao.v1.subjects_pb2 import Contact, Subject

from classifier.errors import StoreError
from classifier.optouts.desk.notice_desk import NoticeDesk, Operator
from classifier.optouts.open_registry import open_registry
from classifier.optouts.policy.notices import Purpose, read_notices
from classifier.optouts.policy.policy_file import read_policies
from classifier.optouts.subjects.keys import keys_from_file
from classifier.server.optouts.door import Desk
from classifier.server.waiting_threads import WaitingThreads
from classifier.turns import Channel
from tests.classifier.server.optouts.test_contacts import refusal
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


def test_the_log_says_what_came_of_a_call_past_its_deadline(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Who waits for a locked file longer than the caller does is told nothing; the operator is."""
    locked, failed = Event(), "registry.db: database is locked"
    threads = WaitingThreads(1, "registry")
    nothing: Any = None
    desk = Desk(nothing, nothing, nothing, "CN", nothing, threads)

    def wait() -> None:
        locked.wait()
        raise StoreError(failed)

    async def run() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(desk.work(nothing, wait), 0.05)
        locked.set()
        await asyncio.wrap_future(threads.submit(lambda: None))

    asyncio.run(run())
    assert caplog.messages == [f"the registry's store cannot be used: {failed}"]


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


def test_a_notice_that_was_reworded_is_refused(tiny_bundle: Path, tmp_path: Path) -> None:
    """The log names it at the start; a bot is told that it is not its request that is wrong."""
    settings = new_registry(tmp_path)
    ring = keys_from_file(Path(settings["WURAO_REGISTRY_KEYS"]))
    with closing(open_registry(settings["WURAO_REGISTRY"], ring)) as registry:
        desk = NoticeDesk(registry, read_policies(), read_notices(), Operator("某公司", "95000"))
        given = desk.give("acme", "q1", "bot", Purpose.FIRST_CONTACT, Channel.SMS).notice
    shipped = (files("classifier.optouts.policy") / "notices.toml").read_text(encoding="utf-8")
    notices = tmp_path / "notices.toml"
    notices.write_text(shipped.replace("回复", "请回复"), "utf-8")
    asked = optouts_pb2.GiveNoticeRequest(
        tenant="acme",
        request_id="q2",
        purpose=optouts_pb2.NOTICE_PURPOSE_FIRST_CONTACT,
        channel=pb.CHANNEL_SMS,
        company="某公司",
        contact="95000",
        actor="bot",
    )
    with start_server(tiny_bundle, **settings, WURAO_NOTICES=str(notices)) as server:
        with grpc.insecure_channel(server.address) as channel:
            stub = optouts_pb2_grpc.OptOutServiceStub(channel)
            code, reason, told = refusal(lambda: stub.GiveNotice(asked))
        server.process.send_signal(signal.SIGTERM)
        assert server.process.stderr is not None
        log = server.process.stderr.read()
    assert (code, reason) == (grpc.StatusCode.FAILED_PRECONDITION, "")
    assert told.startswith(f"the notice {given.id} version 1 was given with another text")
    assert log.count(f"the notice {given.id} version 1 is another text now than was given") == 1
