"""Asks a server and keeps the time: callers in turn, at a fixed rate, or in streams."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.http2 import Connection, call_headers, prefixed
from benchmarks.messages import CLASSIFY_STREAM

_CONNECTIONS = 8
_TICK_SECONDS = 0.002
_OK, _EXHAUSTED, _CANCELLED = 0, 8, 1


@dataclass(slots=True)
class Outcome:
    """What callers saw.

    Attributes:
        seconds: Of each call that was answered; at a fixed rate from when it was due.
        refused_seconds: Of each call that was refused as too much.
        failed: Calls that ended otherwise.
        elapsed_seconds: Of the whole.
    """

    seconds: list[float] = field(default_factory=list)
    refused_seconds: list[float] = field(default_factory=list)
    failed: int = 0
    elapsed_seconds: float = 0.0

    def note(self, status: int, seconds: float) -> None:
        """Count one call.

        Args:
            status: As the call ended.
            seconds: How long it took.
        """
        if status == _OK:
            self.seconds.append(seconds)
        elif status in (_EXHAUSTED, _CANCELLED):
            self.refused_seconds.append(seconds)
        else:
            self.failed += 1


def quantile(seconds: Sequence[float], share: float) -> float:
    """Return a quantile in milliseconds; 0 of nothing.

    Args:
        seconds: In any order.
        share: From 0 to 1.
    """
    ordered = sorted(seconds)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1e3 if ordered else 0.0


async def _connect(address: str, method: str, count: int) -> list[Connection]:
    host, _colon, port = address.rpartition(":")
    headers = call_headers(method, address)
    loop = asyncio.get_running_loop()
    pairs = [
        await loop.create_connection(lambda: Connection(headers), host, int(port))
        for _ in range(count)
    ]
    return [connection for _transport, connection in pairs]


async def _hang_up(connections: Sequence[Connection]) -> None:
    for connection in connections:
        connection.close()
    await asyncio.sleep(0)


async def ask_in_turn(
    address: str, method: str, messages: Sequence[bytes], callers: int, calls: int
) -> Outcome:
    """Let callers ask, each its next question when it has the answer to the last.

    Args:
        address: Of the server.
        method: Full name; one message in and one out.
        messages: Serialised requests, asked round and round.
        callers: How many, on at most eight connections.
        calls: How many in all.
    """
    framed = [prefixed(message) for message in messages]
    connections = await _connect(address, method, min(callers, _CONNECTIONS))
    loop, over, outcome = asyncio.get_running_loop(), asyncio.Event(), Outcome()
    begun = ended = 0

    def ask(connection: Connection) -> None:
        nonlocal begun
        if begun == calls:
            return
        began = loop.time()
        message = framed[begun % len(framed)]
        begun += 1

        def end(status: int) -> None:
            nonlocal ended
            ended += 1
            outcome.note(status, loop.time() - began)
            if ended == calls:
                over.set()
            ask(connection)

        connection.ask(message, end)

    started = loop.time()
    for i in range(callers):
        ask(connections[i % len(connections)])
    await over.wait()
    outcome.elapsed_seconds = loop.time() - started
    await _hang_up(connections)
    return outcome


async def ask_at_rate(
    address: str, method: str, messages: Sequence[bytes], per_second: float, seconds: float
) -> Outcome:
    """Ask at a fixed rate, whether answers come or not.

    Args:
        address: Of the server.
        method: Full name; one message in and one out.
        messages: Serialised requests, asked round and round.
        per_second: Calls.
        seconds: For how long.
    """
    framed = [prefixed(message) for message in messages]
    connections = await _connect(address, method, _CONNECTIONS)
    loop, outcome = asyncio.get_running_loop(), Outcome()
    begun = ended = 0

    def ask(due: float) -> None:
        def end(status: int) -> None:
            nonlocal ended
            ended += 1
            outcome.note(status, loop.time() - due)

        connections[begun % _CONNECTIONS].ask(framed[begun % len(framed)], end)

    started = loop.time()
    while (now := loop.time() - started) < seconds:
        while begun < now * per_second:
            ask(started + begun / per_second)
            begun += 1
        await asyncio.sleep(_TICK_SECONDS)
    while ended < begun:
        await asyncio.sleep(_TICK_SECONDS)
    outcome.elapsed_seconds = loop.time() - started
    await _hang_up(connections)
    return outcome


async def talk(address: str, messages: Sequence[bytes], streams: int, turns: int) -> Outcome:
    """Let live conversations run, each turn said when the one before is answered.

    Args:
        address: Of the server.
        messages: Serialised `ClassifyStreamRequest` with a hypothesis each.
        streams: At once, on at most eight connections.
        turns: In each stream.
    """
    framed = [prefixed(message) for message in messages]
    connections = await _connect(address, CLASSIFY_STREAM, min(streams, _CONNECTIONS))
    loop, outcome = asyncio.get_running_loop(), Outcome()
    ends: list[asyncio.Future[int]] = []

    def converse(connection: Connection, first: int) -> None:
        over: asyncio.Future[int] = loop.create_future()
        ends.append(over)
        said, began = 0, 0.0

        def say() -> None:
            nonlocal said, began
            began = loop.time()
            message = framed[(first + said) % len(framed)]
            said += 1
            connection.say(stream, message, last=said == turns)

        def hear() -> None:
            outcome.seconds.append(loop.time() - began)
            if said < turns:
                say()

        stream = connection.converse(hear, over.set_result)
        say()

    started = loop.time()
    for i in range(streams):
        converse(connections[i % len(connections)], i * turns)
    outcome.failed = sum(status != _OK for status in await asyncio.gather(*ends))
    outcome.elapsed_seconds = loop.time() - started
    await _hang_up(connections)
    return outcome
