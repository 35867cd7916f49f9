"""The verbs on the model store, as a user types them."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.cli.test_commands import wurao
from tests.training.gates.test_rules import write
from tests.training.test_promotion import GATES
from training.store.model_store import ModelStore

Variant = Callable[..., Path]


def test_a_model_goes_in_is_judged_promoted_and_rolled_back(
    variant: Variant, tiny_data: Path, tmp_path: Path
) -> None:
    """The whole walk: add, gates, promote, refusal, override, rollback, verify, prune."""
    gates = write(tmp_path, GATES)
    store = ("--store", tmp_path / "models")
    judged = (*store, "--data", tiny_data, "--gates", gates)
    assert "holds no version" in wurao("models", "list", *store).stdout
    assert "has no candidate" in wurao("models", "promote", *judged, status=1).stderr

    wurao("models", "add", variant("one"), *store)
    report = json.loads(wurao("models", "promote", *judged, "--json").stdout)
    assert report["passed"]
    assert report["champion"] is None
    first = report["version"]
    assert "is the champion already" in wurao("models", "promote", *judged, status=1).stderr

    wurao("models", "add", variant("deaf", stop=1.0, review=1.0), *store)
    refused = wurao("models", "promote", *judged, status=1)
    assert "FAILED" in refused.stdout
    assert " %, is below 30 %" in refused.stdout
    assert "2 gates failed; --override REASON" in refused.stderr
    assert wurao("models", "gates", *judged, status=1).stderr.count("asking") == 2
    wurao("models", "promote", *judged, "--override", "演习")

    listed = json.loads(wurao("models", "list", *store, "--json").stdout)
    assert {v["version"]: v["aliases"] for v in listed}[first] == []
    assert "champion" in wurao("models", "list", *store).stdout
    shown = wurao("models", "show", *store).stdout
    assert "2 failed: heard, no loss  reason: 演习" in shown
    compared = wurao("models", "compare", "champion", first, *store, "--data", tiny_data).stdout
    assert "turns are answered differently" in compared

    assert (
        f"{first} is the champion again"
        in wurao("models", "rollback", *store, "--reason", "drill over").stdout
    )
    events = json.loads(wurao("models", "show", *store, "--json").stdout)["history"]
    assert [event["kind"] for event in events] == ["added", "promoted", "rolled_back"]
    assert "is sound: 2 versions" in wurao("models", "verify", *store).stdout
    assert wurao("models", "prune", "--keep", "0", *store).stdout == ""
    (ModelStore(tmp_path / "models").find(first).folder / "words.tsv").write_bytes(b"")
    assert "words.tsv: was truncated" in wurao("models", "verify", *store, status=1).stderr


def test_training_makes_a_candidate(tiny_data: Path, tmp_path: Path) -> None:
    """`wurao train` leaves the champion alone and says what comes next."""
    result = wurao(
        *("train", "--data", tiny_data, "--store", tmp_path / "models"),
        *("--no-second-reader", "--learning-curve"),
    )
    assert "`wurao models promote` judges" in result.stdout
    [version] = ModelStore(tmp_path / "models").versions()
    assert version.aliases == ("candidate",)
    assert (version.folder / "report" / "report.html").is_file()
    report = json.loads((version.folder / "report" / "report.json").read_text("utf-8"))
    assert report["learning_curve"]["points"][-1]["turns"] == report["model"]["turns"]["train"]
    assert [path.name for path in (tmp_path / "models").glob(".training-*")] == []
    useless = ("train", "--data", tiny_data, "--no-report", "--learning-curve")
    assert "leave --no-report out" in wurao(*useless, status=2).stderr
