"""What an installed package brings."""

import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

from tests.conftest import ROOT
from tests.deploy.test_monitor import SERVING_ONLY


def test_every_room_is_shipped() -> None:
    """A folder with modules is a package of the wheel."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        packages = set(tomllib.load(file)["tool"]["setuptools"]["packages"])
    rooms = {
        ".".join(module.parent.relative_to(ROOT).parts)
        for top in ("classifier", "cli", "training")
        for module in (ROOT / top).rglob("*.py")
    }
    assert packages - {"wurao", "wurao.v1"} == rooms


def test_the_source_distribution_has_what_is_compiled(tmp_path: Path) -> None:
    """What is built from it is not silently without its compiled part."""
    command = [sys.executable, "setup.py", "-q", "egg_info", "--egg-base", str(tmp_path)]
    command += ["sdist", "--dist-dir", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [archive] = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        there = {name.partition("/")[2] for name in file.getnames()}
    sources = [*(ROOT / "classifier" / "text").glob("*.p[yx][xd]")]
    assert len(sources) > 5
    assert {str(path.relative_to(ROOT)) for path in sources} <= there


def test_the_oldest_libraries_run_the_stubs() -> None:
    """What is declared is at least as new as the stubs demand."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        declared = tomllib.load(file)["project"]["dependencies"]
    stubs = "".join(path.read_text("utf-8") for path in (ROOT / "protos").rglob("*_pb2*.py"))
    [grpc] = set(re.findall(r"GRPC_GENERATED_VERSION = '(.*)'", stubs))
    [protobuf] = set(re.findall(r"Protobuf Python Version: (.*)", stubs))
    assert f"protobuf>={protobuf}" in declared
    assert {one for one in declared if one.startswith("grpcio")} == {
        f"grpcio{part}>={grpc}" for part in ("", "-health-checking", "-reflection", "-status")
    }


def test_a_verb_that_trains_names_what_is_missing() -> None:
    """Where only serving is installed, the remedy is told."""
    command = [sys.executable, "-c", SERVING_ONLY, "train"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert said.stderr.endswith("this verb needs: pip install 'wurao[train]'\n")
    assert len(said.stderr.splitlines()) == 1


def test_no_file_has_outgrown_its_room() -> None:
    """A file past 300 lines is to be split; what is generated is not counted."""
    rooms = ("benchmarks", "classifier", "cli", "examples", "tests", "training")
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    assert len(files) > 500
    long = [path for path in files if len(path.read_text("utf-8").splitlines()) > 300]
    assert long == []
