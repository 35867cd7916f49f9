"""A soak at 70 % load: memory, threads and file descriptors must not grow.

`python -m benchmarks.soak [MINUTES] [WORKERS]` prints a line each twentieth of the time, and ends
with exit status 1 where something grew or a call failed. A leak goes on; a pool that fills up, or a
socket open at the moment of looking, does not. So medians of quarters are compared, and a few more
threads or descriptors are no growth.
"""

import asyncio
import statistics
import sys
from typing import NamedTuple

from benchmarks.load import Outcome, ask_at_rate, ask_in_turn, quantile
from benchmarks.measured_server import MeasuredServer, measured_server
from benchmarks.messages import CLASSIFY, single_messages

_LOAD = 0.7
_PARTS = 20
_CALLS_TO_MEASURE = 2_000


class Sizes(NamedTuple):
    """What the server's processes hold at one moment."""

    megabytes: float
    threads: int
    descriptors: int


# From the second quarter to the last.
_MOST_GROWTH = Sizes(megabytes=8.0, threads=4, descriptors=8)


def main() -> None:
    """Run the soak."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    workers = sys.argv[2] if len(sys.argv) > 2 else "1"
    verb = ["serve", "--address", "127.0.0.1:0"]
    with measured_server("cli.main", verb, WURAO_WORKERS=workers) as server:
        sys.exit(_soak(server, minutes * 60 / _PARTS))


def _soak(server: MeasuredServer, part_seconds: float) -> int:
    messages = single_messages()
    full = asyncio.run(ask_in_turn(server.address, CLASSIFY, messages, 16, _CALLS_TO_MEASURE))
    rate = _LOAD * len(full.seconds) / full.elapsed_seconds
    print(f"{rate:.0f} calls/s, 70 % of what 16 callers got\n")
    print(
        "| minutes | answered | refused | failed | p50 ms | p99 ms | MB | threads | descriptors |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    rows: list[Sizes] = []
    failed = 0
    for part in range(_PARTS):
        outcome = asyncio.run(ask_at_rate(server.address, CLASSIFY, messages, rate, part_seconds))
        failed += outcome.failed
        rows.append(Sizes(server.megabytes(), server.threads(), server.descriptors()))
        _print_row((part + 1) * part_seconds / 60, outcome, rows[-1])
    grew = grown(rows)
    print(f"\ngrew: {', '.join(grew)}" if grew else "\nflat")
    if failed:
        print(f"{failed} calls failed")
    return int(bool(grew) or failed > 0)


def grown(rows: list[Sizes]) -> list[str]:
    """The names of the sizes that grew over a soak; `rows` were taken at equal distances."""
    quarter = len(rows) // 4
    return [
        name
        for name, before, after, most in zip(
            Sizes._fields,
            zip(*rows[quarter : 2 * quarter], strict=True),
            zip(*rows[-quarter:], strict=True),
            _MOST_GROWTH,
            strict=True,
        )
        if statistics.median(after) - statistics.median(before) > most
    ]


def _print_row(minutes: float, outcome: Outcome, sizes: Sizes) -> None:
    megabytes, threads, descriptors = sizes
    p50, p99 = (quantile(outcome.seconds, share) for share in (0.5, 0.99))
    counts = f"{len(outcome.seconds)} | {len(outcome.refused_seconds)} | {outcome.failed}"
    print(
        f"| {minutes:.2f} | {counts} | {p50:.1f} | {p99:.1f} | {megabytes:.1f} | {threads} | "
        f"{descriptors} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
