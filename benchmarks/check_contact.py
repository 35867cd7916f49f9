"""Times CheckContact beside an empty echo: `python -m benchmarks.check_contact [REGISTRY KEYS]`.

Two servers run side by side and are asked in turns, so that a busy machine meets both. What counts
is their CPU a call and the ratio of the two; latencies are those of a client on the same machine.
"""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import grpc
from grpc import aio
from wurao.v1 import classifier_pb2, classifier_pb2_grpc, optouts_pb2_grpc
from wurao.v1 import optouts_pb2 as pb
from wurao.v1.subjects_pb2 import Contact, Subject

from classifier.key_file import add_key
from classifier.optouts.keys import keys_from_file
from classifier.optouts.open_registry import create_registry

_CALLS = 3_000
_ROUNDS = 5
_CONCURRENCY = 32
_ECHO = "/benchmarks.Echo/Echo"
_TURN = "那个我现在在开会 你等一下"
Ask = Callable[[int], Awaitable[Any]]


async def _echo(  # ruff: ignore[unused-async]  # as the server wants it
    request: pb.CheckContactRequest, _context: object
) -> pb.CheckContactRequest:
    return request


async def serve_echo() -> None:
    """Serve an empty gRPC call that parses the same request and sends it back."""
    server = aio.server()
    handler = grpc.unary_unary_rpc_method_handler(
        _echo,
        pb.CheckContactRequest.FromString,
        pb.CheckContactRequest.SerializeToString,
    )
    service = grpc.method_handlers_generic_handler("benchmarks.Echo", {"Echo": handler})
    server.add_generic_rpc_handlers([service])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"serving an echo on 127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


@contextmanager
def _running(module: str, *arguments: str, **environment: str) -> Generator[tuple[int, str]]:
    command = [sys.executable, "-m", module, *arguments]
    with Popen(command, stdout=PIPE, text=True, env=os.environ | environment) as process:
        try:
            announced = process.stdout.readline() if process.stdout else ""
            yield process.pid, announced.split()[-1]
        finally:
            process.send_signal(signal.SIGKILL)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _measure(pid: int, ask: Ask) -> tuple[float, list[float]]:
    """Return the server's CPU seconds a call, and the latency of each call."""
    latencies: list[float] = []
    numbers = iter(range(_CALLS))

    async def work() -> None:
        for n in numbers:
            began = time.perf_counter()
            await ask(n)
            latencies.append(time.perf_counter() - began)

    before = _cpu_seconds(pid)
    await asyncio.gather(*(work() for _ in range(_CONCURRENCY)))
    return (_cpu_seconds(pid) - before) / _CALLS, latencies


async def _compare(asks: dict[str, tuple[int, Ask]]) -> None:
    for pid, ask in asks.values():
        await _measure(pid, ask)
    figures: dict[str, list[tuple[float, list[float]]]] = {name: [] for name in asks}
    for _round in range(_ROUNDS):
        for name, (pid, ask) in asks.items():
            figures[name].append(await _measure(pid, ask))
    base = 0.0
    for name, rounds in figures.items():
        cost = sorted(cpu for cpu, _latencies in rounds)[_ROUNDS // 2]
        base = base or cost
        latencies = sorted(one for _cpu, few in rounds for one in few)
        middle, late = (latencies[int(len(latencies) * share)] for share in (0.5, 0.99))
        print(
            f"{name:34} {cost * 1e6:6.0f} us of CPU a call, {cost / base:4.2f} x; "
            f"p50 {middle * 1e3:5.1f} ms, p99 {late * 1e3:5.1f} ms"
        )


async def _run(echo: tuple[int, str], server: tuple[int, str]) -> None:
    async with (
        aio.insecure_channel(echo[1]) as echo_channel,
        aio.insecure_channel(server[1]) as channel,
    ):
        ping = echo_channel.unary_unary(
            _ECHO, pb.CheckContactRequest.SerializeToString, pb.CheckContactRequest.FromString
        )
        registry = optouts_pb2_grpc.OptOutServiceStub(channel)
        classifier = classifier_pb2_grpc.ClassifierServiceStub(channel)

        def check(n: int) -> pb.CheckContactRequest:
            return pb.CheckContactRequest(
                tenant="acme",
                subject=Subject(value=f"+8613{n * 7919 % 1_000_000_000:09d}"),
                channel=classifier_pb2.CHANNEL_VOICE,
                campaign="spring",
                purpose="marketing",
                bot="bot-7",
            )

        turn = classifier_pb2.ClassifyRequest(turn=classifier_pb2.Turn(text=_TURN))
        contact = Contact(subject=Subject(value="13900139000"), bot="bot-7", campaign="spring")
        with_contact = classifier_pb2.ClassifyRequest(turn=turn.turn, contact=contact)
        print(f"{_CONCURRENCY} at once from one client, {_ROUNDS} rounds of {_CALLS:,} calls each:")
        await _compare({
            "empty echo": (echo[0], lambda n: ping(check(n))),
            "CheckContact": (server[0], lambda n: registry.CheckContact(check(n))),
        })
        await _compare({
            "Classify without a contact": (server[0], lambda _n: classifier.Classify(turn)),
            "Classify with one, nothing to write": (
                server[0],
                lambda _n: classifier.Classify(with_contact),
            ),
        })


def main() -> None:
    """Print a line a figure."""
    if sys.argv[1:] == ["echo"]:
        asyncio.run(serve_echo())
        return
    with tempfile.TemporaryDirectory() as folder:
        place, keys = sys.argv[1:] or (f"{folder}/registry.db", f"{folder}/keys")
        if not Path(keys).exists():
            add_key(Path(keys))
            create_registry(place, keys_from_file(Path(keys)))
        with (
            _running("benchmarks.check_contact", "echo") as echo,
            _running(
                "cli.main",
                "serve",
                WURAO_ADDRESS="127.0.0.1:0",
                WURAO_REGISTRY=place,
                WURAO_REGISTRY_KEYS=keys,
            ) as server,
        ):
            asyncio.run(_run(echo, server))


if __name__ == "__main__":
    main()
