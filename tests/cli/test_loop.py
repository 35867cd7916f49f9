"""The retraining loop from new labels to a served model and back, as the README tells it."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.server_process import free_port
from tests.training.gates.test_rules import write
from tests.walk import read_steps, walk
from training.store.history import Event, Kind
from training.store.model_store import ModelStore

GATES = """
[[gate]]
name = "heard"
measure = "opt_out_recall"
at_least = 0.3

[[gate]]
name = "false stops"
measure = "false_stops"
at_most = 0.25

[[gate]]
name = "no loss"
measure = "opt_out_recall"
significance = 0.05
"""


def test_labels_become_a_served_model_and_a_bad_one_is_stopped(
    lawful_bundle: Path, lawful_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Import, settle conflicts, train, refusal of a spoiled model, promotion, switch, rollback."""
    monkeypatch.setenv("WURAO_RELOAD_SECONDS", "0.2")  # so that fewer calls ask whether it switched
    shutil.copytree(lawful_data, tmp_path / "data")
    for folder in ("examples", "training"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    store = ModelStore(tmp_path / "models")
    first = store.add(lawful_bundle)
    store.promote(first, Event(Kind.PROMOTED, first.name))
    gates, port = write(tmp_path, GATES), str(free_port())

    def for_small_data(command: str) -> str:
        command = command.replace("50061", port)
        command = command.replace("wurao train", "wurao train --no-second-reader")
        why = " --override 'gates for small data'" * ("$good" in command)
        return command.replace("wurao models promote", f"wurao models promote --gates {gates}{why}")

    with (tmp_path / "said").open("w+", encoding="utf-8") as output:
        status = walk(tmp_path, for_small_data, output)
        output.seek(0)
        said = output.read()
    assert status == 0, said[-5000:]
    for heading, _ in read_steps():
        assert f"== {heading}" in said
    assert "200 new turns went to" in said
    assert "5 conflicts for decision" in said
    assert "FAILED" in said
    assert "is refused" in said
    assert "is sound: 3 versions" in said
    history = (tmp_path / "build/week/models/history.jsonl").read_text("utf-8")
    events = [json.loads(line) for line in history.splitlines()]
    assert [event["kind"] for event in events][-2:] == ["promoted", "rolled_back"]
    assert ModelStore(tmp_path / "build/week/models").find("champion").name == first.name
