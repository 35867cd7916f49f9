"""The page for notebook users, run from top to bottom."""

import doctest
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.decision_log.log_writer import DecisionLog, LogPlan
from classifier.key_file import add_key
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Turn
from tests.conftest import ROOT
from tests.training.gates.test_rules import write
from training.checks import freeze
from training.dataset import FROZEN_SPLITS
from training.recipe import read_recipe, write_recipe

PAGE = ROOT / "docs" / "python_api.md"
GATES = """
[[gate]]
name = "heard"
measure = "opt_out_recall"
at_least = 0.5

[[gate]]
name = "no more false stops"
measure = "false_stops"
significance = 0.05
"""


def test_the_page_runs_and_says_what_comes_out(
    lawful_data: Path,
    tiny_bundle: Path,
    data_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every block works after those before it, on a small data set, and prints what it says."""
    shutil.copytree(lawful_data, tmp_path / "data")
    for split in FROZEN_SPLITS:  # several models are asked about each of their turns
        for file in (tmp_path / "data" / split).glob("*.jsonl"):
            file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:60]))
    freeze(tmp_path / "data")
    write(tmp_path, GATES)
    # By so few turns that are so easy, the usual share of them leaves out what the law names.
    write_recipe(tmp_path / "usual.toml", replace(read_recipe(), reader_stop_recall=0.98))
    monkeypatch.setattr("training.recipe.DEFAULT_RECIPE", tmp_path / "usual.toml")
    # A model that may hardly learn stops everybody, so a gate stops it.
    write_recipe(
        tmp_path / "recipe.toml", replace(read_recipe(), model_inverse_regularisation=1e-6)
    )
    calls = (data_folder / "train" / "ordinary_voice.jsonl").read_bytes().splitlines()[:200]
    texts = [json.loads(line)["text"] for line in calls]
    (tmp_path / "calls.jsonl").write_text(
        "".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8"
    )
    log_decisions(texts, tiny_bundle, tmp_path)
    monkeypatch.chdir(tmp_path)
    test = doctest.DocTestParser().get_doctest(code_of(PAGE), {}, PAGE.name, str(PAGE), 0)
    told = io.StringIO()
    results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=told.write)
    assert results.failed == 0, told.getvalue()
    assert results.attempted > 50


def log_decisions(texts: list[str], bundle: Path, folder: Path) -> None:
    """Leave the decision log that a server would."""
    add_key(folder / "decision.keys")
    plan = LogPlan(folder / "decisions", folder / "decision.keys", 1.0, 1.0, 30)
    log = DecisionLog(plan, lambda _outcome, _count: None)
    classifier = TurnClassifier(load_bundle(bundle))
    for text in texts:
        log.note(Turn(text), classifier.classify(Turn(text)), "")
    log.close()


def code_of(page: Path) -> str:
    """Return what stands in a page's code blocks, each line at its own number."""
    lines, within = [], False
    for line in page.read_text("utf-8").splitlines():
        fence = line.startswith("```")
        lines.append(line if within and not fence else "")
        within ^= fence
    return "\n".join(lines)
