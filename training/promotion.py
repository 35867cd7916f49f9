"""Judges a version of the store and makes it the champion where the gates open."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.errors import BundleError, PromotionRefusedError
from classifier.manifest import RETRAIN
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from training.answers import FrozenAnswers, ask_frozen
from training.checks import DataDigests, read_checked, read_digested
from training.dataset import FROZEN_SPLITS, LabelledTurn
from training.gates.comparison import Comparison, compare
from training.gates.judgement import Verdict, judge
from training.gates.rules import DEFAULT_GATES, read_gates
from training.progress import ShowProgress, silent_counts
from training.store.history import Event, Kind
from training.store.model_store import Alias, ModelStore, Version

BUILT_IN = "built in"
"""Stands for the file of gates that the project has."""


@dataclass(frozen=True, slots=True)
class VersionTrial:
    """A version held against the gates.

    Attributes:
        version: Which.
        champion: The champion beside it; empty where there was none.
        unread: Why that one could not be compared with; empty where it was.
        verdicts: Of every gate.
        gates_file: Which file they stand in, or ``built in``.
        gates_digest: SHA-256 of that file.
        data_digest: SHA-256 over the frozen turns that were asked about.
        other_turns: Why those are not the turns that they should be, in words; empty where they
            are.
    """

    version: Version
    champion: str
    unread: str
    verdicts: list[Verdict]
    gates_file: str
    gates_digest: str
    data_digest: str
    other_turns: tuple[str, ...]

    @property
    def failed(self) -> list[Verdict]:
        """The gates that did not open."""
        return [verdict for verdict in self.verdicts if not verdict.passed]

    @property
    def shortcomings(self) -> list[str]:
        """Why open gates do not suffice, in words; empty where they do."""
        found = []
        if self.unread:
            found.append(f"the champion {self.champion} cannot be compared with: {self.unread}")
        if self.gates_file != BUILT_IN:
            found.append(f"{self.gates_file} holds other gates than the project's")
        return [*found, *self.other_turns]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "version": self.version.name,
            "champion": self.champion or None,
            "champion_problem": self.unread or None,
            "passed": not self.failed,
            "gates_file": self.gates_file,
            "gates_digest": self.gates_digest,
            "data_digest": self.data_digest,
            "data_problems": list(self.other_turns),
            "gates": [verdict.to_dict() for verdict in self.verdicts],
        }


def try_version(
    store: ModelStore,
    version: Version,
    data_folder: Path,
    gates_path: Path = DEFAULT_GATES,
    show_progress: ShowProgress = silent_counts,
) -> VersionTrial:
    """Hold a version against the gates and the champion.

    A champion that cannot be loaded is not compared with, which the trial says.

    Args:
        store: The store.
        version: Which.
        data_folder: The folder ``data``.
        gates_path: A file of gates; the statutory words of the project count in any case.
        show_progress: Shows how far the answers are.

    Raises:
        DataError: Data or gates are not sound.
        BundleError: The version cannot be loaded.
    """
    gates = read_gates(gates_path)
    splits, digests = read_digested(data_folder)
    champion = store.target(Alias.CHAMPION)
    if champion is not None and champion.name == version.name:
        champion = None
    classifier = TurnClassifier(load_bundle(version.folder))
    answers = _ask(classifier, version.name, splits, show_progress)
    beside: FrozenAnswers | None = None
    unread = ""
    if champion is not None:
        try:
            old = TurnClassifier(load_bundle(champion.folder))
        except BundleError as error:
            unread = str(error).removesuffix(f"; {RETRAIN}")
        else:
            beside = _ask(old, f"the champion {champion.name}", splits, show_progress)
    return VersionTrial(
        version=version,
        champion=champion.name if champion else "",
        unread=unread,
        verdicts=judge(gates, classifier, answers, beside),
        gates_file=BUILT_IN if gates.built_in else str(gates_path),
        gates_digest=gates.digest,
        data_digest=digests.frozen,
        other_turns=tuple(_other_turns(store, version, data_folder, digests)),
    )


def _ask(
    classifier: TurnClassifier,
    name: str,
    splits: Mapping[str, Sequence[LabelledTurn]],
    show_progress: ShowProgress,
) -> FrozenAnswers:
    turns = sum(len(splits[split]) for split in FROZEN_SPLITS)
    return ask_frozen(classifier, splits, show_progress(f"asking {name}", turns))


def _other_turns(
    store: ModelStore, version: Version, data: Path, digests: DataDigests
) -> Iterator[str]:
    judged = [event.data_digest for event in store.history() if event.kind is Kind.PROMOTED]
    # Whoever promotes without a trial, such as a program of one's own, leaves no digest.
    last = next(filter(None, reversed(judged)), digests.frozen)
    if last != digests.frozen:
        yield f"{data} holds other frozen turns than the last promotion was judged by"
    if digests.test != version.manifest().test_digest:
        yield f"{data} holds another frozen test than {version.name} was scored on"


def promote(store: ModelStore, trial: VersionTrial, override: str = "") -> None:
    """Make a version the champion if nothing stands against it, or a reason overrides what does.

    Args:
        store: The store.
        trial: From `try_version`.
        override: Why failed gates do not count, gates other than the project's or other frozen
            turns do, or a champion that cannot be loaded need not be compared with; empty to let
            them refuse.

    Raises:
        PromotionRefusedError: A hard gate failed, or something else is against it and there is no
            reason.
        ModelStoreError: The version is the champion already, or another was promoted meanwhile.
    """
    hard = [verdict.gate for verdict in trial.failed if verdict.hard]
    if hard:
        message = f"{trial.version.name} is refused by {', '.join(hard)}; no reason overrides that"
        raise PromotionRefusedError(message)
    against = trial.shortcomings
    if trial.failed:
        against.append(f"{len(trial.failed)} gates failed")
    if against and not override.strip():
        message = f"{trial.version.name} is refused: {'; '.join(against)}"
        raise PromotionRefusedError(f"{message}; --override REASON promotes it and is recorded")
    event = Event(
        Kind.PROMOTED,
        trial.version.name,
        previous=trial.champion,
        gates=[verdict.to_dict() for verdict in trial.verdicts],
        gates_file=trial.gates_file,
        gates_digest=trial.gates_digest,
        data_digest=trial.data_digest,
        reason=override.strip() if against else "",
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
    before, after = (
        _ask(TurnClassifier(load_bundle(version.folder)), version.name, splits, show_progress)
        for version in (old, new)
    )
    return compare(before, after)
