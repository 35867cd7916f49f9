"""Files of keys."""

from pathlib import Path

from classifier.key_file import add_key, read_keys


def test_a_file_without_a_last_line_end_takes_a_key(tmp_path: Path) -> None:
    """Such a file comes from a mounted secret; the new key stands on a line of its own."""
    path = tmp_path / "keys"
    add_key(path)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert add_key(path) == 2
    assert sorted(read_keys(path)) == [1, 2]
