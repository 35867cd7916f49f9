"""Tells MLflow of trained models and of searches, where somebody compares runs there."""

import json
import math
import os
import re
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from itertools import starmap
from pathlib import Path
from typing import Any

from classifier.errors import TrackingError
from classifier.manifest import MANIFEST, read_manifest
from training.beside_bundle import REPORT_FOLDER
from training.report.write import JSON
from training.store.lineage import code_commit, current_user
from training.tuning.search import Trial

EXPERIMENT = "wurao"
_TUNED = ("recall", "average_precision", "macro_f1", "log_loss")
_PASSWORD = re.compile(r"//[^/\s]*@")
_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # nothing leaves the company unasked
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # seven would take minutes to say that nobody answers
}


class Tracking:
    """One MLflow experiment: ``MLFLOW_EXPERIMENT_NAME``, or `EXPERIMENT`."""

    def __init__(self, uri: str) -> None:
        """Find the experiment, or begin it.

        Args:
            uri: Of the tracking store, such as ``sqlite:///mlflow.db`` or ``https://HOST``.

        Raises:
            TrackingError: MLflow is not installed, or the store cannot be used.
        """
        for name, value in _SETTINGS.items():
            os.environ.setdefault(name, value)
        try:
            mlflow: Any = import_module("mlflow")
        except ImportError:
            raise TrackingError("MLflow is not installed: `pip install wurao[mlflow]`") from None
        self._entities = import_module("mlflow.entities")
        store_error = import_module("sqlalchemy.exc").SQLAlchemyError
        self._errors = (mlflow.MlflowException, store_error, OSError, ImportError)
        self._begun = round(time.time() * 1_000)
        with self._named_errors():
            if uri.startswith("sqlite"):
                _check_file(import_module("sqlalchemy").make_url(uri).database or "")
            self._client = mlflow.MlflowClient(uri)
            name = os.environ.get("MLFLOW_EXPERIMENT_NAME", EXPERIMENT)
            found = self._client.get_experiment_by_name(name)
            self._experiment = (
                found.experiment_id if found else self._client.create_experiment(name)
            )

    def add_training(self, bundle_folder: Path) -> str:
        """Tell of a trained model, with its report where there is one; return the run's id.

        Args:
            bundle_folder: The bundle.

        Raises:
            BundleError: It cannot be read.
            TrackingError: The store cannot be used.
        """
        manifest = read_manifest(bundle_folder)
        report = bundle_folder / REPORT_FOLDER
        written = report / JSON
        content = json.loads(written.read_text("utf-8")) if written.is_file() else None
        metrics = _report_metrics(content) if content else _flat({"test": manifest.test_scores})
        tags = _origin(manifest.data_digest) | {
            "kind": "model",
            "version": manifest.version,
            "test_digest": manifest.test_digest,
        }
        tags |= {f"library.{name}": value for name, value in manifest.libraries.items()}
        with self._named_errors():
            run = self._add_run(manifest.version, tags, _settings(manifest.recipe), metrics)
            self._client.log_artifact(run, str(bundle_folder / MANIFEST))
            if content:
                self._client.log_artifacts(run, str(report), REPORT_FOLDER)
            self._client.set_terminated(run)
        return run

    def add_search(self, trials: Sequence[Trial]) -> str:
        """Tell of a search, with a run beneath it for each recipe; return its own run's id.

        Args:
            trials: From `training.tuning.search.search`, the best first.

        Raises:
            TrackingError: The store cannot be used.
        """
        best = trials[0]
        tags = _origin(best.data_digest) | {"kind": "search"}
        with self._named_errors():
            settings = _settings(asdict(best.recipe))
            whole = self._add_run("search", tags, settings, _trial_metrics(best))
            for place, trial in enumerate(trials, start=1):
                own = tags | {"kind": "trial", "mlflow.parentRunId": whole}
                metrics = _trial_metrics(trial)
                run = self._add_run(
                    f"recipe {place}", own, _settings(asdict(trial.recipe)), metrics
                )
                self._add_folds(run, trial)
                self._client.set_terminated(run)
            self._client.set_terminated(whole)
        return whole

    def _add_run(
        self, name: str, tags: dict[str, str], params: dict[str, str], metrics: dict[str, float]
    ) -> str:
        run = self._client.create_run(
            self._experiment, start_time=self._begun, run_name=name, tags=tags
        )
        run_id = str(run.info.run_id)
        now = round(time.time() * 1_000)
        self._client.log_batch(
            run_id,
            params=list(starmap(self._entities.Param, params.items())),
            metrics=[self._entities.Metric(key, value, now, 0) for key, value in metrics.items()],
        )
        return run_id

    def _add_folds(self, run_id: str, trial: Trial) -> None:
        now = round(time.time() * 1_000)
        metrics = [
            self._entities.Metric(f"fold/{name}", getattr(fold, name), now, step)
            for step, fold in enumerate(trial.folds)
            for name in _TUNED
        ]
        self._client.log_batch(run_id, metrics=metrics)

    @contextmanager
    def _named_errors(self) -> Generator[None]:
        try:
            yield
        except self._errors as error:
            first = (str(error).splitlines() or ["no reason given"])[0]
            told = _PASSWORD.sub("//", first)
            raise TrackingError(f"MLflow's store cannot be used: {told}") from None


def _check_file(database: str) -> None:
    # MLflow itself would try for minutes.
    place = Path(database)
    if not database or database.startswith((":", "file:")):
        return  # in memory, or a URI of SQLite's own
    if place.is_dir():
        raise TrackingError(f"MLflow's store cannot be used: {database} is a folder; name a file")
    touched = next(one for one in (place, *place.absolute().parents) if one.exists())
    if (touched != place and not touched.is_dir()) or not os.access(touched, os.W_OK):
        message = f"{database} cannot be written; name a file in a folder where you may write"
        raise TrackingError(f"MLflow's store cannot be used: {message}")


def _origin(data_digest: str) -> dict[str, str]:
    commit, uncommitted = code_commit()
    return {
        "data_digest": data_digest,
        "commit": commit,
        "uncommitted": str(uncommitted).lower(),
        "mlflow.user": current_user(),
        "mlflow.source.git.commit": commit,
    }


def _settings(recipe: Mapping[str, Any]) -> dict[str, str]:
    return {name.replace("_", ".", 1): str(value) for name, value in recipe.items()}


def _report_metrics(content: Mapping[str, Any]) -> dict[str, float]:
    verdicts = content["gates"]["verdicts"]
    rates = {
        name: {"value": rate["per_thousand"], "low": rate["low"], "high": rate["high"]}
        for name, rate in content["headline"].items()
    }
    return (
        _flat(content["scores"] | {"per_1000": rates})
        | {f"gate/{v['gate']}": v["value"] for v in verdicts if _is_number(v["value"])}
        | {"gates_failed": float(sum(not v["passed"] for v in verdicts))}
    )


def _trial_metrics(trial: Trial) -> dict[str, float]:
    return {name: trial.mean(name) for name in _TUNED} | {
        f"{name}/error": trial.error(name) for name in _TUNED
    }


def _flat(figures: Mapping[str, Any], path: str = "") -> dict[str, float]:
    """Return ``test/labels/opt_out/recall`` and so on; ``…/low`` and ``…/high`` are intervals."""
    found: dict[str, float] = {}
    for name, value in figures.items():
        here = path if name == "value" else f"{path}/{name}".lstrip("/")
        if isinstance(value, Mapping):
            found |= _flat(value, here)
        elif _is_number(value):
            found[here] = float(value)
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
