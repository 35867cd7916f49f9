"""MLflow is told of every trained model and every search, in a real SQLite store."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient

from classifier.errors import TrackingError
from tests.cli.test_commands import wurao
from tests.server_process import free_port
from training.recipe import read_recipe
from training.store.model_store import ModelStore
from training.tracking import EXPERIMENT, Tracking
from training.tuning.folds import FoldScores
from training.tuning.search import Trial


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new SQLite store; files go beside it."""
    monkeypatch.chdir(tmp_path)
    return f"sqlite:///{tmp_path / 'mlflow.db'}"


def test_a_training_run_is_kept(training_run: Path) -> None:
    """Recipe, frozen scores, gates, lineage and report of `wurao train` are found in MLflow."""
    client = MlflowClient(f"sqlite:///{training_run / 'mlflow.db'}")
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    [run] = client.search_runs([experiment.experiment_id])
    told = (training_run / "said").read_text("utf-8")
    assert f"MLflow has it as run {run.info.run_id}" in told
    version = ModelStore(training_run / "models").find("candidate")
    manifest, lineage = version.manifest(), version.lineage
    assert lineage is not None
    assert run.info.status == "FINISHED"
    assert run.info.run_name == run.data.tags["version"] == version.name
    assert run.data.tags["data_digest"] == manifest.data_digest
    assert run.data.tags["commit"] == lineage.commit
    assert run.data.params["features.min_turns"] == str(manifest.recipe["features_min_turns"])
    report = json.loads((version.folder / "report" / "report.json").read_text("utf-8"))
    found = run.data.metrics
    recall = report["scores"]["challenge"]["labels"]["opt_out"]["recall"]
    assert found["challenge/labels/opt_out/recall"] == recall["value"]
    assert found["challenge/labels/opt_out/recall/low"] == recall["low"]
    assert found["per_1000/missed"] == report["headline"]["missed"]["per_thousand"]
    verdicts = report["gates"]["verdicts"]
    assert found["gate/statutory words"] == verdicts[0]["value"]
    assert found["gates_failed"] == sum(not verdict["passed"] for verdict in verdicts)
    page = client.download_artifacts(run.info.run_id, "report/report.html")
    assert Path(page).read_bytes() == (version.folder / "report" / "report.html").read_bytes()
    kept = {file.path for file in client.list_artifacts(run.info.run_id, "report")}
    assert {"report/model_card.zh.md", "report/datasheet.en.md", "report/report.xml"} <= kept
    assert client.list_artifacts(run.info.run_id)[0].path == "manifest.json"


def test_a_bundle_without_report_is_kept(tiny_bundle: Path, store: str) -> None:
    """The scores of its manifest are all there is."""
    run = MlflowClient(store).get_run(Tracking(store).add_training(tiny_bundle))
    manifest = json.loads((tiny_bundle / "manifest.json").read_text("utf-8"))
    wanted = manifest["test_scores"]["macro_f1"]
    assert run.data.metrics["test/macro_f1"] == wanted["value"]
    assert run.data.metrics["test/macro_f1/high"] == wanted["high"]


def test_a_search_is_kept(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search holds its best recipe; each recipe is a run beneath it, each fold a step."""
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "of another name")
    good = (FoldScores(0.9, 0.8, 0.7, 0.3), FoldScores(0.7, 0.8, 0.7, 0.3))
    bad = (FoldScores(0.5, 0.4, 0.3, 0.9), FoldScores(0.5, 0.4, 0.3, 0.9))
    recipe = read_recipe()
    trials = [
        Trial(replace(recipe, features_min_turns=7), good, "digest"),
        Trial(recipe, bad, "digest"),
    ]
    whole = Tracking(store).add_search(trials)
    client = MlflowClient(store)
    parent = client.get_run(whole)
    assert parent.data.params["features.min_turns"] == "7"
    assert parent.data.tags["data_digest"] == "digest"
    assert parent.data.metrics["recall"] == pytest.approx(0.8)
    assert parent.data.metrics["recall/error"] == pytest.approx(0.1)
    runs = client.search_runs([parent.info.experiment_id], f"tags.mlflow.parentRunId = '{whole}'")
    assert sorted(run.data.metrics["recall"] for run in runs) == pytest.approx([0.5, 0.8])
    [best] = [run for run in runs if run.data.params["features.min_turns"] == "7"]
    history = client.get_metric_history(best.info.run_id, "fold/recall")
    assert {metric.step: metric.value for metric in history} == {0: 0.9, 1: 0.7}
    name = client.get_experiment(parent.info.experiment_id).name
    assert name == "of another name"


def test_a_store_that_cannot_be_used_is_named_before_training(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No minutes are lost, and no password is shown."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")  # tries again without a wait
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'file' / 'mlflow.db'}")
    verb = ("train", "--data", tiny_data, "--store", tmp_path / "models")
    assert "MLflow's store cannot be used" in wurao(*verb, status=1).stderr
    assert not (tmp_path / "models").exists()
    for place, said in (
        (tmp_path, "is a folder; name a file"),
        (tmp_path / "file" / "no" / "x", "cannot be wr"),
    ):
        with pytest.raises(TrackingError, match=f"{place} {said}"):
            Tracking(f"sqlite:///{place}")
    nobody = f"http://somebody:secret@127.0.0.1:{free_port()}"
    for broken in (nobody, "postgresql+nodriver://127.0.0.1/mlflow", str(tmp_path / "files")):
        with pytest.raises(TrackingError, match="MLflow's store cannot be used") as raised:
            Tracking(broken)
        assert "secret" not in str(raised.value)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(TrackingError, match=r"pip install wurao\[mlflow\]"):
        Tracking(nobody)
