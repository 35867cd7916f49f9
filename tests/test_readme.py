"""The README's commands, as a newcomer types them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.server.security.token_file import read_tokens
from tests.conftest import ROOT
from tests.server_process import start_server
from tests.training.gates.test_rules import GATE, write
from tests.walk import WEEK
from training.checks import freeze
from training.store.history import Event, Kind
from training.store.model_store import ModelStore

README = WEEK.sub("", (ROOT / "README.md").read_text("utf-8"))
COMMANDS = [
    line.removeprefix(".venv/bin/wurao ")
    for block in re.findall(r"```\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.startswith(".venv/bin/wurao ")
]


ELSEWHERE = ("train", "call", "models", "report", "optouts", "decisions", "monitor", "tokens")
DASK = " --dask tcp://127.0.0.1:8786"
PAGE = "data check --page "
ALONE = [c for c in dict.fromkeys(COMMANDS) if c.split()[0] not in ELSEWHERE]


@pytest.fixture(scope="module")
def small_data(
    tiny_data: Path, data_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder whose `data` holds a little, and what the README names of it."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(tiny_data, folder / "data")
    local = [command for command in ALONE if DASK not in command]
    for name in {place for c in local for place in re.findall(r"(?<= data/)\S+\.jsonl", c)}:
        shutil.copy(data_folder / name, folder / "data" / name)
    freeze(folder / "data")
    return folder


@pytest.mark.parametrize("command", [c for c in ALONE if DASK not in c and PAGE not in c])
def test_command_runs(command: str, bundle_folder: Path, small_data: Path) -> None:
    """Each command that needs no server ends well, on small data; training made the bundle."""
    run(command, small_data, WURAO_BUNDLE=str(bundle_folder))


def test_page_of_findings_is_written(small_data: Path) -> None:
    """The command that compares new data with old writes its page, here on small data."""
    [command] = [command for command in ALONE if command.startswith(PAGE)]
    page = re.findall(r"\S+\.html", command)[0]
    run(command.replace(page, "check.html"), small_data)
    assert (small_data / "check.html").is_file()


def test_calls_run(bundle_folder: Path) -> None:
    """Each command that needs a server is answered by one."""
    calls = [command for command in COMMANDS if command.startswith("call")]
    assert len(calls) >= 2
    with start_server(bundle_folder) as server:
        for command in calls:
            run(command, WURAO_ADDRESS=server.address)


def test_token_commands_run_in_order(tmp_path: Path) -> None:
    """Tokens are made, listed and, by the id that one has here, revoked; the last one stays."""
    new, listed, revoke = [command for command in COMMANDS if command.startswith("tokens")]
    run(new, tmp_path)
    run(new, tmp_path)
    run(listed, tmp_path)
    first, second = read_tokens(tmp_path / "tokens.jsonl")
    run(f"{revoke.rpartition(' ')[0]} {first}", tmp_path)
    assert list(read_tokens(tmp_path / "tokens.jsonl")) == [second]


def test_model_store_commands_run_in_order(
    variant: Callable[..., Path], tiny_data: Path, tmp_path: Path
) -> None:
    """Each command on the model store ends well on a small one, before gates for small models."""
    (tmp_path / "data").symlink_to(tiny_data)
    store = ModelStore(tmp_path / "models")
    first = store.add(variant("first"))
    store.promote(first, Event(Kind.PROMOTED, first.name))
    store.add(variant("second", review=0.01))
    gates = write(tmp_path, GATE)
    commands = [command for command in COMMANDS if command.startswith("models")]
    assert any(command.startswith("models promote") for command in commands)
    for command in commands:
        small = f" --gates {gates} --override small"
        run(command + small * command.startswith("models promote"), tmp_path)
    assert store.find("champion").name != first.name


def test_report_commands_run(tiny_bundle: Path, tiny_data: Path, tmp_path: Path) -> None:
    """Each command that reports on a model writes its page, here on a small one."""
    (tmp_path / "data").symlink_to(tiny_data)
    shutil.copytree(tiny_bundle, tmp_path / "models" / "champion")
    commands = [command for command in COMMANDS if command.startswith("report")]
    assert len(commands) >= 2
    for command in commands:
        run(command, tmp_path)
    for folder in (tmp_path / "build" / "report", tmp_path / "models" / "champion" / "report"):
        assert (folder / "report.html").is_file()


def test_cluster_commands_run(
    tiny_bundle: Path, tiny_data: Path, tmp_path: Path, dask_address: str
) -> None:
    """Each command for a Dask cluster ends well, here on a small model and other ports."""
    (tmp_path / "data").symlink_to(tiny_data)
    shutil.copytree(tiny_bundle, tmp_path / "models" / "champion")
    commands = [command for command in COMMANDS if DASK in command]
    assert [command.split()[0] for command in commands] == ["classify", "tune"]
    for command in commands:
        run(command.replace(DASK, f" --dask {dask_address}"), tmp_path)


def test_registry_commands_run_in_order(tmp_path: Path) -> None:
    """Each command on the registry ends well, from the first key to the report."""
    assert "export WURAO_REGISTRY=registry.db WURAO_REGISTRY_KEYS=registry.keys" in README
    settings = {"WURAO_REGISTRY": "registry.db", "WURAO_REGISTRY_KEYS": "registry.keys"}
    commands = [command for command in COMMANDS if command.startswith("optouts")]
    assert len(commands) >= 5
    for command in commands:
        run(command, tmp_path, **settings)
    assert (tmp_path / "registry.db").is_file()


def test_watching_commands_run_in_order(tiny_bundle: Path, tiny_data: Path, tmp_path: Path) -> None:
    """Each command on the decision log ends well, on the log of a server that answered calls."""
    settings = {"WURAO_DECISION_LOG": "decisions", "WURAO_DECISION_KEYS": "decision.keys"}
    assert "export " + " ".join(f"{n}={value}" for n, value in settings.items()) in README
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "champion").symlink_to(tiny_bundle)
    commands = [c for c in COMMANDS if c.split()[0] in {"decisions", "monitor"}]
    assert len(commands) == 5
    run(commands[0], tmp_path, **settings)
    places = {name: str(tmp_path / value) for name, value in settings.items()}
    with start_server(tiny_bundle, **places, WURAO_DECISION_SAMPLE="1") as server:
        sample = ROOT / "data" / "sample_conversation.jsonl"
        run(f"call {sample}", WURAO_ADDRESS=server.address)
        server.process.terminate()
        assert server.process.wait() == 0
    for command in commands[1:]:
        run(command, tmp_path, **settings)
    assert (tmp_path / "build" / "drift.html").is_file()


def test_make_verbs_of_the_readme_exist() -> None:
    """No `make` in the README is a dead end."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    verbs = set(re.findall(r"(?<=`make )[a-z]+(?=`)|(?<=^make )[a-z]+$", README, re.MULTILINE))
    assert {"run", "demo", "test"} <= verbs
    for verb in verbs:
        assert f"\n{verb}:" in makefile


def run(command: str, folder: Path = ROOT, **environment: str) -> None:
    """Run one line of the README in a shell, in a folder, with this Python's `wurao`."""
    subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m cli.main {command}"],
        cwd=folder,
        env=os.environ | environment,
        check=True,
        capture_output=True,
    )
