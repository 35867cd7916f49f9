"""The README's commands, as a newcomer types them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.server_process import start_server

README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    line.removeprefix(".venv/bin/wurao ")
    for block in re.findall(r"```\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.startswith(".venv/bin/wurao ")
]


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.split()[0] not in ("train", "call")])
def test_command_runs(command: str, bundle_folder: Path) -> None:
    """Each command that needs no server ends well; training is what made the bundle."""
    run(command, WURAO_BUNDLE=str(bundle_folder))


def test_calls_run(bundle_folder: Path) -> None:
    """Each command that needs a server is answered by one."""
    calls = [command for command in COMMANDS if command.startswith("call")]
    assert len(calls) >= 2
    with start_server(bundle_folder) as server:
        for command in calls:
            run(command, WURAO_ADDRESS=server.address)


def test_make_verbs_of_the_readme_exist() -> None:
    """No `make` in the README is a dead end."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    verbs = set(re.findall(r"(?<=`make )[a-z]+(?=`)|(?<=^make )[a-z]+$", README, re.MULTILINE))
    assert {"run", "demo", "test"} <= verbs
    for verb in verbs:
        assert f"\n{verb}:" in makefile


def run(command: str, **environment: str) -> None:
    """Run one line of the README in a shell, with this Python's `wurao`."""
    subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m cli.main {command}"],
        cwd=ROOT,
        env=os.environ | environment,
        check=True,
        capture_output=True,
    )
