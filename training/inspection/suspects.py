"""Labels that a model which did not see them would give otherwise.

Confident learning after Northcutt, Jiang and Chuang (2021): a turn is a suspect where the likeliest
label that reaches its own mean score is not the given one. https://arxiv.org/abs/1911.00068
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.turns import LABELS, Label
from training.dataset import LabelledTurn
from training.dictionary import build_dictionary
from training.fit import fit_rows, label_numbers
from training.learners import new_label_model
from training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Suspect:
    """A turn whose label should be looked at.

    Attributes:
        turn: With the label that was given.
        suggested: What the model would say.
        scores: Out of fold, in the order of `classifier.turns.LABELS`.
        margin: Score of the given label less that of the suggested one, from -1 (the model is
            certain of another) to 0.
    """

    turn: LabelledTurn
    suggested: Label
    scores: tuple[float, float, float]
    margin: float


def find_suspects(
    turns: Sequence[LabelledTurn], recipe: Recipe, report: Callable[[str], None]
) -> list[Suspect]:
    """Return the suspects among training turns, the worst first.

    Each turn is scored by the linear model fitted without its whole group.

    Args:
        turns: The training split.
        recipe: Of the model and its folds.
        report: Told of each step.

    Raises:
        DataError: A label is missing among the turns.
    """
    words = build_dictionary(recipe.dictionary_min_count, recipe.dictionary_max_characters)
    rows = fit_rows(turns, words, recipe, report)
    report(f"scoring every turn without its group, {recipe.model_folds} folds")
    labels = label_numbers(turns)
    model = new_label_model(recipe).fit(rows.matrix, labels, [turn.group for turn in turns])
    return rank_suspects(turns, labels, model.out_of_fold_)


def rank_suspects(
    turns: Sequence[LabelledTurn], labels: np.ndarray, scores: np.ndarray
) -> list[Suspect]:
    """Return the suspects, the worst first.

    Args:
        turns: Any labelled turns; every label is among them.
        labels: Place of each one's label in `classifier.turns.LABELS`, shape (n,).
        scores: Of a model that did not see it, shape (n, 3).
    """
    usual = np.array([scores[labels == place, place].mean() for place in range(len(LABELS))])
    reaching = np.where(scores >= usual, scores, -1.0)
    suggested = reaching.argmax(axis=1)
    given = scores[np.arange(len(turns)), labels]
    margins = given - scores[np.arange(len(turns)), suggested]
    suspect = (reaching.max(axis=1) >= 0) & (suggested != labels) & (margins < 0)
    order = np.flatnonzero(suspect)[np.argsort(margins[suspect], kind="stable")]
    return [
        Suspect(
            turns[i],
            LABELS[suggested[i]],
            (float(scores[i, 0]), float(scores[i, 1]), float(scores[i, 2])),
            float(margins[i]),
        )
        for i in order
    ]
