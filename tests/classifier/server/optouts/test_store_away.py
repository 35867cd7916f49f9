"""A server whose PostgreSQL goes away: who needs the registry is told so, nobody else waits."""

import os
import signal
import sqlite3
import time
import urllib.request
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import grpc
import psycopg
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc, optouts_pb2, optouts_pb2_grpc
from wurao.v1.subjects_pb2 import Contact, Subject

from classifier.client.client import Client
from classifier.errors import CallError
from classifier.optouts.postgres.database import PostgresDatabase
from classifier.turns import Channel, Turn
from tests.new_registry import new_registry
from tests.postgres_server import PostgresServer, stoppable_postgres
from tests.server_process import ServerProcess, free_port, start_server

CONTACT = Contact(subject=Subject(value="13800138000"))
STOP = pb.Turn(text="退订", channel=pb.CHANNEL_SMS)  # decided by a rule, whatever the model
CHECK = optouts_pb2.CheckContactRequest(subject=CONTACT.subject)
_SECONDS = 3.0  # of patience, far below what a pool waits by itself
_ROUNDS, _ROOM = 24, 8


@pytest.fixture
def postgres_of_ours() -> Iterator[PostgresServer]:
    """A PostgreSQL server that the test may stop."""
    with stoppable_postgres() as server:
        yield server


@pytest.fixture
def metrics_address() -> str:
    """Where the server shows its figures."""
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def server(
    tiny_bundle: Path, tmp_path: Path, postgres_of_ours: PostgresServer, metrics_address: str
) -> Iterator[ServerProcess]:
    """A server over it."""
    settings = new_registry(tmp_path, postgres_of_ours.url) | {
        "WURAO_CALLS_IN_FLIGHT": str(_ROOM),
        "WURAO_GRACE_SECONDS": "2",
        "WURAO_METRICS_ADDRESS": metrics_address,
    }
    with start_server(tiny_bundle, **settings) as server:
        yield server


def refusal(call: "grpc.Future[Any]") -> str:
    """Return code and reason that a call ends with."""
    error = call.exception()
    assert isinstance(error, grpc.RpcError)
    status, info = rpc_status.from_call(error), error_details_pb2.ErrorInfo()
    for detail in status.details if status else ():
        detail.Unpack(info)
    return f"{error.code().name} {info.reason}"


