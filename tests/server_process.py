"""Starts `wurao serve` as a user would, in a process of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


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


def serve_command(bundle: Path, address: str) -> list[str]:
    """Return the command line of a server."""
    verb = ["serve", "--bundle", str(bundle), "--address", address]
    return [sys.executable, "-m", "cli.main", *verb]


@contextmanager
def start_server(bundle: Path, **environment: str) -> Generator[ServerProcess]:
    """Yield a server that has announced that it serves; kill what is left of it afterwards."""
    process = subprocess.Popen(
        serve_command(bundle, "127.0.0.1:0"),
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
