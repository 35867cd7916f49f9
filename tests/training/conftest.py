"""A small data set, to be spoiled."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from training.checks import freeze

TURNS = {
    "train": [
        ("a1", "g1", "以后别再打了", "opt_out", "stop_contact"),
        ("a2", "g1", "你们一天打八个电话", "complaint", "contact_frequency"),
        ("a3", "g2", "不需要 谢谢", "normal", "not_interested"),
    ],
    "test": [("b1", "g3", "把我号码删了", "opt_out", "remove_data")],
    "challenge": [("c1", "g4", "先别打了 晚点", "normal", "busy")],
    "behaviour": [("d1", "g5", "在打我就报警", "opt_out", "threat_to_stop")],
}


@pytest.fixture
def small_data(tmp_path: Path) -> Path:
    """Six sound turns in four splits."""
    for split, turns in TURNS.items():
        (tmp_path / split).mkdir()
        lines = [
            {
                "id": name,
                "group": group,
                "channel": "voice",
                "industry": "loan",
                "script": "hans",
                "context": [],
                "text": text,
                "label": label,
                "kind": kind,
                "also_complaint": False,
                "reasons": [],
            }
            for name, group, text, label, kind in turns
        ]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (tmp_path / split / "turns.jsonl").write_text(text, "utf-8")
    freeze(tmp_path)
    return tmp_path


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
