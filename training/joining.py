"""Joins the second reader's answers with the linear model's, on turns that neither learnt from."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from classifier.manifest import Thresholds
from classifier.second_reader import JoiningPlan, SecondReader, joint_row
from training.dataset import LabelledTurn
from training.division import is_calibration
from training.fit import label_numbers
from training.recipe import Recipe, joint_floors
from training.thresholds import choose_thresholds

_PENALTY = 1.0


@dataclass(frozen=True, slots=True)
class Joining:
    """How two readings make one answer.

    Attributes:
        plan: When the second is asked and how it counts.
        thresholds: Where the joint scores turn into decisions.
    """

    plan: JoiningPlan
    thresholds: Thresholds


def join_readers(
    reader: SecondReader,
    turns: Sequence[LabelledTurn],
    linear: np.ndarray,
    recipe: Recipe,
) -> Joining:
    """Fit the joint scores and choose their thresholds on the calibration groups.

    Args:
        reader: The second reader.
        turns: Training turns, none that was altered: a call's turns have their context, and the
            joint scores tell replies from others.
        linear: Their out-of-fold probabilities from the linear model, shape (n, 3).
        recipe: Its ``reader`` section, and what it calls an objection.
    """
    kept = [i for i, turn in enumerate(turns) if is_calibration(turn.group)]
    labels = label_numbers([turns[i] for i in kept])
    with ThreadPoolExecutor(recipe.jobs_count) as pool:
        outputs = list(pool.map(reader.read, (turns[i].turn for i in kept)))
    replies = [turns[i].turn.is_reply for i in kept]
    rows = np.stack([
        np.append(joint_row(linear[i], found), is_reply)
        for i, found, is_reply in zip(kept, outputs, replies, strict=True)
    ])
    model = LogisticRegression(C=_PENALTY, max_iter=1_000).fit(rows, labels)
    plan = JoiningPlan(
        from_opt_out=recipe.reader_from_opt_out,
        from_complaint=recipe.reader_from_complaint,
        coefficients=tuple(tuple(map(float, row[:-1])) for row in model.coef_),
        intercepts=tuple(map(float, model.intercept_)),
        fingerprint=reader.fingerprint(),
        reply_shift=tuple(map(float, model.coef_[:, -1])),
    )
    scores = np.array([
        plan.join(linear[i], found, is_reply) if plan.asks(linear[i]) else linear[i]
        for i, found, is_reply in zip(kept, outputs, replies, strict=True)
    ])
    objection = recipe.thresholds_objection
    return Joining(plan, choose_thresholds(scores, labels, joint_floors(recipe), objection))
