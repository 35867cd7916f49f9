"""Times CheckContact beside an empty echo: `python -m benchmarks.check_contact [REGISTRY KEYS]`.

Two servers run side by side and are asked in turns, so that a busy machine meets both. What counts
is their CPU a call and the ratio of the two; latencies are those of a client on the same machine,
which 32 callers keep busy, and which half of the calls they get leave time to breathe.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from wurao.v1 import classifier_pb2
from wurao.v1 import optouts_pb2 as pb
from wurao.v1.subjects_pb2 import Contact, Subject

from benchmarks.load import Outcome, ask_at_rate, ask_in_turn, quantile
from benchmarks.measured_server import MeasuredServer, measured_server
from benchmarks.messages import CLASSIFY
from classifier.key_file import add_key
from classifier.optouts.open_registry import create_registry
from classifier.optouts.subjects.keys import keys_from_file

_CALLERS = (8, 32)
_CALLS, _WARM_UP_CALLS, _ROUNDS = 3_000, 3_000, 7
_SECONDS_AT_HALF = 5.0
_NUMBERS = 3_000
_CHECK = "/wurao.v1.OptOutService/CheckContact"
_TURN = "那个我现在在开会 你等一下"


@dataclass(frozen=True)
class _Asked:
    """A server and what it is asked.

    Attributes:
        name: Of the row.
        server: Running.
        method: Full name.
        messages: Serialised requests.
    """

    name: str
    server: MeasuredServer
    method: str
    messages: Sequence[bytes]

    def ask(self, callers: int, calls: int) -> tuple[float, Outcome]:
        """Return the CPU microseconds of a call, and how the calls went."""
        before = self.server.cpu_seconds()
        outcome = asyncio.run(
            ask_in_turn(self.server.address, self.method, self.messages, callers, calls)
        )
        return (self.server.cpu_seconds() - before) / calls * 1e6, outcome


def _checks() -> list[bytes]:
    return [
        pb.CheckContactRequest(
            tenant="acme",
            subject=Subject(value=f"+8613{n * 7919 % 1_000_000_000:09d}"),
            channel=classifier_pb2.CHANNEL_VOICE,
            campaign="spring",
            purpose="marketing",
            bot="bot-7",
        ).SerializeToString()
        for n in range(_NUMBERS)
    ]


def _compare(callers: int, first: _Asked, second: _Asked) -> None:
    """Print a line for each, and the median of the ratios of the rounds."""
    found: dict[str, list[tuple[float, Outcome]]] = {first.name: [], second.name: []}
    for one in (first, second):
        one.ask(callers, _WARM_UP_CALLS)
    for _round in range(_ROUNDS):
        for one in (first, second):
            found[one.name].append(one.ask(callers, _CALLS))
    for name, rounds in found.items():
        cost = median(cpu for cpu, _ in rounds)
        pairs = zip(rounds, found[first.name], strict=True)
        ratio = median(mine / floor for (mine, _), (floor, _) in pairs)
        seconds = [one for _, outcome in rounds for one in outcome.seconds]
        lost = len(rounds) * _CALLS - len(seconds)
        print(
            f"{callers:3} callers  {name:36} {cost:6.0f} us of CPU a call, {ratio:4.2f} x; "
            f"p50 {quantile(seconds, 0.5):5.1f} ms, p99 {quantile(seconds, 0.99):5.1f} ms"
            + (f"; {lost} calls failed" if lost else ""),
            flush=True,
        )


def _at_half(asked: _Asked) -> None:
    full = asked.ask(_CALLERS[-1], _CALLS)[1]
    rate = len(full.seconds) / full.elapsed_seconds / 2
    seen = asyncio.run(
        ask_at_rate(asked.server.address, asked.method, asked.messages, rate, _SECONDS_AT_HALF)
    )
    print(
        f"{rate:,.0f} calls a second, half of what {_CALLERS[-1]} callers get: {asked.name} "
        f"p50 {quantile(seen.seconds, 0.5):.1f} ms, p99 {quantile(seen.seconds, 0.99):.1f} ms"
    )


def main() -> None:
    """Print a line a figure."""
    turn = classifier_pb2.ClassifyRequest(turn=classifier_pb2.Turn(text=_TURN))
    contact = Contact(subject=Subject(value="13900139000"), bot="bot-7", campaign="spring")
    with_contact = classifier_pb2.ClassifyRequest(turn=turn.turn, contact=contact)
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory())
        place, keys = sys.argv[1:] or (f"{folder}/registry.db", f"{folder}/keys")
        if not Path(keys).exists():
            add_key(Path(keys))
            create_registry(place, keys_from_file(Path(keys)))
        settings = {"WURAO_REGISTRY": place, "WURAO_REGISTRY_KEYS": keys}
        settings["WURAO_CALLS_IN_FLIGHT"] = "10000"  # nobody is to be refused here
        verb = ["serve", "--address", "127.0.0.1:0"]
        empty = opened.enter_context(measured_server("benchmarks.echo_server"))
        ours = opened.enter_context(measured_server("cli.main", verb, **settings))
        echo = _Asked("empty echo", empty, _CHECK, _checks())
        check = _Asked("CheckContact", ours, _CHECK, _checks())
        for callers in _CALLERS:
            _compare(callers, echo, check)
        for each in (echo, check):
            _at_half(each)
        plain = _Asked("Classify", ours, CLASSIFY, [turn.SerializeToString()])
        asked = [with_contact.SerializeToString()]
        named = _Asked("Classify with a contact, no opt-out", ours, CLASSIFY, asked)
        _compare(_CALLERS[-1], plain, named)


if __name__ == "__main__":
    main()
