"""Tries recipes in parallel, keeping each result as soon as it is there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from classifier.text.features import FeatureExtractor
from classifier.text.fingerprint import fingerprint
from classifier.text.words import WordCutter, add_domain_words
from training.checks import read_digested
from training.dataset import LabelledTurn
from training.learners import IDLE_SECONDS
from training.libraries import library_versions
from training.progress import Progress, silent
from training.recipe import Recipe
from training.tuning.folds import FoldScores, prepare, score_fold
from training.tuning.journal import Journal, key_of


@dataclass(frozen=True, slots=True)
class Trial:
    """One recipe with its scores.

    Attributes:
        recipe: What was tried.
        folds: Scores of each fold; fewer than there are folds while the search is under way.
        data_digest: SHA-256 over the training files that it was scored on.
    """

    recipe: Recipe
    folds: tuple[FoldScores, ...]
    data_digest: str

    def mean(self, name: str) -> float:
        """Return the mean of a score over the folds.

        Args:
            name: A field of `FoldScores`.
        """
        return float(np.mean([getattr(fold, name) for fold in self.folds]))

    def error(self, name: str) -> float:
        """Return the standard error of that mean over the folds.

        Args:
            name: A field of `FoldScores`.
        """
        values = [getattr(fold, name) for fold in self.folds]
        return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def search(
    data_folder: Path,
    recipes: Sequence[Recipe],
    journal_path: Path,
    jobs: int = 1,
    progress: Progress = silent,
) -> list[Trial]:
    """Cross-validate recipes over scenes; what the journal holds already is not done again.

    Every unit is one recipe on one fold, handed to joblib: within `on_cluster` the same search
    runs on a Dask cluster, to which the features go, never a text.

    Args:
        data_folder: The folder ``data``.
        recipes: What to try.
        journal_path: Where results are kept; a killed search goes on from there.
        jobs: Processes.
        progress: Told how many units are done.

    Returns:
        All trials, the best first by recall.

    Raises:
        DataError: The data set is not sound, or the journal is of other data, features or
            libraries, damaged, in use by another search, or cannot be written.
    """
    splits, digests = read_digested(data_folder)
    about = {
        "data_digest": digests.train,
        "features": fingerprint(FeatureExtractor(WordCutter(add_domain_words({})))),
        "libraries": library_versions(),
        "format": 1,
    }
    with Journal(journal_path, about) as journal:
        done = 0
        for _material_of, part in groupby(sorted(recipes, key=_material), key=_material):
            units = [(recipe, fold) for recipe in part for fold in range(recipe.model_folds)]
            open_units = [u for u in units if (key_of(u[0]), u[1]) not in journal.scores]
            done += len(units) - len(open_units)
            progress(done)
            for recipe, fold, scores in _run(splits["train"], open_units, jobs):
                journal.add((key_of(recipe), fold), scores)
                done += 1
                progress(done)
    trials = [_trial(recipe, journal, digests.train) for recipe in recipes]
    return sorted(trials, key=lambda trial: -trial.mean("recall"))


def _run(
    turns: Sequence[LabelledTurn], units: Sequence[tuple[Recipe, int]], jobs: int
) -> Iterator[tuple[Recipe, int, FoldScores]]:
    if not units:
        return
    material = prepare(turns, units[0][0])
    tasks = (
        delayed(_score)(material.counts, material.labels, material.folds[fold], recipe, fold)
        for recipe, fold in units
    )
    # As many units as there are workers, wherever they are, so that a kill loses little.
    results: Iterable[tuple[Recipe, int, FoldScores]] = Parallel(
        n_jobs=jobs,
        return_as="generator_unordered",
        batch_size=1,
        pre_dispatch="n_jobs",
        idle_worker_timeout=IDLE_SECONDS,
    )(tasks)
    yield from results


def _score(
    counts: csr_matrix,
    labels: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray],
    recipe: Recipe,
    fold: int,
) -> tuple[Recipe, int, FoldScores]:
    # The units are the parallelism; numpy's threads would only wait for each other.
    with threadpool_limits(1):
        return recipe, fold, score_fold(counts, labels, rows, recipe)


def _material(recipe: Recipe) -> tuple[float, ...]:
    return (
        recipe.data_contexts_lost,
        recipe.data_other_talk,
        recipe.dictionary_min_count,
        recipe.dictionary_max_characters,
        recipe.model_folds,
        recipe.seed,
    )


def _trial(recipe: Recipe, journal: Journal, data_digest: str) -> Trial:
    key = key_of(recipe)
    folds = tuple(journal.scores[key, fold] for fold in range(recipe.model_folds))
    return Trial(recipe, folds, data_digest)
