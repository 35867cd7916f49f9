"""Files are replaced where they are, for those to read who could before."""

from pathlib import Path

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


def test_a_last_line_without_an_end_stays_a_line(tmp_path: Path) -> None:
    """Editors leave it out; what is added does not run into it."""
    path = tmp_path / "turns.jsonl"
    path.write_bytes(b'{"id": "a"}')
    append_lines(path, [{"id": "b"}])
    assert path.read_bytes() == b'{"id": "a"}\n{"id": "b"}\n'
