"""Places where nothing can be written: one line names each, before there is work to lose."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_commands import wurao
from tests.conftest import ROOT
from tests.privileges import without_privileges


@pytest.fixture
def no_folder(tmp_path: Path) -> Path:
    """A file where a folder is needed."""
    path = tmp_path / "file"
    path.write_text("hi", "utf-8")
    return path


def test_a_place_that_cannot_be_is_named(no_folder: Path, tiny_data: Path) -> None:
    """A file for a folder and a name that is too long."""
    data = ("--data", tiny_data)
    for verb, said in (
        (("train", *data, "--store", no_folder / "x"), f"{no_folder}/x/versions: Not a directory"),
        (
            ("tune", *data, "--journal", no_folder / "j.jsonl"),
            f"{no_folder}/j.jsonl: cannot be written: File exists; name another with --journal",
        ),
        (("models", "list", "--store", "a" * 300), "manifest.json: File name too long"),
    ):
        assert said in wurao(*verb, status=1).stderr


def test_the_place_of_a_model_is_looked_at_before_the_training(
    no_folder: Path, tmp_path: Path
) -> None:
    """Here there is no data to train on."""
    (tmp_path / "dangling").symlink_to("nowhere")
    for place in (no_folder, tmp_path / "dangling"):
        verb = ("train", "--data", tmp_path / "none", "-o", place / "x")
        said = f"{place}/x: cannot be written: {place} is no folder"
        assert said in wurao(*verb, status=1).stderr


def test_a_full_disk_is_named_by_the_file_that_lacks(
    variant: Callable[..., Path], tmp_path: Path
) -> None:
    """Here a limit on the size of files; a bundle that was half copied in is none."""
    program = (
        "import resource, signal, sys; from cli.main import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000,) * 2)\n"
        "main()"
    )
    verb = ("models", "add", variant("one"), "--store", tmp_path / "models")
    command = [sys.executable, "-c", program, *map(str, verb)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert said.stderr.startswith(f"wurao: {tmp_path}/models/.incoming-")
    assert "File too large" in said.stderr
    assert said.stderr.count("\n") == 1
    assert list((tmp_path / "models" / "versions").iterdir()) == []


def test_who_may_not_change_a_place_reads_what_to_do(tiny_data: Path, tmp_path: Path) -> None:
    """A store of somebody else, and a folder for a journal."""
    place = tmp_path / "models"
    (place / "versions").mkdir(parents=True)
    place.chmod(0o555)
    for verb, remedy in (
        (("models", "prune", "--store", place), "owner of the store, or name another with --store"),
        (("tune", "--data", tiny_data, "--journal", place / "j"), "name another with --journal"),
    ):
        command = [*without_privileges(), sys.executable, "-m", "cli.main", *map(str, verb)]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert said.returncode == 1
        assert said.stderr.startswith(f"wurao: {place}")
        assert ": Permission denied; " in said.stderr
        assert said.stderr.endswith(f"{remedy}\n")
    place.chmod(0o755)
