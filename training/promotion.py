"""Judges a version of the store and makes it the champion where the gates open."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.errors import PromotionRefusedError
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from training.checks import read_checked
from training.dataset import FROZEN_SPLITS
from training.gates.answers import Answers, ask
from training.gates.comparison import Comparison, compare
from training.gates.judgement import Verdict, judge
from training.gates.rules import DEFAULT_GATES, read_gates
from training.progress import ShowProgress, silent_counts
from training.store.history import Event, Kind
from training.store.model_store import Alias, ModelStore, Version


@dataclass(frozen=True, slots=True)
class Trial:
    """A version held against the gates.

    Attributes:
        version: Which.
        champion: The version that was compared with; empty where there was none.
        verdicts: Of every gate.
    """

    version: Version
    champion: str
    verdicts: list[Verdict]

    @property
    def failed(self) -> list[Verdict]:
        """The gates that did not open."""
        return [verdict for verdict in self.verdicts if not verdict.passed]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "version": self.version.name,
            "champion": self.champion or None,
            "passed": not self.failed,
            "gates": [verdict.to_dict() for verdict in self.verdicts],
        }


def try_version(
    store: ModelStore,
    version: Version,
    data_folder: Path,
    gates_path: Path = DEFAULT_GATES,
    show_progress: ShowProgress = silent_counts,
) -> Trial:
    """Hold a version against the gates and the champion.

    Args:
        store: The store.
        version: Which.
        data_folder: The folder ``data``.
        gates_path: A file of gates.
        show_progress: Shows how far the answers are.

    Raises:
        DataError: Data or gates are not sound.
        BundleError: A bundle cannot be loaded.
    """
    gates = read_gates(gates_path)
    splits = read_checked(data_folder)
    champion = store.target(Alias.CHAMPION)
    if champion is not None and champion.name == version.name:
        champion = None
    turns = sum(len(splits[split]) for split in FROZEN_SPLITS)
    classifier = TurnClassifier(load_bundle(version.folder))
    answers = ask(classifier, splits, show_progress(f"asking {version.name}", turns))
    beside: dict[str, Answers] | None = None
    if champion is not None:
        old = TurnClassifier(load_bundle(champion.folder))
        beside = ask(old, splits, show_progress(f"asking the champion {champion.name}", turns))
    verdicts = judge(gates, splits, classifier, answers, beside)
    return Trial(version, champion.name if champion else "", verdicts)


def promote(store: ModelStore, trial: Trial, override: str = "") -> None:
    """Make a version the champion if the gates opened, or if a reason overrides those that failed.

    Args:
        store: The store.
        trial: From `try_version`.
        override: Why failed gates do not count; empty to let them refuse.

    Raises:
        PromotionRefusedError: A gate failed, and it is hard or there is no reason.
        ModelStoreError: The version is the champion already, or another was promoted meanwhile.
    """
    hard = [verdict.gate for verdict in trial.failed if verdict.hard]
    if hard:
        message = f"{trial.version.name} is refused by {', '.join(hard)}; no reason overrides that"
        raise PromotionRefusedError(message)
    if trial.failed and not override.strip():
        message = f"{trial.version.name} is refused: {len(trial.failed)} gates failed"
        raise PromotionRefusedError(f"{message}; --override REASON promotes it and is recorded")
    event = Event(
        Kind.PROMOTED,
        trial.version.name,
        previous=trial.champion,
        gates=[verdict.to_dict() for verdict in trial.verdicts],
        reason=override.strip() if trial.failed else "",
    )
    store.promote(trial.version, event)


def compare_versions(
    old: Version,
    new: Version,
    data_folder: Path,
    show_progress: ShowProgress = silent_counts,
) -> Comparison:
    """Compare the answers of two versions to the frozen turns.

    Args:
        old: The one that is compared with.
        new: The other.
        data_folder: The folder ``data``.
        show_progress: Shows how far the answers are.

    Raises:
        DataError: The data is not sound.
        BundleError: A bundle cannot be loaded.
    """
    splits = read_checked(data_folder)
    turns = sum(len(splits[split]) for split in FROZEN_SPLITS)
    before, after = (
        ask(
            TurnClassifier(load_bundle(version.folder)),
            splits,
            show_progress(f"asking {version.name}", turns),
        )
        for version in (old, new)
    )
    return compare(splits, before, after)
