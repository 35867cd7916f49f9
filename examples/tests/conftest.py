"""A real server, run by the project's own environment."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def server_address() -> Iterator[str]:
    """A server on a free port, with the champion bundle."""
    # This environment may have another protobuf than the server needs.
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(ROOT / ".venv" / "bin" / "wurao"), "serve", "--address", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=bare) as server:
        assert server.stdout is not None
        announced = server.stdout.readline()
        assert announced.startswith("serving model "), announced
        yield announced.split()[-1]
        server.terminate()
