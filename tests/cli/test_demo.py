"""`wurao demo` away from the repository."""

import subprocess
import sys
from pathlib import Path


def test_without_its_sample_it_asks_for_turns(tmp_path: Path) -> None:
    """Whoever named no file is not told that theirs is wrong."""
    command = [sys.executable, "-m", "cli.main", "demo"]
    refused = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert refused.returncode == 2
    assert "is of the repository; name turns with --sample" in refused.stderr
