"""The table of goals and what it is made from."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from classifier.errors import DataError
from classifier.turns import LABELS, Label, Turn
from cli.main import wurao
from training.dataset import LabelledTurn, read_split
from training.goals.baselines import BASELINES, available_baselines
from training.goals.material import read_real_turns
from training.goals.suites import run_suites
from training.goals.table import System, measure
from training.short_answers import short_answers


def test_case_fails_with_its_twin(data_folder: Path) -> None:
    """A classifier that answers one thing to everything passes no case whose twin differs."""
    turns, problems = read_split(data_folder, "behaviour")
    assert not problems
    by_id = {turn.id: turn for turn in turns}
    right = run_suites(turns, [turn.label for turn in turns])
    assert all(case.passed for case in right)
    for case in run_suites(turns, [Label.OPT_OUT] * len(turns)):
        twin = by_id.get(case.turn.pair)
        expected = case.turn.label is Label.OPT_OUT
        assert case.passed == (expected and (twin is None or twin.label is Label.OPT_OUT))


def test_short_answers_need_their_context(test_turns: list[LabelledTurn]) -> None:
    """Each has a context, at most eight characters, and stands under another label elsewhere."""
    found = short_answers(test_turns, test_turns)
    assert found
    assert all(turn.turn.context for turn in found)
    assert len({turn.label for turn in found}) > 1


def test_perfect_system_meets_every_goal(splits: dict[str, list[LabelledTurn]]) -> None:
    """Rows on the frozen parts are met by the labels themselves and missed by a constant."""
    truth = {id(turn.turn): LABELS.index(turn.label) for turns in splits.values() for turn in turns}

    def know(turns: Sequence[Turn]) -> tuple[np.ndarray, np.ndarray | None]:
        return np.array([truth[id(turn)] for turn in turns]), None

    def shrug(turns: Sequence[Turn]) -> tuple[np.ndarray, np.ndarray | None]:
        return np.full(len(turns), 2), None

    systems = [System("knows", know), System("shrugs", shrug)]
    results = measure(systems, splits, None, lambda _step: None)
    assert {row.cells[0].met for row in results.rows} == {True}
    missed = [row.name for row in results.rows if row.cells[1].met is False]
    assert {"test: macro-F1", "challenge: opt_out recall", "short answers: accuracy"} <= set(missed)
    assert results.to_dict()["failed_cases"] == []


def test_keyword_list_hears_textbook_sentences_only(test_turns: list[LabelledTurn]) -> None:
    """The industry's list hears 别再打电话了 and misses what has no keyword."""
    answer = BASELINES["keyword list"](test_turns)
    found = answer([Turn("以后别再打电话了"), Turn("这个号你们就当没有过吧"), Turn("我要投诉")])
    assert [LABELS[place] for place in found] == [Label.OPT_OUT, Label.NORMAL, Label.COMPLAINT]
    assert {"keyword list", "words + LR"} <= set(available_baselines())


def test_real_turns_are_read_with_their_labels(tmp_path: Path) -> None:
    """A folder of real turns gives turns and labels; a wrong label is named with its line."""
    (tmp_path / "turns.jsonl").write_text('{"text": "喂"}\n', "utf-8")
    netted = tmp_path / "netted_labelled.jsonl"
    netted.write_text('{"text": "别打了", "label": "opt_out"}\n', "utf-8")
    real = read_real_turns(tmp_path)
    assert (len(real.ordinary), real.netted_labels.tolist()) == (1, [0])
    netted.write_text('{"text": "别打了", "label": "stop"}\n', "utf-8")
    with pytest.raises(DataError, match=r"netted_labelled.jsonl:1: label"):
        read_real_turns(tmp_path)


def test_verb_prints_the_table(small_data: Path, bundle_folder: Path) -> None:
    """`wurao goals` on a small data set prints goals, both systems and the failed cases."""
    arguments = ["goals", "--data", str(small_data), "--bundle", str(bundle_folder)]
    result = CliRunner().invoke(wurao, [*arguments, "--no-baselines"])
    assert result.exit_code == 0, result.output
    for part in ("this model", "linear alone", "challenge: opt_out recall", "goals met"):
        assert part in result.output
