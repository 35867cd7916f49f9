"""Turns to weighted rows: the serving code's features, scikit-learn's weights."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.pipeline import Pipeline

from classifier.text.features import FeatureExtractor
from classifier.text.words import WordCutter
from classifier.turns import Turn
from training.recipe import Recipe

COUNTS, WEIGHTS, DAMPER = "counts", "weights", "damper"
"""The steps of `new_features`."""


class TurnCounts(TransformerMixin, BaseEstimator):
    """Turns to rows of ones, one for each feature that a turn has.

    What scikit-learn's ``CountVectorizer(binary=True, min_df=min_turns)`` makes of the extractor's
    names, in half of its time and memory: no name is counted one by one.

    Attributes:
        names_: Names of the columns, sorted, shape (features,).
    """

    _columns: dict[str, int] | None = None  # name -> column, made by the first `transform`

    def __init__(self, words: dict[str, int], min_turns: int) -> None:
        """Keep the settings.

        Args:
            words: Word -> count, from `training.dictionary.build_dictionary`.
            min_turns: A feature of fewer turns gets no column.
        """
        self.words = words
        self.min_turns = min_turns
        self._extractor: FeatureExtractor | None = None

    def fit(self, turns: Iterable[Turn], labels: object = None) -> "TurnCounts":
        """Choose the columns.

        Args:
            turns: At least one.
            labels: Not looked at.
        """
        self.fit_transform(turns, labels)
        return self

    def fit_transform(self, turns: Iterable[Turn], labels: object = None) -> csr_matrix:
        """Choose the columns and return the rows, shape (n, features).

        Args:
            turns: At least one.
            labels: Not looked at.
        """
        places: defaultdict[str, int] = defaultdict()
        places.default_factory = places.__len__
        found, ends = self._look_up(turns, places.__getitem__)
        frequent = np.bincount(found, minlength=len(places)) >= self.min_turns
        names = sorted(name for name, place in places.items() if frequent[place])
        columns = np.full(len(places), -1)
        columns[[places[name] for name in names]] = np.arange(len(names))
        self.names_ = np.array(names, dtype=object)
        self._columns = None
        return _ones(columns[found], ends, len(names))

    def transform(self, turns: Iterable[Turn]) -> csr_matrix:
        """Return the rows of other turns, shape (n, features); what has no column is left out.

        Args:
            turns: Any turns.
        """
        if self._columns is None:
            self._columns = {name: column for column, name in enumerate(self.names_)}
        columns = self._columns
        found, ends = self._look_up(turns, lambda name: columns.get(name, -1))
        return _ones(found, ends, len(columns))

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the names of the columns, shape (features,).

        Args:
            input_features: Not looked at.
        """
        return self.names_

    def __getstate__(self) -> dict[str, object]:
        """Leave out of what is stored what is made anew from words and names."""
        return self.__dict__ | {"_extractor": None, "_columns": None}

    def _look_up(
        self, turns: Iterable[Turn], place: Callable[[str], int]
    ) -> tuple[np.ndarray, np.ndarray]:
        if self._extractor is None:
            self._extractor = FeatureExtractor(WordCutter(self.words))
        found, ends = array("i"), array("q", [0])
        for turn in turns:
            found.extend(map(place, self._extractor.names(turn)))
            ends.append(len(found))
        return np.frombuffer(found, np.intc), np.frombuffer(ends, np.int64)


class ShortIdf(TfidfTransformer):
    """Inverse document frequencies of eleven bits, whose squares single precision holds exactly.

    So what is served, in half the memory, adds up to what is trained and judged.
    """

    idf_: np.ndarray

    def fit(self, rows: csr_matrix, labels: object = None) -> "ShortIdf":
        """Learn the frequencies.

        Args:
            rows: Shape (n, features).
            labels: Not looked at.
        """
        super().fit(rows, labels)
        self.idf_ = self.idf_.astype(np.float16).astype(np.float64)
        return self


class LengthDamper(TransformerMixin, BaseEstimator):
    """Divides each row by its Euclidean length to a power.

    Power 1 is scikit-learn's l2 normalisation, in which a long story drowns a short request;
    power 0 leaves rows as they are.
    """

    def __init__(self, exponent: float) -> None:
        """Keep the power.

        Args:
            exponent: From 0 to 1.
        """
        self.exponent = exponent

    def fit(self, rows: csr_matrix, labels: object = None) -> "LengthDamper":
        """Do nothing; there is nothing to learn.

        Args:
            rows: Not looked at.
            labels: Not looked at.
        """
        return self

    def transform(self, rows: csr_matrix) -> csr_matrix:
        """Return the damped rows; empty ones stay empty.

        Args:
            rows: Shape (n, features).
        """
        lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
        lengths[lengths == 0] = 1.0
        return csr_matrix(diags(lengths**-self.exponent) @ rows)

    def __sklearn_is_fitted__(self) -> bool:
        """Say yes: it needs no fitting."""
        return True


def new_features(words: dict[str, int], recipe: Recipe) -> Pipeline:
    """Return the unfitted way from turns to rows.

    Args:
        words: The tokenizer's dictionary.
        recipe: Its ``features`` section.
    """
    return Pipeline([
        (COUNTS, TurnCounts(words, recipe.features_min_turns)),
        (WEIGHTS, ShortIdf(norm=None)),
        (DAMPER, LengthDamper(recipe.features_length_exponent)),
    ])


def _ones(columns: np.ndarray, ends: np.ndarray, width: int) -> csr_matrix:
    known = columns >= 0
    rows_end = np.concatenate(([0], np.cumsum(known)))[ends]
    matrix = csr_matrix(
        (np.ones(rows_end[-1]), columns[known].astype(np.int32), rows_end),
        shape=(len(ends) - 1, width),
    )
    matrix.sort_indices()
    return matrix
