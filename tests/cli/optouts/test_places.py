"""Where no registry is, nobody is told that everybody may be contacted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from classifier.errors import SettingsError, StoreMissingError
from cli.main import wurao
from cli.optouts.verbs import VERBS
from tests.cli.optouts.conftest import NUMBER, Run
from tests.conftest import ROOT
from tests.new_registry import new_registry

_ARGUMENTS = {
    "add": [NUMBER],
    "check": [NUMBER, "--json"],
    "show": [NUMBER],
    "revoke": [NUMBER, "--basis", "mistake", "--reason", "x", "--yes"],
    "correct": [NUMBER, "13900139000", "--reason", "x", "--yes"],
    "erase": [NUMBER, "--reason", "asked by letter", "--yes"],
    "import": [__file__],
    "export": ["-o", "-"],
    "backup": ["copy.db"],
    "resolve": ["1", "confirm"],
    "feedback": ["complaint", "--text", "x"],
    "case": ["1", "answered", "--text", "x"],
    "caller": ["suspend", "campaign", "x", "--reason", "x"],
    "export-labels": ["-o", "labels.jsonl"],
    "purge": ["--yes"],
    "rebuild": ["--yes"],
    "rotate-keys": ["--only-use"],
}
_LOST = "other.db"


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "create"])
def test_every_verb_refuses_a_registry_that_is_not_there(tmp_path: Path, verb: str) -> None:
    """A mistyped path is named with its remedy; nothing is answered, and nothing made."""
    made = new_registry(tmp_path) | {"WURAO_REGISTRY": str(tmp_path / _LOST)}
    before = sorted(path.name for path in tmp_path.iterdir())
    arguments = ["optouts", verb, *_ARGUMENTS.get(verb, [])]
    result = CliRunner().invoke(wurao, arguments, env=made)
    assert isinstance(result.exception, StoreMissingError), result.output
    assert result.stdout == ""
    assert str(tmp_path / _LOST) in str(result.exception)
    assert "`wurao optouts create`" in str(result.exception)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_an_empty_file_is_no_registry(optouts: Run, tmp_path: Path) -> None:
    """Where a mount left an empty file the answer is no answer either."""
    (tmp_path / _LOST).touch()
    refused = optouts("check", NUMBER, "--registry", tmp_path / _LOST, status=1)
    assert "no registry is there" in refused.stderr
    assert refused.stdout == ""


def test_a_server_refuses_a_registry_that_is_not_there(bundle_folder: Path, tmp_path: Path) -> None:
    """It does not start, and says where it looked."""
    lost = tmp_path / _LOST
    settings = new_registry(tmp_path) | {
        "WURAO_REGISTRY": str(lost),
        "WURAO_BUNDLE": str(bundle_folder),
        "WURAO_ADDRESS": "127.0.0.1:0",
        "WURAO_SECOND_READER": "false",
    }
    command = [sys.executable, "-m", "cli.main", "serve"]
    env = os.environ | settings
    ended = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert f"{lost}: no registry is there" in ended.stderr
    assert not lost.exists()


def test_the_first_key_brings_an_empty_registry(unmade: Run, settings: dict[str, str]) -> None:
    """It is said aloud that it is empty; both files are for their owner alone."""
    said = unmade("rotate-keys", "--new")
    assert f"made a new, empty registry at {settings['WURAO_REGISTRY']}" in said.stderr
    assert "everybody may be contacted" in said.stderr
    for path in map(Path, settings.values()):
        assert path.stat().st_mode & 0o077 == 0
    assert unmade("list", "--json").stdout == ""


def test_no_new_key_for_a_registry_whose_key_is_lost(
    optouts: Run, settings: dict[str, str]
) -> None:
    """A key that could not read it would stand where the old one is to be put back."""
    keys = Path(settings["WURAO_REGISTRY_KEYS"])
    kept = keys.rename(keys.with_name("kept"))
    assert "restore their file" in optouts("rotate-keys", "--new", status=2).stderr
    assert not keys.exists()
    kept.rename(keys)
    optouts("list")


def test_a_registry_under_keys_that_are_there(unmade: Run, settings: dict[str, str]) -> None:
    """Where the key came first, `create` makes the registry, once."""
    assert "optouts create" in unmade("rotate-keys", "--new", WURAO_REGISTRY="").stdout
    unmade("list", status=1)
    assert "made a new, empty registry" in unmade("create").stderr
    unmade("add", NUMBER)
    assert "holds a registry already" in unmade("create", status=1).stderr
    unmade("check", NUMBER, status=3)


def test_an_address_of_another_scheme_makes_no_folder(tmp_path: Path) -> None:
    """Neither the verbs that make a registry nor any other take it for a path."""
    place = {"WURAO_REGISTRY": "sqlite:///registry.db", "WURAO_REGISTRY_KEYS": str(tmp_path / "k")}
    for verb in (["rotate-keys", "--new"], ["create"], ["list"]):
        result = CliRunner().invoke(wurao, ["optouts", *verb], env=place)
        assert isinstance(result.exception, SettingsError), verb
    assert list(tmp_path.iterdir()) == []


def test_an_empty_key_file_is_no_key(unmade: Run, settings: dict[str, str]) -> None:
    """A disk that was full leaves one behind; the next try is not refused."""
    Path(settings["WURAO_REGISTRY_KEYS"]).touch()
    assert "key 1 is in" in unmade("rotate-keys", "--new").stdout
    unmade("add", NUMBER)
