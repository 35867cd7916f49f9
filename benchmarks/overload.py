"""Overload: what callers see at once, twice and four times what a server can do.

`python -m benchmarks.overload [SECONDS]`
"""

import asyncio
import sys

from benchmarks.load import ask_at_rate, ask_in_turn, quantile
from benchmarks.measured_server import measured_server
from benchmarks.messages import CLASSIFY, single_messages

_CALLERS, _CALLS = 32, 1_500
_VERB = ["serve", "--address", "127.0.0.1:0"]


def main() -> None:
    """Print a table for each of the two ways to serve."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    messages = single_messages()
    for reader in ("false", "true"):
        with measured_server("cli.main", _VERB, WURAO_SECOND_READER=reader) as server:
            asyncio.run(ask_in_turn(server.address, CLASSIFY, messages, _CALLERS, _CALLS))
            full = asyncio.run(ask_in_turn(server.address, CLASSIFY, messages, _CALLERS, _CALLS))
            capacity = len(full.seconds) / full.elapsed_seconds
            at_capacity = quantile(full.seconds, 0.99)
            print(f"\nsecond reader {reader}: {capacity:.0f} calls/s, p99 {at_capacity:.1f} ms\n")
            print("| offered | answered/s | p99 ms | x p99 at capacity | refused/s | p99 ms | MB |")
            print("|--:|--:|--:|--:|--:|--:|--:|")
            for times in (1, 2, 4):
                rate = times * capacity
                seen = asyncio.run(ask_at_rate(server.address, CLASSIFY, messages, rate, seconds))
                p99 = quantile(seen.seconds, 0.99)
                print(
                    f"| {times} x | {len(seen.seconds) / seen.elapsed_seconds:.0f} | {p99:.1f} | "
                    f"{p99 / at_capacity:.2f} | "
                    f"{len(seen.refused_seconds) / seen.elapsed_seconds:.0f} | "
                    f"{quantile(seen.refused_seconds, 0.99):.1f} | {server.megabytes():.0f} |"
                )


if __name__ == "__main__":
    main()
