"""Files of keys."""

import fcntl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from classifier.key_file import add_key, read_keys


def test_a_file_without_a_last_line_end_takes_a_key(tmp_path: Path) -> None:
    """Such a file comes from a mounted secret; the new key stands on a line of its own."""
    path = tmp_path / "keys"
    add_key(path)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert add_key(path) == 2
    assert sorted(read_keys(path)) == [1, 2]


def test_a_key_that_cannot_be_written_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """On a full disk, here a limit on the size of files, nothing half-written stays."""
    path = tmp_path / "keys"
    add_key(path)
    before = path.read_bytes()
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from classifier.errors import KeyFileError; from classifier.key_file import add_key\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 9},) * 2)\n"
        "try: add_key(Path(sys.argv[1]))\n"
        "except KeyFileError as error: print(error)"
    )
    said = subprocess.run(
        [sys.executable, "-B", "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert said.stdout == f"{path}: cannot be written: File too large\n"
    assert path.read_bytes() == before


def test_keys_made_at_once_have_versions_of_their_own(tmp_path: Path) -> None:
    """Who comes second waits for the first: two keys of one version would spoil the file."""
    path, other = tmp_path / "keys", tmp_path / "other"
    add_key(path)
    add_key(other)
    with path.open("ab", buffering=0) as file, ThreadPoolExecutor(1) as pool:
        fcntl.flock(file, fcntl.LOCK_EX)
        second = pool.submit(add_key, path)
        with pytest.raises(TimeoutError):
            second.result(0.2)
        file.write(other.read_bytes().replace(b"1", b"2", 1))
        fcntl.flock(file, fcntl.LOCK_UN)
        assert second.result(10) == 3
    assert list(read_keys(path)) == [1, 2, 3]


def test_an_empty_file_takes_the_first_key(tmp_path: Path) -> None:
    """Whoever was stopped before the first key was written leaves one."""
    path = tmp_path / "keys"
    path.touch()
    assert add_key(path) == 1
