"""What spoils a small data set."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def add_line(small_data: Path) -> Callable[..., str]:
    """A function that adds a line like the first of a split, changed; returns its place."""

    def add(split: str = "train", **changes: object) -> str:
        path = small_data / split / "turns.jsonl"
        lines = path.read_text("utf-8").splitlines()
        line = json.loads(lines[0]) | {"id": "new", "group": "new", "text": "新的一句话"} | changes
        path.write_text("\n".join([*lines, json.dumps(line, ensure_ascii=False)]), "utf-8")
        return f"{path}:{len(lines) + 1}"

    return add
