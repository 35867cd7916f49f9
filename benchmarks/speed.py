"""Speed beside an empty echo and a naive server: `python -m benchmarks.speed [SECONDS]`."""

import asyncio
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

from benchmarks.load import Outcome, ask_in_turn, quantile, talk
from benchmarks.measured_server import MeasuredServer, measured_server
from benchmarks.messages import batch_messages, single_messages, stream_messages

_BUNDLE = os.environ.get("WURAO_BUNDLE", "models/champion")
_CALLERS = (1, 8, 32, 128)
_BATCH, _STREAMS, _STREAM_TURNS = 50, 8, 100
_WARM_UP_CALLS = 200
_UNBOUNDED = {"WURAO_CALLS_IN_FLIGHT": "10000"}  # 128 callers are not to be refused here
_OURS = {
    "ours, linear model": {"WURAO_SECOND_READER": "false"},
    "ours, second reader too": {"WURAO_SECOND_READER": "true"},
}


@contextmanager
def _server(name: str) -> Generator[MeasuredServer]:
    if name == "echo":
        context = measured_server("benchmarks.echo_server")
    elif name == "naive":
        context = measured_server("benchmarks.naive_server", [_BUNDLE])
    else:
        verb = ["serve", "--address", "127.0.0.1:0"]
        context = measured_server("cli.main", verb, **_UNBOUNDED, **_OURS[name])
    with context as server:
        yield server


def _timed(server: MeasuredServer, callers: int, seconds: float) -> tuple[Outcome, float]:
    """Return the outcome of about so many seconds, and the server's CPU seconds per 1,000 calls."""
    messages = single_messages()
    warm = asyncio.run(ask_in_turn(server.address, "Classify", messages, callers, _WARM_UP_CALLS))
    calls = max(_WARM_UP_CALLS, int(_WARM_UP_CALLS / warm.elapsed_seconds * seconds))
    before = server.cpu_seconds()
    outcome = asyncio.run(ask_in_turn(server.address, "Classify", messages, callers, calls))
    return outcome, (server.cpu_seconds() - before) / calls * 1e3


def _unary_table(seconds: float) -> dict[str, float]:
    print("| server | callers | calls/s | p50 ms | p99 ms | p99.9 ms | CPU s per 1,000 | x echo |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    floor: dict[int, float] = {}
    costs: dict[str, float] = {}
    for name in ("echo", *_OURS, "naive"):
        with _server(name) as server:
            for callers in _CALLERS:
                outcome, cost = _timed(server, callers, seconds)
                floor.setdefault(callers, cost)
                costs.setdefault(name, cost)
                times = " | ".join(
                    f"{quantile(outcome.seconds, share):.2f}" for share in (0.5, 0.99, 0.999)
                )
                rate = len(outcome.seconds) / outcome.elapsed_seconds
                ratio = cost / floor[callers]
                print(f"| {name} | {callers} | {rate:.0f} | {times} | {cost:.3f} | {ratio:.2f} |")
                if outcome.failed or outcome.refused_seconds:
                    print(f"{outcome.failed + len(outcome.refused_seconds)} calls failed")
    return costs


def _bulk_table(unary: dict[str, float], seconds: float) -> None:
    print("\n| server | way | turns per CPU second | x unary calls |")
    print("|---|---|--:|--:|")
    turns = int(1000 * seconds)
    for name in _OURS:
        with _server(name) as server:
            for way in ("batch", "stream"):
                before = server.cpu_seconds()
                if way == "batch":
                    calls = turns // _BATCH
                    messages = batch_messages(_BATCH)
                    outcome = asyncio.run(
                        ask_in_turn(server.address, "ClassifyBatch", messages, 1, calls)
                    )
                    done = len(outcome.seconds) * _BATCH
                else:
                    outcome = asyncio.run(
                        talk(server.address, stream_messages(), _STREAMS, turns // _STREAMS)
                    )
                    done = len(outcome.seconds)
                rate = done / (server.cpu_seconds() - before)
                print(f"| {name} | {way} | {rate:.0f} | {rate / (1e3 / unary[name]):.2f} |")


def _size_table() -> None:
    print("\n| server | start to SERVING, s | MB resident at start | and after 1,000 calls |")
    print("|---|--:|--:|--:|")
    for name in _OURS:
        with _server(name) as server:
            fresh = server.megabytes()
            asyncio.run(ask_in_turn(server.address, "Classify", single_messages(), 8, 1_000))
            print(
                f"| {name} | {server.start_seconds:.2f} | {fresh:.0f} | {server.megabytes():.0f} |"
            )


def main() -> None:
    """Print the tables."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    costs = _unary_table(seconds)
    _bulk_table(costs, seconds)
    _size_table()


if __name__ == "__main__":
    main()
