"""Which code made a model."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

TELL = "from training.store.lineage import trace; print(trace('', 'trained here', True).commit)"


def git(folder: Path, *words: str) -> str:
    """Run git and return what it says."""
    name = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    command = [shutil.which("git") or "git", "-C", str(folder), *name, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def told(packages: Path, folder: Path, **environment: str) -> str:
    """Return the commit that code in a folder names."""
    result = subprocess.run(
        [sys.executable, "-P", "-c", TELL],
        env={"PYTHONPATH": f"{packages}:{ROOT / 'protos'}"} | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip()


def test_another_project_is_not_named(tmp_path: Path) -> None:
    """Neither one in whose environment this is installed, nor one whose hook calls it."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "x")
    for package in ("classifier", "training"):
        shutil.copytree(ROOT / package, tmp_path / "packages" / package, symlinks=True)
    assert not told(tmp_path / "packages", tmp_path)
    hook = {"GIT_DIR": str(tmp_path / ".git"), "GIT_WORK_TREE": str(tmp_path)}
    assert told(ROOT, tmp_path, **hook) == git(ROOT, "rev-parse", "HEAD")
