"""Puts a server under load and counts what went wrong."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from classifier.client.calls import channel_options

ChannelOptions = list[tuple[str, str | int]]
_SAID = ("以后别再打了", "嗯 你说", "不用了谢谢", "你们怎么有我的号码")


@dataclass
class Load:
    """What callers saw.

    Attributes:
        versions: Model version of each answer, in the order of the answers.
        errors: Each call that failed, with the time at which it was begun.
        began: When each caller began the call that it is in.
    """

    versions: list[str] = field(default_factory=list)
    errors: list[tuple[float, grpc.RpcError]] = field(default_factory=list)
    began: list[float] = field(default_factory=list)

    def await_answers(self, count: int) -> None:
        """Wait until so many more calls were answered."""
        enough = len(self.versions) + count
        _await(lambda: len(self.versions) >= enough)

    def await_new_calls(self) -> None:
        """Wait until no caller is in a call that was begun before."""
        now = time.monotonic()
        _await(lambda: min(self.began) > now)


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "the server no longer answers"
        time.sleep(0.01)


@contextmanager
def under_load(
    address: str,
    callers: int = 4,
    heeds_health: bool = False,
    options: ChannelOptions | None = None,
) -> Generator[Load]:
    """Ask without a pause, each caller on a connection of its own; by default as our clients do.

    With `heeds_health`, callers turn away when health no longer says SERVING, as a balancer does.
    """
    load = Load(began=[0.0] * callers)
    over = threading.Event()
    asked = (address, options or channel_options(), load, over)
    threads = [threading.Thread(target=_call, args=(*asked, n)) for n in range(callers)]
    for thread in threads:
        thread.start()
    if heeds_health:
        threading.Thread(target=_watch_health, args=(address, over), daemon=True).start()
    try:
        load.await_answers(10 * callers)
        yield load
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _call(
    address: str, options: ChannelOptions, load: Load, over: threading.Event, caller: int
) -> None:
    # Else callers would share one connection, and that is one worker.
    options = [*options, ("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(address, options) as channel:
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        while not over.is_set():
            for text in _SAID:
                load.began[caller] = began = time.monotonic()
                try:
                    answer = stub.Classify(pb.ClassifyRequest(turn=pb.Turn(text=text)), timeout=10)
                except grpc.RpcError as error:
                    load.errors.append((began, error))
                    continue
                load.versions.append(answer.prediction.model_version)


def _watch_health(address: str, over: threading.Event) -> None:
    options = [*channel_options(), ("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(address, options) as channel, suppress(grpc.RpcError):
        for answer in health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest()):
            if answer.status != health_pb2.HealthCheckResponse.SERVING:
                break
        else:
            return
        over.set()
