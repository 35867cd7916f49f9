"""What an installed package brings."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

from tests.conftest import ROOT
from tests.deploy.test_monitor import SERVING_ONLY


def test_what_is_built_leaves_nothing_out(tmp_path: Path) -> None:
    """Wheel and source distribution have every module, the latter all that is compiled too."""
    settings = tmp_path / "setup.cfg"
    settings.write_text(
        f"[build]\nbuild_base={tmp_path}/build\n[egg_info]\negg_base={tmp_path}\n"
        f"[sdist]\ndist_dir={tmp_path}\n[bdist_wheel]\ndist_dir={tmp_path}\n"
        f"bdist_dir={tmp_path}/wheel\nskip_build=1\n",  # without the minutes of a compiler
        "utf-8",
    )
    command = [sys.executable, "setup.py", "-q", "build_py", "sdist", "bdist_wheel"]
    env = os.environ | {"DIST_EXTRA_CONFIG": str(settings)}
    subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
    [archive], [wheel] = tmp_path.glob("*.tar.gz"), tmp_path.glob("*.whl")
    with tarfile.open(archive) as file:
        there = {name.partition("/")[2] for name in file.getnames()}
    installed = set(zipfile.ZipFile(wheel).namelist())
    tops = ("classifier", "cli", "training", "protos/wurao")
    modules = {str(m.relative_to(ROOT)) for top in tops for m in (ROOT / top).rglob("*.py")}
    assert len(modules) > 300
    assert modules <= there
    assert {module.removeprefix("protos/") for module in modules} <= installed
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
