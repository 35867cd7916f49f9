"""The verbs on the model store, as a user types them."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_commands import shown_on_a_terminal, wurao
from tests.conftest import LABELLED
from tests.training.gates.test_rules import write
from tests.training.test_promotion import GATES, SMALL, TIMID
from training.store.history import Event, Kind
from training.store.model_store import ModelStore

Variant = Callable[..., Path]


def test_a_model_goes_in_is_judged_promoted_and_rolled_back(
    variant: Variant, tiny_data: Path, tmp_path: Path
) -> None:
    """The whole walk: add, gates, promote, refusal, override, rollback, verify, prune."""
    gates = write(tmp_path, GATES)
    store = ("--store", tmp_path / "models")
    judged = (*store, "--data", tiny_data, "--gates", gates)
    (tmp_path / "models" / "versions").mkdir(parents=True)
    assert "holds no version" in wurao("models", "list", *store).stdout
    assert "has no candidate" in wurao("models", "promote", *judged, status=1).stderr

    added = wurao("models", "add", variant("one"), *store)
    folder = ModelStore(tmp_path / "models").find("candidate").folder
    assert added.stderr == f"it has no report; `wurao report --bundle {folder}` writes one\n"
    assert "other gates than the project's" in wurao("models", "promote", *judged, status=1).stderr
    blank = wurao("models", "promote", *judged, "--override", " ", status=2)
    assert "it is blank" in blank.stderr
    small = ("--override", SMALL)
    report = json.loads(wurao("models", "promote", *judged, *small, "--json").stdout)
    assert report["passed"]
    assert report["champion"] is None
    first = report["version"]
    assert "is the champion already" in wurao("models", "promote", *judged, status=1).stderr

    wurao("models", "add", variant("timid", **TIMID), *store)
    refused = wurao("models", "promote", *judged, status=1)
    assert "FAILED" in refused.stdout
    assert "no loss: " in refused.stdout
    assert "1 gates failed; --override REASON" in refused.stderr
    assert wurao("models", "gates", *judged, status=1).stderr.count("asking") == 2
    wurao("models", "promote", *judged, "--override", "演习")

    _tells_what_was_promoted(store, report, gates)
    compared = wurao("models", "compare", "champion", first, *store, "--data", tiny_data).stdout
    assert "turns are answered differently" in compared

    assert (
        f"{first} is the champion again"
        in wurao("models", "rollback", *store, "--reason", "drill over").stdout
    )
    assert "it is blank" in wurao("models", "rollback", *store, "--reason", "", status=2).stderr
    damaged = "误停".encode("gb18030").decode("utf-8", "surrogateescape")
    assert "no UTF-8" in wurao("models", "rollback", *store, "--reason", damaged, status=2).stderr
    events = json.loads(wurao("models", "show", *store, "--json").stdout)["history"]
    assert [event["kind"] for event in events] == ["added", "promoted", "rolled_back"]
    assert "is sound: 2 versions" in wurao("models", "verify", *store).stdout
    assert wurao("models", "prune", "--keep", "0", *store).stdout == ""
    (ModelStore(tmp_path / "models").find(first).folder / "words.tsv").write_bytes(b"")
    assert "words.tsv: was truncated" in wurao("models", "verify", *store, status=1).stderr


@pytest.mark.parametrize(
    "verb",
    [
        ("list",), ("show",), ("compare",), ("gates",), ("promote",), ("verify",), ("prune",),
        ("rollback", "--reason", "drill"),
    ],
)  # fmt: skip
def test_a_store_that_is_not_there_is_named_and_not_made(
    verb: tuple[str, ...], tmp_path: Path
) -> None:
    """A mistyped folder is no empty store, and another folder is none either."""
    for folder in (tmp_path / "nowhere", tmp_path):
        refused = wurao("models", *verb, "--store", folder, status=1).stderr
        assert f"{folder}: no model store here; `wurao train` makes one" in refused
    assert list(tmp_path.iterdir()) == []


def test_brackets_in_names_are_shown_as_they_are(tiny_bundle: Path, tmp_path: Path) -> None:
    """What comes from outside is no markup."""
    store = ("--store", tmp_path / "m[/old]")
    wurao("models", "add", tiny_bundle, *store)
    assert "m[/old]" in wurao("models", "list", *store).stdout
    wurao("models", "show", "candidate", *store)
    (tmp_path / "d[/old]").mkdir(parents=True)
    turns = tmp_path / "d[/old]" / "a[b].jsonl"
    record = LABELLED | {"id": "a", "group": "a", "text": "好", "label": "normal", "kind": "busy"}
    turns.write_text(json.dumps(record, ensure_ascii=False) + "\n", "utf-8")
    told = wurao("evaluate", turns, "--bundle", tiny_bundle).stdout
    assert "a[b].jsonl" in "".join(told.split())


def _tells_what_was_promoted(store: tuple[str, Path], report: dict[str, Any], gates: Path) -> None:
    listed = json.loads(wurao("models", "list", *store, "--json").stdout)
    assert {v["version"]: v["aliases"] for v in listed}[report["version"]] == []
    [added, promoted] = {v["version"]: v["history"] for v in listed}[report["version"]]
    assert sorted(added["files"]) == [
        "lineage.json",
        "report/learning_curve.json",
        "report/reference.json",
    ]
    assert promoted["reason"] == SMALL
    assert promoted["gates_file"] == str(gates)
    assert promoted["gates_digest"] == report["gates_digest"]
    assert promoted["data_digest"] == report["data_digest"]
    assert "champion" in wurao("models", "list", *store).stdout
    shown = wurao("models", "show", *store).stdout
    assert f"1 failed: no loss  gates {gates} {promoted['gates_digest'][:12]}, data" in shown
    assert "  reason: 演习" in shown


def test_the_list_fits_a_narrow_terminal(tiny_bundle: Path, tmp_path: Path) -> None:
    """Versions, to be copied, and their figures are there whole."""
    wurao("models", "add", tiny_bundle, "--store", tmp_path)
    (version,) = json.loads(wurao("models", "list", "--store", tmp_path, "--json").stdout)
    command = [sys.executable, "-m", "cli.main", "models", "list", "--store", str(tmp_path)]
    shown = shown_on_a_terminal(command, columns=80)
    assert version["version"] in shown
    assert f"{version['test_scores']['macro_f1']['value']:.3f}" in shown
    assert "code" not in shown
    assert "code" in shown_on_a_terminal(command)


def test_training_makes_a_candidate(training_run: Path) -> None:
    """`wurao train` leaves the champion alone and says what comes next."""
    assert "`wurao models promote` judges" in (training_run / "said").read_text("utf-8")
    [version] = ModelStore(training_run / "models").versions()
    assert version.aliases == ("candidate",)
    assert (version.folder / "report" / "report.html").is_file()
    report = json.loads((version.folder / "report" / "report.json").read_text("utf-8"))
    assert report["learning_curve"]["points"][-1]["turns"] == report["model"]["turns"]["train"]
    assert [path.name for path in (training_run / "models").glob(".training-*")] == []


def test_training_goes_on_beside_a_damaged_champion(
    variant: Variant, tiny_data: Path, tmp_path: Path
) -> None:
    """The way out of a broken champion is a new model, with a report that compares with nothing."""
    store = ModelStore(tmp_path / "models")
    champion = store.add(variant("one", review=0.01))
    store.promote(champion, Event(Kind.PROMOTED, champion.name))
    (champion.folder / "weights.npy").write_bytes(b"")
    where = ("--data", tiny_data, "--store", store.folder)
    result = wurao("train", *where, "--no-second-reader")
    assert "compares with no champion" in result.stderr
    candidate = store.find("candidate")
    assert candidate.name != champion.name
    assert (candidate.folder / "report" / "report.html").is_file()
