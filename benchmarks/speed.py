"""Speed beside an empty echo and a naive server: `python -m benchmarks.speed [SECONDS]`.

All servers run side by side and are asked in turns, several rounds, so that a busy machine meets
all of them alike; a cost is the median of the rounds, a ratio that of the ratios within each round.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median

from benchmarks.load import Outcome, ask_in_turn, quantile, talk
from benchmarks.measured_server import MeasuredServer, measured_server
from benchmarks.messages import (
    CLASSIFY,
    CLASSIFY_BATCH,
    batch_messages,
    single_messages,
    stream_messages,
)

_BUNDLE = os.environ.get("WURAO_BUNDLE", "models/champion")
_CALLERS = (1, 8, 32, 128)
_ROUNDS = 7
_BATCH, _STREAMS = 50, 8
_WARM_UP_CALLS = 200
_UNBOUNDED = {"WURAO_CALLS_IN_FLIGHT": "10000"}  # 128 callers are not to be refused here
_OURS = {
    "ours, linear model": {"WURAO_SECOND_READER": "false"},
    "ours, second reader too": {"WURAO_SECOND_READER": "true"},
}
_ECHO, _NAIVE = "echo", "naive"


@dataclass
class _Rounds:
    """What was measured of one server: CPU seconds per 1,000 turns of each round, and how it went.

    Attributes:
        costs: One for each round.
        rates: Calls a second of each round.
        seconds: Of every call.
        elapsed_seconds: Of all rounds.
        lost: Calls that failed or were refused.
    """

    costs: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    elapsed_seconds: float = 0.0
    lost: int = 0

    def add(self, outcome: Outcome, cpu_seconds: float, turns: int) -> None:
        self.costs.append(cpu_seconds / turns * 1e3)
        self.rates.append(len(outcome.seconds) / outcome.elapsed_seconds)
        self.seconds += outcome.seconds
        self.elapsed_seconds += outcome.elapsed_seconds
        self.lost += outcome.failed + len(outcome.refused_seconds)

    def ratio_to(self, other: "_Rounds") -> float:
        return median(a / b for a, b in zip(self.costs, other.costs, strict=True))


@contextmanager
def _server(name: str, workers: int = 1) -> Generator[MeasuredServer]:
    if name == _ECHO:
        context = measured_server("benchmarks.echo_server")
    elif name == _NAIVE:
        context = measured_server("benchmarks.naive_server", [_BUNDLE])
    else:
        verb = ["serve", "--address", "127.0.0.1:0", "--workers", str(workers)]
        context = measured_server("cli.main", verb, **_UNBOUNDED, **_OURS[name])
    with context as server:
        yield server


def _ask(server: MeasuredServer, callers: int, calls: int) -> Outcome:
    return asyncio.run(ask_in_turn(server.address, CLASSIFY, single_messages(), callers, calls))


def _in_turns(
    servers: Mapping[str, MeasuredServer], callers: int, seconds: float
) -> dict[str, _Rounds]:
    """Return the rounds of each server with so many callers, some seconds for all its rounds."""
    warm = {name: _ask(server, callers, _WARM_UP_CALLS) for name, server in servers.items()}
    rounds = {name: _Rounds() for name in servers}
    for _ in range(_ROUNDS):
        for name, server in servers.items():
            rate = _WARM_UP_CALLS / warm[name].elapsed_seconds
            calls = max(_WARM_UP_CALLS, int(rate * seconds / _ROUNDS))
            before = server.cpu_seconds()
            outcome = _ask(server, callers, calls)
            rounds[name].add(outcome, server.cpu_seconds() - before, calls)
    return rounds


def _unary_table(servers: Mapping[str, MeasuredServer], seconds: float) -> None:
    print("| server | callers | calls/s | p50 ms | p99 ms | p99.9 ms | CPU s per 1,000 | x echo |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for callers in _CALLERS:
        rounds = _in_turns(servers, callers, seconds)
        for name, of in rounds.items():
            times = " | ".join(f"{quantile(of.seconds, share):.2f}" for share in (0.5, 0.99, 0.999))
            rate = len(of.seconds) / of.elapsed_seconds
            ratio = of.ratio_to(rounds[_ECHO])
            cost = f"{median(of.costs):.3f} | {ratio:.2f}"
            print(f"| {name} | {callers} | {rate:.0f} | {times} | {cost} |", flush=True)
            if of.lost:
                print(f"{of.lost} calls failed")


def _bulk_table(servers: Mapping[str, MeasuredServer], seconds: float) -> None:
    """Batches beside unary calls of one caller, streams beside those of as many callers."""
    print("\n| server | way | CPU s per 1,000 turns | turns per CPU second x unary calls |")
    print("|---|---|--:|--:|")
    turns = int(5000 * seconds / _ROUNDS)  # CPU time is told in steps of 10 ms
    ways: dict[str, tuple[int, Callable[[str], Outcome], int]] = {
        "batch": (1, lambda address: _ask_batches(address, turns), turns // _BATCH * _BATCH),
        "stream": (_STREAMS, lambda address: _ask_streams(address, turns), turns),
    }
    for name in (_ECHO, *_OURS):
        for way, (callers, ask, done) in ways.items():
            if (name, way) == (_ECHO, "batch"):
                continue  # it has none
            bulk, unary = _Rounds(), _Rounds()
            for _ in range(_ROUNDS):
                server = servers[name]
                before = server.cpu_seconds()
                bulk.add(ask(server.address), server.cpu_seconds() - before, done)
                before = server.cpu_seconds()
                unary.add(_ask(server, callers, turns), server.cpu_seconds() - before, turns)
            print(f"| {name} | {way} | {median(bulk.costs):.3f} | {unary.ratio_to(bulk):.2f} |")


def _ask_batches(address: str, turns: int) -> Outcome:
    messages = batch_messages(_BATCH)
    return asyncio.run(ask_in_turn(address, CLASSIFY_BATCH, messages, 1, turns // _BATCH))


def _ask_streams(address: str, turns: int) -> Outcome:
    return asyncio.run(talk(address, stream_messages(), _STREAMS, turns // _STREAMS))


def _workers_table(seconds: float) -> None:
    """Two workers beside one, which says something only where each has a core and the load too."""
    cores = len(os.sched_getaffinity(0))
    print(
        f"\nTwo workers need two cores free and the load a third; here are {cores}, shared or not."
    )
    print("\n| server | calls/s | two workers x one |")
    print("|---|--:|--:|")
    for name in _OURS:
        with _server(_ECHO) as echo, _server(name) as one, _server(name, 2) as two:
            servers = {_ECHO: echo, f"{name}, 1 worker": one, f"{name}, 2 workers": two}
            rounds = _in_turns(servers, _CALLERS[-1], seconds)
        _echo, of_one, of_two = rounds.values()
        gain = median(b / a for a, b in zip(of_one.rates, of_two.rates, strict=True))
        for row, of in rounds.items():
            told = f"{gain:.2f}" if of is of_two else ""
            print(f"| {row} | {median(of.rates):.0f} | {told} |", flush=True)


def _size_table() -> None:
    print("\n| server | start to SERVING, s | MB resident at start | and after 1,000 calls |")
    print("|---|--:|--:|--:|")
    for name in _OURS:
        with _server(name) as server:
            fresh = server.megabytes()
            asyncio.run(ask_in_turn(server.address, CLASSIFY, single_messages(), 8, 1_000))
            print(
                f"| {name} | {server.start_seconds:.2f} | {fresh:.0f} | {server.megabytes():.0f} |"
            )


def main() -> None:
    """Print the tables."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    with ExitStack() as opened:
        names = (_ECHO, *_OURS, _NAIVE)
        servers = {name: opened.enter_context(_server(name)) for name in names}
        _unary_table(servers, seconds)
        _bulk_table(servers, seconds)
    _size_table()
    _workers_table(seconds)


if __name__ == "__main__":
    main()
