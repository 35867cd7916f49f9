"""Starts `wurao serve` as a user would, in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LISTENS = "0A"


@dataclass(frozen=True)
class ServerProcess:
    """A running server."""

    address: str
    process: "subprocess.Popen[str]"


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def serve_command(
    bundle: Path, address: str, program: Sequence[str] = ("-m", "cli.main")
) -> list[str]:
    """Return the command line of a server."""
    verb = ["serve", "--bundle", str(bundle), "--address", address]
    return [sys.executable, *program, *verb]


def workers_of(server: ServerProcess) -> list[int]:
    """Return the process ids of the workers."""
    return children_of(server.process.pid)


def children_of(pid: int) -> list[int]:
    """Return the process ids of what a process started."""
    return sorted(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()))


def await_workers(server: ServerProcess, count: int, without: int, seconds: float) -> None:
    """Wait until so many workers run, none of them the one that died."""
    deadline = time.monotonic() + seconds
    while len(workers := workers_of(server)) != count or without in workers:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def await_listeners(address: str, count: int) -> None:
    """Wait until so many processes listen on a port of this machine."""
    port = f":{int(address.rpartition(':')[2]):04X}"
    deadline = time.monotonic() + 60
    while _listeners(port) < count:
        assert time.monotonic() < deadline, "no worker listens in place of one that died"
        time.sleep(0.01)


def _listeners(port: str) -> int:
    tables = [Path(f"/proc/net/{name}").read_text("utf-8") for name in ("tcp", "tcp6")]
    rows = [row.split() for table in tables for row in table.splitlines()]
    return sum(row[1].endswith(port) and row[3] == _LISTENS for row in rows)


@contextmanager
def start_server(
    bundle: Path,
    address: str = "127.0.0.1:0",
    program: Sequence[str] = ("-m", "cli.main"),
    **environment: str,
) -> Generator[ServerProcess]:
    """Yield a server that has announced that it serves; kill what is left of it afterwards."""
    process = subprocess.Popen(
        serve_command(bundle, address, program),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    assert process.stdout is not None
    try:
        announced = process.stdout.readline()
        assert announced.startswith("serving model "), announced
        yield ServerProcess(announced.split()[-1], process)
    finally:
        process.kill()
        process.communicate()
