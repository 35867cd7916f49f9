"""Verbs where the terminal or the machine has less than usual."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.new_registry import new_registry

MEMORY = "memory does not suffice; free some, or raise its limit (ulimit -v, MemoryMax=)"


@pytest.mark.parametrize(
    "words", [["--help"], ["classify", "--text", "别再打了😡"], ["optouts", "notices"]]
)
def test_what_an_encoding_lacks_is_escaped(
    tiny_bundle: Path, tmp_path: Path, words: list[str]
) -> None:
    """A terminal of another encoding gets what it can show, and the verb ends as elsewhere."""
    result = subprocess.run(
        [sys.executable, "-m", "cli.main", *words],
        env=os.environ
        | {"PYTHONIOENCODING": "latin-1", "WURAO_BUNDLE": str(tiny_bundle)}
        | new_registry(tmp_path),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "\\u" in result.stdout


def test_too_little_memory_is_told(tmp_path: Path) -> None:
    """Not by a traceback: here the manifest alone, a hole on the disk, is larger than all of it."""
    with (tmp_path / "manifest.json").open("wb") as file:
        file.truncate(8 << 30)
    script = f"ulimit -v 4000000; exec {sys.executable} -m cli.main classify --text 好"
    result = subprocess.run(
        ["/bin/bash", "-c", script],
        env=os.environ | {"WURAO_BUNDLE": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr == "wurao: " + MEMORY + "\n"


def test_a_killed_worker_is_told() -> None:
    """Not by a traceback: what kills a process for want of memory takes a worker of joblib's."""
    program = """
import os
from joblib import Parallel, delayed
from cli import main
main.wurao.main = lambda **_: Parallel(2)(delayed(os._exit)(9) for _ in range(2))
main.main()
"""
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stderr.startswith("wurao: a process that worked for this one was killed")
    assert "Traceback" not in result.stderr


def test_a_missing_package_is_named() -> None:
    """Not by a traceback, where what a bot's client does without is needed by a verb."""
    program = """
import sys
sys.modules["cryptography"] = None
sys.argv[1:] = ["doctor"]
from cli.main import main
main()
"""
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    told = "cryptography is not installed; this verb needs: pip install cryptography"
    assert result.stderr == f"wurao: {told}\n"


def test_json_stays_json_in_any_encoding(tmp_path: Path) -> None:
    """By escapes of JSON's own, not of Python's."""
    result = subprocess.run(
        [sys.executable, "-m", "cli.main", "optouts", "notices", "--json"],
        env=os.environ | {"PYTHONIOENCODING": "latin-1"} | new_registry(tmp_path),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    notices = [json.loads(line) for line in result.stdout.splitlines()]
    assert any("不" in notice["text"] for notice in notices)
