"""The soak in a short version; `make soak` runs ten minutes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.soak import Sizes, grown
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


@pytest.mark.parametrize(
    ("a_part", "what"),
    [(Sizes(1.0, 0, 0), "megabytes"), (Sizes(0, 1, 0), "threads"), (Sizes(0, 0, 1), "descriptors")],
)
def test_leak_is_named(a_part: Sizes, what: str) -> None:
    """What grows by one in each part of a soak is found and named."""
    rows = [Sizes(*(int(180 + part * size) for size in a_part)) for part in range(20)]
    assert grown(rows) == [what]


def test_pool_that_fills_up_is_no_leak() -> None:
    """A thread more, and sockets open for a moment, do not spoil a soak."""
    rows = [Sizes(187.0, 22 + (part > 15), 26 + 5 * (part % 5 == 0)) for part in range(20)]
    assert grown(rows) == []
