"""Files are replaced where they are, for those to read who could before."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from training.exchange.lines import append_lines


def test_what_a_link_leads_to_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    """Labels that only their owner may read stay so, on the volume where they lie."""
    target, link = tmp_path / "target.jsonl", tmp_path / "link.jsonl"
    target.write_text("{}\n", "utf-8")
    target.chmod(0o600)
    link.symlink_to(target.name)
    append_lines(link, [{"id": "a"}])
    assert link.is_symlink()
    assert target.read_text("utf-8") == '{}\n{"id": "a"}\n'
    assert target.stat().st_mode & 0o777 == 0o600
    assert sorted(tmp_path.iterdir()) == [link, target]


def test_root_leaves_a_file_to_whom_it_belongs(tmp_path: Path) -> None:
    """The nightly import of an administrator takes no labels away from who writes them."""
    if os.getuid() != 0:
        pytest.skip("not root: that an owner is kept is NOT CHECKED")
    path = tmp_path / "labels.jsonl"
    path.write_text("{}\n", "utf-8")
    for mode in (0o600, 0o660, 0o400):
        os.chown(path, 65534, 65533)
        path.chmod(mode)
        append_lines(path, [{"id": "a"}])
        state = path.stat()
        assert (state.st_uid, state.st_gid, state.st_mode & 0o777) == (65534, 65533, mode)


@pytest.mark.parametrize(
    ("mode", "group", "user"),
    [
        (0o660, 5001, 4002),  # a colleague of the same group: all of it can read on
        (0o644, 5002, 4002),  # everybody could read it
        (0o606, 5001, 4002),
        (0o660, 5002, 4001),  # of another group, which only root could give it to
    ],
)
def test_a_colleague_replaces_only_what_nobody_loses(mode: int, group: int, user: int) -> None:
    """Who may not give a file to its owner replaces it where its readers stay."""
    if os.getuid() != 0:
        pytest.skip("not root: what a colleague may replace is NOT CHECKED")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o777)
        path = Path(folder) / "labels.jsonl"
        path.write_text("{}\n", "utf-8")
        os.chown(path, 4001, group)
        path.chmod(mode)
        before = path.stat()
        program = "import sys; from pathlib import Path; from training import files\n"
        program += "import os; os.setgroups([5001]); os.setgid(5003)\n"
        program += "os.setuid(int(sys.argv[2]))\n"
        program += "files.replace_file(Path(sys.argv[1]), b'new')"
        told = subprocess.run(
            [sys.executable, "-c", program, path, str(user)],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        after = path.stat()
        assert after.st_mode == before.st_mode
        if user == 4001:
            assert "its group cannot be kept; join it, give the file" in told.stderr
            assert path.read_text("utf-8") == "{}\n"
        else:
            assert told.returncode == 0, told.stderr
            assert (after.st_uid, path.read_text("utf-8")) == (4002, "new")
            assert after.st_gid == (5001 if group == 5001 else 5003)
        assert list(Path(folder).iterdir()) == [path]


def test_a_last_line_without_an_end_stays_a_line(tmp_path: Path) -> None:
    """Editors leave it out; what is added does not run into it."""
    path = tmp_path / "turns.jsonl"
    path.write_bytes(b'{"id": "a"}')
    append_lines(path, [{"id": "b"}])
    assert path.read_bytes() == b'{"id": "a"}\n{"id": "b"}\n'
