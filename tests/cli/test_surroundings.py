"""Verbs where the terminal or the machine has less than usual."""

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


def test_too_little_memory_is_told(bundle_folder: Path) -> None:
    """Not by a traceback."""
    script = f"ulimit -v 300000; exec {sys.executable} -m cli.main classify --text 好"
    result = subprocess.run(
        ["/bin/bash", "-c", script],
        env=os.environ | {"WURAO_BUNDLE": str(bundle_folder)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr == "wurao: " + MEMORY + "\n"
