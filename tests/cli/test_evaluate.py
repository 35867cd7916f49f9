"""`wurao evaluate` of a file."""

import json
from pathlib import Path

from tests.cli.test_commands import wurao
from tests.conftest import LABELLED


def test_a_file_that_contradicts_itself_is_told_of(tiny_bundle: Path, tmp_path: Path) -> None:
    """An id that stands twice and a turn with two labels; the figures come all the same."""
    path = tmp_path / "turns.jsonl"
    turns = [("a", "好的好的", "normal", "affirm"), ("a", "别打了", "opt_out", "stop_contact"),
             ("b", "别打了", "normal", "busy")]  # fmt: skip
    lines = [
        LABELLED | {"id": name, "group": name, "text": text, "label": label, "kind": kind}
        for name, text, label, kind in turns
    ]
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    result = wurao("evaluate", path, "--bundle", tiny_bundle, "--json")
    assert json.loads(result.stdout)["turns"] == 3
    assert result.stderr.splitlines() == [
        f"{path}:2: id: a stands at {path}:1 too",
        f"{path}:3: label: the same text and context are normal here and opt_out at {path}:2",
        "2 ids or labels contradict each other; all turns are scored",
    ]
