"""What control groups leave to a server."""

from pathlib import Path

import pytest

from classifier.server.checkup.limits import available_bytes, core_count


@pytest.mark.parametrize(
    ("own", "file"),
    [
        ("0::/", "memory.max"),
        ("0::/system.slice/wurao.service", "system.slice/wurao.service/memory.max"),
        ("0::/system.slice/wurao.service", "system.slice/memory.max"),
        ("0::/../elsewhere", "memory.max"),
        ("4:cpuset:/\n3:memory:/docker/1f", "memory/docker/1f/memory.limit_in_bytes"),
        ("3:memory:/docker/1f", "memory/memory.limit_in_bytes"),
    ],
)
def test_the_least_limit_above_counts(tmp_path: Path, own: str, file: str) -> None:
    """Of the group itself or of any above it, in both versions, wherever a container begins."""
    (tmp_path / "own").write_text(own + "\n", "utf-8")
    cgroups = tmp_path / "cgroups"
    limit = cgroups / file
    limit.parent.mkdir(parents=True)
    limit.write_text("1048576\n", "utf-8")
    assert available_bytes(cgroups, tmp_path / "own") == 1 << 20
    limit.write_text("max\n", "utf-8")
    assert available_bytes(cgroups, tmp_path / "own") > 1 << 20


@pytest.mark.parametrize(("text", "cores"), [("50000 100000", 1), ("100000 100000", 1)])
def test_a_share_of_cores_is_no_more(tmp_path: Path, text: str, cores: int) -> None:
    """Half a core keeps one worker busy and no second."""
    (tmp_path / "own").write_text("0::/pod\n", "utf-8")
    (tmp_path / "pod").mkdir()
    (tmp_path / "pod" / "cpu.max").write_text(f"{text}\n", "utf-8")
    assert core_count(tmp_path, tmp_path / "own") == cores
    (tmp_path / "pod" / "cpu.max").write_text("max 100000\n", "utf-8")
    assert core_count(tmp_path, tmp_path / "own") >= cores
