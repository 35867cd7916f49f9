"""Which code made a model."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

TELL = "from training.store.lineage import trace; print(trace('', 'trained here', True).commit)"
OWN = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def git(folder: Path, *words: str) -> str:
    """Run git and return what it says."""
    settings = ("user.name=a", "user.email=a@example.com", "commit.gpgsign=false")
    options = [word for setting in settings for word in ("-c", setting)]
    command = [shutil.which("git") or "git", "-C", str(folder), *options, *words]
    result = subprocess.run(command, env=OWN, capture_output=True, text=True, check=True)
    return result.stdout.strip()


def told(packages: Path, **environment: str) -> str:
    """Return the commit that code in a folder names."""
    result = subprocess.run(
        [sys.executable, "-P", "-c", TELL],
        env=OWN | {"PYTHONPATH": f"{packages}:{ROOT / 'protos'}"} | environment,
        cwd=packages,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip()


def test_another_project_is_not_named(tmp_path: Path) -> None:
    """Neither one in whose environment this is installed, nor one whose hook calls it."""
    ours, other = tmp_path / "other" / "packages", tmp_path / "other"
    for package in ("classifier", "training"):
        unsure = shutil.ignore_patterns("__pycache__")  # other processes write there just now
        shutil.copytree(ROOT / package, ours / package, ignore=unsure)
    git(other, "init", "-q")
    git(other, "commit", "-q", "--allow-empty", "-m", "x")
    assert not told(ours)
    git(ours, "init", "-q")
    git(ours, "add", "training/store/lineage.py")
    git(ours, "commit", "-q", "-m", "y")
    hook = {"GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other)}
    assert told(ours, **hook) == told(ours) == git(ours, "rev-parse", "HEAD")