def test_an_absent_store_is_told_and_holds_nobody_up(
    server: ServerProcess, postgres_of_ours: PostgresServer
) -> None:
    """Calls with a contact end with STORE_UNAVAILABLE, those without go on; it recovers alone."""
    with grpc.insecure_channel(server.address) as channel, ThreadPoolExecutor() as threads:
        classifier = classifier_pb2_grpc.ClassifierServiceStub(channel)
        registry = optouts_pb2_grpc.OptOutServiceStub(channel)
        told = pb.ClassifyRequest(turn=STOP, contact=CONTACT)
        assert classifier.Classify(told).recorded.opt_out_id
        postgres_of_ours.stop()
        away = "UNAVAILABLE STORE_UNAVAILABLE"
        assert refusal(registry.CheckContact.future(CHECK, timeout=_SECONDS)) == away
        plain = pb.ClassifyRequest(turn=STOP)

        def ask(_number: int) -> tuple[str, str, str]:
            heard = refusal(classifier.Classify.future(told, timeout=_SECONDS))
            checked = refusal(registry.CheckContact.future(CHECK, timeout=_SECONDS))
            return heard, checked, classifier.Classify(plain, timeout=_SECONDS).prediction.rule

        for _round in range(_ROUNDS):
            # One call of a round may be the one that looks whether the store is back.
            for heard, checked, rule in threads.map(ask, range(_ROOM // 2)):
                assert (heard, checked) == (away, away)
                assert rule
        assert refused_in_a_stream(classifier) == away
        assert told_by_the_client(server.address) == "STORE_UNAVAILABLE"
        postgres_of_ours.start()
        assert checked_within(registry, 10)
        assert classifier.Classify(told).recorded.opt_out_id


def test_our_clients_ask_an_absent_store_once(
    server: ServerProcess, postgres_of_ours: PostgresServer, metrics_address: str
) -> None:
    """Tried again and again, a call with a short deadline would never hear the reason."""
    postgres_of_ours.stop()
    with Client(server.address, timeout_seconds=30) as asking:
        for _ in range(3):
            with pytest.raises(CallError) as caught:
                asking.classify_contact(Turn(STOP.text, Channel.SMS), CONTACT)
            assert caught.value.reason == "STORE_UNAVAILABLE"
            with pytest.raises(CallError) as caught, asking.conversation(contact=CONTACT) as talk:
                talk.heard("以后别再打了")
            assert caught.value.reason == "STORE_UNAVAILABLE"
            with pytest.raises(grpc.RpcError):
                asking.opt_outs.CheckContact(CHECK)
    with urllib.request.urlopen(f"http://{metrics_address}/metrics", timeout=10) as page:
        lines = page.read().decode().splitlines()
    counted = [line for line in lines if line.startswith("wurao_calls_total{")]
    for method in ("ClassifierService/Classify", "OptOutService/CheckContact"):
        assert f'wurao_calls_total{{code="UNAVAILABLE",method="{method}"}} 3.0' in counted


def test_what_a_cut_line_loses_is_logged(
    server: ServerProcess, postgres_of_ours: PostgresServer
) -> None:
    """Nobody is there any more to be told, so the log says that an opt-out may be lost."""
    with cut_line(server.address):
        postgres_of_ours.stop()
    server.process.send_signal(signal.SIGTERM)
    _, log = server.process.communicate(timeout=20)
    assert "what was heard last was not kept: " in log
    assert "Task exception" not in log


def test_what_a_stop_leaves_unwritten_is_logged(tiny_bundle: Path, tmp_path: Path) -> None:
    """A store that hangs is left in the end, and not without a word."""
    settings = new_registry(tmp_path)
    with (
        start_server(tiny_bundle, **settings) as server,
        closing(sqlite3.connect(settings["WURAO_REGISTRY"], isolation_level=None)) as other,
    ):
        with cut_line(server.address):
            other.execute("BEGIN IMMEDIATE")
        server.process.send_signal(signal.SIGTERM)
        _, log = server.process.communicate(timeout=30)
    assert "what was heard last on 1 streams was not kept" in log


def test_a_server_stops_in_time_without_its_store(
    server: ServerProcess, postgres_of_ours: PostgresServer
) -> None:
    """What waits for the store is over within the grace."""
    with grpc.insecure_channel(server.address) as channel:
        registry = optouts_pb2_grpc.OptOutServiceStub(channel)
        assert registry.CheckContact(CHECK).allowed  # a count that is to be written down
        postgres_of_ours.stop()
        waiting = registry.CheckContact.future(CHECK)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=8) == 0
        assert refusal(waiting).startswith("UNAVAILABLE")


@pytest.mark.parametrize("calls", [0, _ROOM // 2])
def test_a_server_stops_in_time_while_its_store_hangs(
    server: ServerProcess, postgres_of_ours: PostgresServer, calls: int
) -> None:
    """A store that never answers holds up neither the last counts nor calls nor their threads."""
    with grpc.insecure_channel(server.address) as channel:
        registry = optouts_pb2_grpc.OptOutServiceStub(channel)
        assert registry.CheckContact(CHECK).allowed  # a count that is to be written down
        with frozen(postgres_of_ours):
            waiting = [registry.CheckContact.future(CHECK) for _ in range(calls)]
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(timeout=8) == 0
            assert all(isinstance(call.exception(), grpc.RpcError) for call in waiting)


def test_a_line_that_was_cut_is_noticed(postgres_of_ours: PostgresServer) -> None:
    """A database machine that is gone without a word is given up within seconds."""
    database = PostgresDatabase(postgres_of_ours.url)
    with database.reading() as connection:
        found = connection.raw.info.get_parameters()
    database.close()
    seconds = {name: int(found[f"keepalives_{name}"]) for name in ("idle", "interval", "count")}
    assert seconds["idle"] + seconds["interval"] * seconds["count"] <= 30
    assert int(found["tcp_user_timeout"]) <= 30_000


@contextmanager
def cut_line(address: str) -> Generator[None]:
    """Say an opt-out that no final hypothesis follows, do what is in the block, and hang up."""
    hypothesis = pb.Hypothesis(text=STOP.text, final=False)
    message = pb.ClassifyStreamRequest(channel=STOP.channel, contact=CONTACT, hypothesis=hypothesis)
    sent: SimpleQueue[pb.ClassifyStreamRequest | None] = SimpleQueue()
    sent.put(message)
    with grpc.insecure_channel(address) as channel:
        classifier = classifier_pb2_grpc.ClassifierServiceStub(channel)
        answers: Any = classifier.ClassifyStream(iter(sent.get, None))
        next(answers)
        try:
            yield
        finally:
            answers.cancel()
            sent.put(None)


@contextmanager
def frozen(server: PostgresServer) -> Generator[None]:
    """Let no process of a PostgreSQL server run meanwhile."""
    with psycopg.connect(server.url) as connection:
        backend = Path(f"/proc/{connection.info.backend_pid}/stat")
        postmaster = int(backend.read_text("utf-8").split()[3])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children")
    os.kill(postmaster, signal.SIGSTOP)
    processes = [*map(int, children.read_text("utf-8").split()), postmaster]
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


def refused_in_a_stream(classifier: classifier_pb2_grpc.ClassifierServiceStub) -> str:
    """Return how a stream ends whose final hypothesis cannot be recorded."""
    hypothesis = pb.Hypothesis(text=STOP.text, final=True)
    message = pb.ClassifyStreamRequest(channel=STOP.channel, contact=CONTACT, hypothesis=hypothesis)
    answers: Any = classifier.ClassifyStream(iter([message]), timeout=_SECONDS)
    with suppress(grpc.RpcError):
        next(answers)
    return refusal(answers)


def told_by_the_client(address: str) -> str:
    """Return the reason that our own client gives; its message is the server's."""
    with (
        Client(address, timeout_seconds=_SECONDS) as asking,
        pytest.raises(CallError, match=r"UNAVAILABLE: the registry's store .* do not contact") as e,
    ):
        asking.classify_contact(Turn(STOP.text, Channel.SMS), CONTACT)
    return e.value.reason


def checked_within(registry: optouts_pb2_grpc.OptOutServiceStub, seconds: float) -> bool:
    """Return whether a check is answered in time, asking again and again."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(grpc.RpcError):
            registry.CheckContact(CHECK, timeout=_SECONDS)
            return True
        time.sleep(0.1)
    return False
