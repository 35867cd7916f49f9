"""Calls whose message never comes, and connections that say nothing, asked of real servers."""

import resource
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from classifier.server.security.permissions import Role
from classifier.server.security.token_file import add_token
from classifier.server.security.tokens import new_token
from tests.server_process import ServerProcess, start_server

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000")
_DESCRIPTORS = 256


def await_that(so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 30
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def check(channel: grpc.Channel) -> int:
    """Make an honest call."""
    status: int = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest()).status
    return status


@pytest.mark.parametrize("method", ["Check", "Watch"])
def test_calls_without_a_message_are_given_up(
    bundle_folder: Path, tmp_path: Path, method: str
) -> None:
    """A stranger holds no more of them than there is room for, and keeps nobody else out."""
    add_token(tmp_path / "tokens", new_token("bot", [Role.CLASSIFY])[1])
    settings = {"WURAO_TOKENS": str(tmp_path / "tokens"), "WURAO_CALLS_IN_FLIGHT": "2"}
    over = threading.Event()

    def nothing() -> Iterator[bytes]:
        over.wait()
        yield from ()

    with (
        start_server(bundle_folder, **settings) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stall: grpc.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(
            f"/grpc.health.v1.Health/{method}"
        )
        stalled: list[grpc.Call] = []
        for _ in range(20):
            stalled.append(stall(nothing()))
            assert check(channel) == health_pb2.HealthCheckResponse.SERVING
        await_that(lambda: sum(call.is_active() for call in stalled) <= 4)
        ended = [call for call in stalled if not call.is_active()]
        assert {call.code() for call in ended} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
        for call in stalled:
            call.cancel()
        over.set()
        assert check(channel) == health_pb2.HealthCheckResponse.SERVING


def test_calls_ended_without_a_message_are_bounded(bundle_folder: Path) -> None:
    """Of those left to gRPC nothing is told; beyond their bound each is answered at once."""
    with (
        start_server(bundle_folder, WURAO_CALLS_IN_FLIGHT="2") as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        ask: grpc.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(
            "/grpc.health.v1.Health/Check"
        )
        ended: list[grpc.Call] = []
        for _ in range(20):
            ended.append(ask(iter(())))
            assert check(channel) == health_pb2.HealthCheckResponse.SERVING
        await_that(lambda: sum(call.is_active() for call in ended) <= 2)
        answered = [call for call in ended if not call.is_active()]
        assert {call.code() for call in answered} == {grpc.StatusCode.INVALID_ARGUMENT}
        assert check(channel) == health_pb2.HealthCheckResponse.SERVING


def test_a_client_may_ping_through_silence(bundle_folder: Path) -> None:
    """Its stream lives on, though it says nothing for many pings."""
    options = [
        ("grpc.keepalive_time_ms", 1_200),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    ]
    with (
        start_server(bundle_folder) as server,
        grpc.insecure_channel(server.address, options) as channel,
    ):
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        time.sleep(7)  # of four too many it would have heard
        assert watch.is_active()
        watch.cancel()


@contextmanager
def few_descriptors() -> Generator[None]:
    """Let what is started meanwhile have few descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def descriptors_of(server: ServerProcess) -> int:
    """Return how many files and sockets a server has open."""
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def is_closed(connection: socket.socket) -> bool:
    """Say whether the server has closed a connection."""
    try:
        while connection.recv(4096):
            pass
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def test_idle_connections_leave_descriptors(bundle_folder: Path) -> None:
    """A stranger's are closed at once beyond a bound; who is there goes on, who comes later too."""
    with ExitStack() as stack:
        with few_descriptors():
            server = stack.enter_context(start_server(bundle_folder))
        host, port = server.address.split(":")
        idle = []
        with grpc.insecure_channel(server.address) as channel:
            assert check(channel) == health_pb2.HealthCheckResponse.SERVING
            for _ in range(_DESCRIPTORS + 50):
                connection = socket.create_connection((host, int(port)))
                connection.sendall(_PREFACE)
                connection.setblocking(False)
                idle.append(stack.enter_context(connection))
            await_that(lambda: sum(map(is_closed, idle)) > _DESCRIPTORS // 4)
            assert descriptors_of(server) < _DESCRIPTORS * 0.9
            assert check(channel) == health_pb2.HealthCheckResponse.SERVING
        for connection in idle:
            connection.close()
        await_that(lambda: descriptors_of(server) < _DESCRIPTORS // 2)
        with grpc.insecure_channel(server.address) as later:
            assert check(later) == health_pb2.HealthCheckResponse.SERVING
