"""The soak in a short version; `make soak` runs ten minutes."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_server_under_load_grows_in_nothing(bundle_folder: Path) -> None:
    """At 70 % load memory, threads and file descriptors stay flat, and no call fails."""
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", "0.2", "2"],
        cwd=ROOT,
        env=os.environ | {"WURAO_BUNDLE": str(bundle_folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    assert result.stdout.rstrip().endswith("flat")
    assert "calls failed" not in result.stdout
