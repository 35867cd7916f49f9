"""Probes and watchers, among them those who mean harm."""

import signal
import socket
from itertools import starmap
from pathlib import Path
from typing import Any, BinaryIO

import grpc
import pytest
from grpc_health.v1 import health_pb2 as pb
from grpc_health.v1 import health_pb2_grpc

from tests.server_process import start_server

SERVICE = "wurao.v1.ClassifierService"
_HEADERS, _RESET, _SETTINGS = 1, 3, 4
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_NO_WINDOW = bytes.fromhex("0000060400000000000004") + bytes(4)  # nothing may be sent on streams


def frame(kind: int, flags: int, stream: int, content: bytes) -> bytes:
    """Return an HTTP/2 frame."""
    return len(content).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + content


def literal(name: str, value: str) -> bytes:
    """Return a header, neither indexed nor packed."""
    return b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def without_window(address: str) -> socket.socket:
    """Connect, and give the server no leave to send answers."""
    host, port = address.split(":")
    connection = socket.create_connection((host, int(port)))
    connection.sendall(_PREFACE + _NO_WINDOW + frame(_SETTINGS, 1, 0, b""))
    return connection


def call(method: str, stream: int) -> bytes:
    """Return the frames of a call of the health service."""
    headers = {
        ":method": "POST", ":scheme": "http", ":path": f"/grpc.health.v1.Health/{method}",
        ":authority": "wurao", "te": "trailers", "content-type": "application/grpc",
    }  # fmt: skip
    packed = b"".join(starmap(literal, headers.items()))
    message = pb.HealthCheckRequest(service=SERVICE).SerializeToString()
    content = b"\0" + len(message).to_bytes(4) + message
    return frame(_HEADERS, 4, stream, packed) + frame(0, 1, stream, content)


def first_frame(frames: BinaryIO, stream: int) -> int:
    """Return of which kind the first frame of a stream is that the server sends."""
    while True:
        head = frames.read(9)
        assert head, "the server has closed the connection"
        frames.read(int.from_bytes(head[:3]))
        if int.from_bytes(head[5:9]) == stream and head[3] in {_HEADERS, _RESET}:
            return head[3]


def test_probes_are_told_how_it_stands(server_address: str) -> None:
    """The server and its services are served; others are not here."""
    with grpc.insecure_channel(server_address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for name in ("", SERVICE):
            assert stub.Check(pb.HealthCheckRequest(service=name)).status == 1
            assert next(stub.Watch(pb.HealthCheckRequest(service=name), timeout=5)).status == 1
        with pytest.raises(grpc.RpcError) as caught:
            stub.Check(pb.HealthCheckRequest(service="other"))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        told = list(stub.Watch(pb.HealthCheckRequest(service="other" * 1000), timeout=5))
    assert [answer.status for answer in told] == [pb.HealthCheckResponse.SERVICE_UNKNOWN]


def test_each_service_is_listed(server_address: str) -> None:
    """Whoever asks for all is told how the server and its services stand."""
    with grpc.insecure_channel(server_address) as channel:
        told = health_pb2_grpc.HealthStub(channel).List(pb.HealthListRequest(), timeout=5)
    serving = pb.HealthCheckResponse(status=pb.HealthCheckResponse.SERVING)
    assert dict(told.statuses) == {"": serving, SERVICE: serving}


def test_garbage_to_watch_is_refused_without_a_word_of_ours(server_address: str) -> None:
    """Bytes that are no message are the caller's fault, for whoever watches too."""
    with grpc.insecure_channel(server_address) as channel:
        watch: Any = channel.unary_stream("/grpc.health.v1.Health/Watch")
        with pytest.raises(grpc.RpcError) as caught:
            next(watch(b"\xff\xff garbage", timeout=5))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == "the bytes are no message of this call"


def test_answers_that_nobody_takes_are_bounded(bundle_folder: Path) -> None:
    """A stranger who reads none holds as many calls of a connection as it could have open."""
    settings = {"WURAO_OPEN_STREAMS": "10", "WURAO_CALLS_IN_FLIGHT": "2"}
    with (
        start_server(bundle_folder, **settings) as server,
        without_window(server.address) as connection,
        connection.makefile("rb") as frames,
    ):
        kinds = []
        for number in range(100):
            stream = 2 * number + 1
            connection.sendall(call("Check", stream))
            kinds.append(first_frame(frames, stream))
        assert kinds == [_HEADERS] * 28 + [_RESET] * 72
        with grpc.insecure_channel(server.address) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            assert stub.Check(pb.HealthCheckRequest()).status == 1


def test_a_watcher_who_reads_nothing_keeps_nobody_from_stopping(bundle_folder: Path) -> None:
    """The others are told that the server stops, and it ends in time."""
    with start_server(bundle_folder, WURAO_DRAIN_SECONDS="1", WURAO_GRACE_SECONDS="3") as server:
        silent = without_window(server.address)
        silent.sendall(call("Watch", 1))
        with grpc.insecure_channel(server.address) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            heard = stub.Watch(pb.HealthCheckRequest(service=SERVICE), timeout=20)
            assert next(heard).status == pb.HealthCheckResponse.SERVING
            server.process.send_signal(signal.SIGTERM)
            assert next(heard).status == pb.HealthCheckResponse.NOT_SERVING
        assert server.process.wait(10) == 0
        silent.close()
