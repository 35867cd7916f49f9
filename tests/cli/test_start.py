"""The command line while it is being loaded."""

import os
import signal
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Ctrl-C comes while it is imported.
_CLICK = "import os, signal; os.kill(os.getpid(), signal.SIGINT); raise SystemExit(7)"


@pytest.mark.parametrize(
    ("disposition", "status"), [(signal.SIG_DFL, -signal.SIGINT), (signal.SIG_IGN, 7)]
)
def test_ctrl_c_ends_a_start_quietly(
    tmp_path: Path, disposition: signal.Handlers, status: int
) -> None:
    """A shell shows 130 for what a signal ended; what nohup starts goes on, as ever."""
    (tmp_path / "click.py").write_text(_CLICK, "utf-8")
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    module, function = scripts["wurao"].split(":")
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    result = subprocess.run(
        [sys.executable, "-c", f"from {module} import {function} as run; run()"],
        env=os.environ | {"PYTHONPATH": paths},
        preexec_fn=partial(signal.signal, signal.SIGINT, disposition),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == status
    assert result.stderr == ""


def test_ctrl_c_is_heard_once_it_is_loaded() -> None:
    """A verb that is stopped ends in its own way."""
    program = """
import os, signal
from cli import main, start
main.wurao.main = lambda **_: os.kill(os.getpid(), signal.SIGINT)
try:
    start.main()
except KeyboardInterrupt:
    print("heard")
"""
    listening = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    command = [sys.executable, "-c", program]
    said = subprocess.run(
        command, cwd=ROOT, preexec_fn=listening, capture_output=True, text=True, check=True
    )
    assert said.stdout == "heard\n"
