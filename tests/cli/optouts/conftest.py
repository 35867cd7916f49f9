"""What the tests of the registry's verbs share: a registry, and a way to run a verb on it."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.optouts.desk.ruling import PolicyRules, followers
from classifier.optouts.open_registry import open_registry
from classifier.optouts.policy.policy_file import read_policies
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import keys_from_file
from tests.command_line import run_command

NUMBER = "13800138000"
Run = Callable[..., subprocess.CompletedProcess[str]]


def records(result: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    """Return the JSON lines that a verb printed."""
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Variables that name a registry which is not there yet."""
    return {
        "WURAO_REGISTRY": str(tmp_path / "registry.db"),
        "WURAO_REGISTRY_KEYS": str(tmp_path / "registry.keys"),
    }


@pytest.fixture
def unmade(settings: dict[str, str]) -> Run:
    """Runs a verb; neither key nor registry is there. No traceback ever."""

    def run(
        *arguments: object, status: int = 0, stdin: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        environment = os.environ | settings | more
        result = run_command(("optouts", *arguments), stdin.encode(), environment)
        assert result.returncode == status, result.stderr + result.stdout
        assert "Traceback" not in result.stderr
        return result

    return run


@pytest.fixture
def optouts(unmade: Run) -> Run:
    """Runs a verb on an empty registry with its first key."""
    unmade("rotate-keys", "--new")
    return unmade


@pytest.fixture
def opened(settings: dict[str, str]) -> Callable[[], Registry]:
    """Opens that registry in this process; whoever calls it closes it."""

    def opening() -> Registry:
        policies = read_policies()
        keys = keys_from_file(Path(settings["WURAO_REGISTRY_KEYS"]))
        rules = PolicyRules(policies)
        return open_registry(settings["WURAO_REGISTRY"], keys, rules, followers(policies))

    return opening
