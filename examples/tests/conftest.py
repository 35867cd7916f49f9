"""A real server, run by the project's own environment, and a turn that it doubts."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier.client.client import Client
from classifier.turns import Action, Channel, ContextTurn, Speaker, Turn

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


@pytest.fixture(scope="session")
def doubtful(server_address: str) -> tuple[str, str]:
    """What a bot said and its subject answered in doubt, by the model of the day.

    One of the frozen test, asked as the hooks ask.
    """
    with Client(server_address) as client:
        for path in sorted((ROOT / "data" / "test").glob("*voice*.jsonl")):
            for line in path.read_text("utf-8").splitlines():
                record = json.loads(line)
                if [said["speaker"] for said in record["context"]] != ["bot"]:
                    continue
                bot, user = record["context"][0]["text"], record["text"]
                turn = Turn(user, Channel.VOICE, (ContextTurn(Speaker.BOT, bot),))
                if client.classify(turn).action is Action.CLARIFY:
                    return bot, user
    raise AssertionError("the model doubts no turn of the frozen test")
