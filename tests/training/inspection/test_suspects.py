"""Labels that a model which did not see them would give otherwise."""

import numpy as np

from classifier.turns import LABELS, Label, Turn
from training.dataset import LabelledTurn, Place
from training.inspection.suspects import rank_suspects

GIVEN = ["opt_out", "opt_out", "opt_out", "complaint", "complaint", "normal", "normal", "normal"]
SCORES = [
    (0.9, 0.0, 0.1),
    (0.9, 0.1, 0.0),
    (0.05, 0.05, 0.9),  # the model is nearly certain of another label
    (0.1, 0.8, 0.1),
    (0.2, 0.6, 0.2),
    (0.1, 0.0, 0.9),
    (0.5, 0.05, 0.45),  # another label leads, but with less than its usual score
    (0.75, 0.05, 0.2),  # another label leads with its usual score
]


def labelled(name: str, label: Label) -> LabelledTurn:
    """A turn of which only name and label matter."""
    place = Place("turns.jsonl", 1)
    return LabelledTurn(name, "g", Turn("喂"), label, "other", False, (), "other", "hans", place)


def test_suspects_are_ranked_by_how_sure_the_model_is() -> None:
    """Whoever reads from the top meets the surest contradictions first; doubt is no suspicion."""
    turns = [labelled(str(place), Label(label)) for place, label in enumerate(GIVEN)]
    labels = np.array([LABELS.index(turn.label) for turn in turns])
    found = rank_suspects(turns, labels, np.array(SCORES))
    assert [(suspect.turn.id, suspect.suggested) for suspect in found] == [
        ("2", Label.NORMAL),
        ("7", Label.OPT_OUT),
    ]
    assert [round(suspect.margin, 2) for suspect in found] == [-0.85, -0.55]
