"""What the decision log costs a call: `python -m benchmarks.decision_log [CALLS]`.

Servers without a log, with its usual shares and with every decision are asked in turns, and the
median of the rounds is told: CPU of the whole worker, the thread that writes included, and latency.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.load import Outcome, ask_in_turn, quantile
from benchmarks.measured_server import MeasuredServer, measured_server
from benchmarks.messages import CLASSIFY, single_messages
from classifier.decision_log.log_reader import read_decisions
from classifier.key_file import add_key, read_keys
from classifier.model_bundle import load_bundle
from training.monitor.profile import build_profile, unknown_words

_CALLERS, _ROUNDS = 8, 5
_WARM_UP_CALLS = 400
_BUNDLE = Path("models/champion")
_SHARES = {"off": None, "a tenth, and objections": "0.1", "every decision": "1"}
_FLUSH_SECONDS = 2.0  # until the thread has written what the calls left


@contextmanager
def _server(folder: Path, share: str | None) -> Generator[MeasuredServer]:
    settings = {
        "WURAO_BUNDLE": str(_BUNDLE),
        "WURAO_SECOND_READER": "false",
        "WURAO_CALLS_IN_FLIGHT": "10000",
    }
    if share is not None:
        settings |= {
            "WURAO_DECISION_LOG": str(folder / f"log-{share}"),
            "WURAO_DECISION_KEYS": str(folder / "keys"),
            "WURAO_DECISION_SAMPLE": share,
        }
    with measured_server("cli.main", ["serve", "--address", "127.0.0.1:0"], **settings) as server:
        yield server


def _ask(server: MeasuredServer, messages: list[bytes], calls: int) -> tuple[Outcome, float]:
    before = server.cpu_seconds()
    outcome = asyncio.run(ask_in_turn(server.address, CLASSIFY, messages, _CALLERS, calls))
    time.sleep(_FLUSH_SECONDS)
    return outcome, (server.cpu_seconds() - before) / calls * 1e6


def _print_log(folder: Path, keys: dict[int, bytes]) -> None:
    size = sum(path.stat().st_size for path in folder.iterdir())
    unknown_share = unknown_words(load_bundle(_BUNDLE, second_reader=False))
    began = time.process_time()
    decisions = read_decisions(folder, keys)
    found = build_profile(decisions, unknown_share, "traffic", "benchmark").decisions
    cost = (time.process_time() - began) / found * 1e6
    print(f"{found:,} decisions, {size / found:.0f} bytes each; the monitor takes {cost:.0f} us")


def main() -> None:
    """Print a row for each way of logging, and what the log is like."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    messages = single_messages()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = Path(scratch)
        add_key(folder / "keys")
        servers = {
            name: stack.enter_context(_server(folder, share)) for name, share in _SHARES.items()
        }
        costs: dict[str, list[float]] = {name: [] for name in servers}
        slow: dict[str, list[float]] = {name: [] for name in servers}
        for number in range(_ROUNDS + 1):
            for name, server in servers.items():
                asked = calls if number else _WARM_UP_CALLS
                outcome, cost = _ask(server, messages, asked)
                if number:
                    costs[name].append(cost)
                    slow[name].append(quantile(outcome.seconds, 0.99))
        print("| decision log | CPU us a call | beside off | p99 ms |\n|---|--:|--:|--:|")
        unit = median(costs["off"])
        for name in servers:
            cost = median(costs[name])
            print(f"| {name} | {cost:.0f} | {cost - unit:+.0f} | {median(slow[name]):.1f} |")
        _print_log(folder / "log-1", read_keys(folder / "keys"))


if __name__ == "__main__":
    main()
