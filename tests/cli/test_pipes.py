"""What verbs say of pipes that are named like files, and of streams that are closed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_commands import wurao
from tests.conftest import ROOT


def test_labels_of_a_pipe_need_names(tiny_data: Path, tmp_path: Path) -> None:
    """Else files would be named like it, in folders such as /dev."""
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    verb = ("data", "import", pipe, "--format", "records", "--data", tiny_data)
    for names in ((), ("--into", "a"), ("--conflicts", tmp_path / "b.jsonl")):
        assert "say --into and --conflicts" in wurao(*verb, *names, status=1).stderr
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.parametrize(
    ("shell", "message"),
    [
        ("- -o out.jsonl <&-", "standard input is closed"),
        ("in.jsonl >&-", "standard output is closed"),
    ],
)
def test_closed_streams_are_told(
    shell: str, message: str, tiny_bundle: Path, tmp_path: Path
) -> None:
    """Before anything is written."""
    (tmp_path / "in.jsonl").write_text('{"text": "好"}\n', "utf-8")
    verb = f"{sys.executable} -m cli.main classify --bundle {tiny_bundle} {shell}"
    path = f"{ROOT}:{ROOT / 'protos'}"
    done = subprocess.run(
        ["/bin/sh", "-c", verb], cwd=tmp_path, env=os.environ | {"PYTHONPATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert message in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_a_pipe_into_a_private_file_keeps_it_so(tiny_bundle: Path, tmp_path: Path) -> None:
    """Answers hold what was said, for those to read who could before."""
    output = tmp_path / "out.jsonl"
    output.write_text("older", "utf-8")
    output.chmod(0o600)
    if root := os.getuid() == 0:
        os.chown(output, 65534, 65533)
    command = [sys.executable, "-m", "cli.main", "classify", "-", "-o", str(output)]
    told = '{"text": "好"}\n'.encode()
    subprocess.run([*command, "--bundle", str(tiny_bundle)], input=told, cwd=ROOT, check=True)
    assert b"prediction" in output.read_bytes()
    assert output.stat().st_mode & 0o777 == 0o600
    if root:
        assert (output.stat().st_uid, output.stat().st_gid) == (65534, 65533)
