"""The search of the recipe: it measures what training makes, loses nothing and goes on."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from classifier.errors import DataError
from tests.conftest import ROOT
from training.checks import read_digested
from training.dataset import read_split
from training.features import new_features
from training.recipe import read_recipe, write_recipe
from training.tuning.cluster import on_cluster
from training.tuning.folds import make_rows, prepare, recall_at
from training.tuning.journal import Journal
from training.tuning.search import search
from training.tuning.space import read_space

RECIPE = replace(
    read_recipe(), model_folds=3, features_min_turns=3, model_inverse_regularisation=0.1
)

SCORES = {"recall": 0.5, "average_precision": 0.5, "macro_f1": 0.5, "log_loss": 0.5}


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """Four recipes, the default among them."""
    path = tmp_path / "space.toml"
    path.write_text(
        "[features]\nmin_turns = [2, 3]\n[model]\ninverse_regularisation = [0.1, 1e-6]\n", "utf-8"
    )
    return path


def test_rows_are_those_of_training(tiny_data: Path) -> None:
    """What is tuned is what `wurao train` will fit, feature for feature."""
    turns = read_split(tiny_data, "train")[0][:200]
    material = prepare(turns, RECIPE)
    rows = new_features(_words(), RECIPE).fit_transform([turn.turn for turn in turns])
    found = make_rows(material.counts, RECIPE)
    assert found.shape == rows.shape
    assert abs(found - rows).max() < 1e-12
    groups = np.array([turn.group for turn in turns])
    for known, held_out in material.folds:
        assert not set(groups[known]) & set(groups[held_out])


def _words() -> dict[str, int]:
    from training.dictionary import build_dictionary

    return build_dictionary(RECIPE.dictionary_min_count, RECIPE.dictionary_max_characters)


def test_recall_at_a_rate_of_false_stops() -> None:
    """One of four others may lie above: the threshold is the second highest of them."""
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    wanted = np.array([True, False, True, False, True, False])
    assert recall_at(scores, wanted, 0.0) == pytest.approx(1 / 3)
    assert recall_at(scores, wanted, 0.34) == pytest.approx(2 / 3)
    assert recall_at(scores, wanted, 1.0) == 1


def test_a_poor_recipe_is_told_and_jobs_change_nothing(
    tiny_data: Path, space: Path, tmp_path: Path, dask_address: str
) -> None:
    """A model that may hardly learn is told from one that may; processes and Dask find the same."""
    recipes = read_space(space, RECIPE, 12)
    assert recipes[0] == RECIPE
    assert len(recipes) == 4
    done: list[int] = []
    one = search(tiny_data, recipes, tmp_path / "one.jsonl", 1, done.append)
    assert done == list(range(13))
    assert [t.mean("recall") for t in one] == sorted((t.mean("recall") for t in one), reverse=True)
    losses = {t.recipe.model_inverse_regularisation: t.mean("log_loss") for t in one}
    assert losses[0.1] < losses[1e-6]
    two = search(tiny_data, recipes, tmp_path / "two.jsonl", 2, lambda _done: None)
    with on_cluster(dask_address):
        far = search(tiny_data, recipes, tmp_path / "far.jsonl", 1, lambda _done: None)
    for other in (two, far):
        for name in ("recall", "average_precision", "macro_f1", "log_loss"):
            found = {trial.recipe: trial.mean(name) for trial in other}
            assert {trial.recipe: trial.mean(name) for trial in one} == pytest.approx(found)


def test_a_killed_search_goes_on(tiny_data: Path, space: Path, tmp_path: Path) -> None:
    """What was measured before the kill stays as it is; only the rest is done."""
    journal, recipe = tmp_path / "tuning.jsonl", tmp_path / "recipe.toml"
    write_recipe(recipe, RECIPE)
    verb = ["tune", "--data", tiny_data, "--space", space, "--recipe", recipe]
    command = [sys.executable, "-m", "cli.main", *map(str, verb)]
    command += ["--journal", str(journal), "--jobs", "1", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True) as run:
        deadline = time.monotonic() + 120
        while not journal.is_file() or journal.read_bytes().count(b"\n") < 4:
            assert time.monotonic() < deadline
            assert run.poll() is None
            time.sleep(0.02)
        os.killpg(run.pid, signal.SIGKILL)
    before = journal.read_bytes()
    with journal.open("ab") as file:
        file.write(b'{"recipe": "torn')
    whole = before[: before.rindex(b"\n") + 1]
    result = subprocess.run(
        [*command, "-o", str(tmp_path / "best.toml")], cwd=ROOT, capture_output=True, check=True
    )
    after = journal.read_bytes()
    assert after.startswith(whole)
    assert after.count(b"\n") == 1 + 4 * 3
    best = json.loads(result.stdout)[0]["recipe"]
    assert asdict(read_recipe(tmp_path / "best.toml")) == best


def test_a_journal_of_other_data_is_refused(
    tiny_data: Path, small_data: Path, space: Path, tmp_path: Path
) -> None:
    """Scores of different data are never mixed."""
    journal = tmp_path / "tuning.jsonl"
    shutil.copytree(tiny_data, changing := tmp_path / "changing")
    _splits, digests = read_digested(changing)
    late = changing / "train" / "late.jsonl"
    [trial] = search(changing, read_space(space, RECIPE, 1), journal, 1, lambda _done: late.touch())
    assert trial.data_digest == digests.train  # of what was read
    with pytest.raises(DataError, match="is of other data"):
        search(small_data, [RECIPE], journal, 1, lambda _done: None)
    for precious in ("nonsense\n", '{"my": "only copy"}', '{"my": "only copy"}\n'):
        journal.write_text(precious, "utf-8")
        with pytest.raises(DataError, match=r"tuning\.jsonl:1: is damaged, or no journal"):
            search(tiny_data, [RECIPE], journal, 1, lambda _done: None)
        assert journal.read_text("utf-8") == precious


@pytest.mark.parametrize("torn", ["", '{"ab', '{"about": {"da'])
def test_a_journal_that_was_killed_as_it_began_is_begun_anew(tmp_path: Path, torn: str) -> None:
    """Of a first line that is not whole nothing is known yet."""
    path = tmp_path / "tuning.jsonl"
    path.write_text(torn, "utf-8")
    with Journal(path, {"data": "x"}):
        pass
    assert path.read_text("utf-8") == '{"about": {"data": "x"}}\n'


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"recipe": "r", "fold": 0, "scores": SCORES | {"recall": "x"}}),
        json.dumps({"recipe": "r", "fold": "0", "scores": SCORES}),
        json.dumps({"recipe": "r", "fold": 0, "scores": None}),
        "[]",
    ],
)
def test_a_line_of_wrong_types_is_named(tmp_path: Path, line: str) -> None:
    """Before hours are spent beside it."""
    path = tmp_path / "j.jsonl"
    with Journal(path, {"data": "x"}):
        pass
    path.write_text(f"{path.read_text('utf-8')}{line}\n", "utf-8")
    with pytest.raises(DataError, match=r"j\.jsonl:2: is damaged"):
        Journal(path, {"data": "x"})


def test_a_journal_is_one_search_s_alone(tmp_path: Path) -> None:
    """Two searches would do the same work, and one could cut off what the other writes."""
    path = tmp_path / "j.jsonl"
    refused = pytest.raises(DataError, match=r"j\.jsonl: another search is at work on it")
    with Journal(path, {"data": "x"}), refused:
        Journal(path, {"data": "x"})
    with Journal(path, {"data": "x"}):
        pass


def test_every_setting_that_changes_scores_is_measured_anew(
    tiny_data: Path, tmp_path: Path
) -> None:
    """The same journal never answers for other features or another share of lost contexts."""
    journal = tmp_path / "tuning.jsonl"
    [kept] = search(tiny_data, [RECIPE], journal)
    [lost] = search(tiny_data, [replace(RECIPE, data_contexts_lost=1.0)], journal)
    assert lost.mean("log_loss") != kept.mean("log_loss")
    [same] = search(tiny_data, [replace(RECIPE, reader_from_opt_out=0.5, jobs_count=9)], journal)
    assert same.folds == kept.folds
    assert journal.read_bytes().count(b"\n") == 1 + 2 * RECIPE.model_folds
    about = json.loads(journal.read_bytes().splitlines()[0])["about"]
    for part in ("features", "libraries"):
        text = journal.read_text("utf-8").replace(json.dumps(about[part]), '"others"')
        (tmp_path / part).write_text(text, "utf-8")
        with pytest.raises(DataError, match="is of other data, features or libraries"):
            search(tiny_data, [RECIPE], tmp_path / part)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[jobs]\ncount = [1]", r"jobs\.count: must be a list of values for one of"),
        ("[features]\nmin_turns = 3", "must be a list"),
        ("[features]\nmin_turns = [0]", r"features\.min_turns must be a whole number from 1"),
        ("features", "is not TOML"),
        ("a = " + "[" * 3_000, "is not TOML: brackets are nested too deep"),
    ],
)
def test_wrong_space_is_named(tmp_path: Path, content: str, problem: str) -> None:
    """A slip in the space is found before the search begins."""
    path = tmp_path / "space.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(DataError, match=problem):
        read_space(path, RECIPE, 1)


def test_a_space_of_millions_is_drawn_from_and_not_written_out(tmp_path: Path) -> None:
    """More recipes begin with those that fewer are, none comes twice, each value counts once."""
    path, exponents = tmp_path / "space.toml", [place / 999 for place in range(1_000)]
    features = f"[features]\nmin_turns = {[*range(1, 1_001)]}\nlength_exponent = {exponents}\n"
    model = f"[model]\ninverse_regularisation = {[*range(1, 1_001)]}\n"
    path.write_text(features + model, "utf-8")
    few, more = (read_space(path, RECIPE, number) for number in (3, 200))
    assert more[:3] == few
    assert len(set(more)) == 200
    for setting in ("features_min_turns", "features_length_exponent"):
        assert len({getattr(recipe, setting) for recipe in more}) > 100
    path.write_text("[features]\nmin_turns = [2, 3, 3]\nlength_exponent = [0, 0.0, 1]", "utf-8")
    assert len(read_space(path, replace(RECIPE, features_min_turns=2), 99)) == 5
