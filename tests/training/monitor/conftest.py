"""Logs of a small model's decisions: usual traffic of two weeks, and a week of other talk."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pytest

from classifier.decision_log.decisions import LoggedDecision, decision_to_record
from classifier.decision_log.log_file import LogFileWriter
from classifier.decision_log.log_folder import day_of, new_name
from classifier.key_file import add_key, read_keys
from classifier.masking.mask import mask_text
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from training.dataset import read_file
from training.monitor.thresholds import DEFAULT_THRESHOLDS

WriteLog = Callable[[Path, Iterable[LoggedDecision]], Path]
_MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC).timestamp()
_DAY_SECONDS = 86_400


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key file."""
    path = tmp_path_factory.mktemp("keys") / "decision.keys"
    add_key(path)
    return path


@pytest.fixture(scope="session")
def write_log(keys: Path) -> WriteLog:
    """A function that writes decisions as a server does, each into the file of its day."""
    ((version, key),) = read_keys(keys).items()

    def write(folder: Path, decisions: Iterable[LoggedDecision]) -> Path:
        folder.mkdir(parents=True)
        dated = sorted(decisions, key=lambda decision: decision.time)
        for day, several in groupby(dated, lambda decision: day_of(decision.time)):
            writer = LogFileWriter(folder / new_name(day), version, key)
            writer.append([decision_to_record(one, mask_text) for one in several])
            writer.close()
        return folder

    return write


@pytest.fixture(scope="session")
def answered(tiny_bundle: Path, data_folder: Path) -> Callable[..., list[LoggedDecision]]:
    """A function that asks the small model about files of the frozen test, a day after another."""
    classifier = TurnClassifier(load_bundle(tiny_bundle))

    def ask(*names: str) -> list[LoggedDecision]:
        turns = [t.turn for n in names for t in read_file(data_folder / "test" / f"{n}.jsonl")[0]]
        return [
            LoggedDecision(
                _MONDAY + place % 7 * _DAY_SECONDS + place,
                "",
                turn,
                len(turn.text),
                classifier.classify(turn),
                1.0,
            )
            for place, turn in enumerate(turns)
        ]

    return ask


@pytest.fixture(scope="session")
def usual(answered: Callable[..., list[LoggedDecision]]) -> list[LoggedDecision]:
    """Ordinary talk, some 1,000 turns, of one week."""
    return answered("ordinary_voice", "ordinary_phone", "ordinary_everyday", "ordinary_hard")


@pytest.fixture(scope="session")
def log(
    usual: list[LoggedDecision], write_log: WriteLog, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Two weeks of it: every second turn was heard in the week after."""
    both = [
        replace(decision, time=decision.time + place % 2 * 7 * _DAY_SECONDS)
        for place, decision in enumerate(usual)
    ]
    return write_log(tmp_path_factory.mktemp("usual") / "log", both)


@pytest.fixture(scope="session")
def shifted_log(
    answered: Callable[..., list[LoggedDecision]],
    write_log: WriteLog,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A week of opt-outs and complaints from Hong Kong instead."""
    decisions = answered("hongkong", "hongkong_2", "complaints", "sms")
    return write_log(tmp_path_factory.mktemp("shifted") / "log", decisions)


@pytest.fixture(scope="session")
def thresholds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those that come along, for some hundred turns and a model that asks back about a fifth."""
    text = re.sub(r"(?m)^\[(?:least|most)\]$[^\[]*", "", DEFAULT_THRESHOLDS.read_text("utf-8"))
    assert "least_turns = 1_000\n" in text
    path = tmp_path_factory.mktemp("thresholds") / "thresholds.toml"
    path.write_text(text.replace("least_turns = 1_000\n", "least_turns = 200\n"), "utf-8")
    return path
