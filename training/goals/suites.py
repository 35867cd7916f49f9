"""Runs the behaviour suites: minimum functionality, invariance, direction.

After Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList",
https://aclanthology.org/2020.acl-main.442.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.turns import Label
from training.dataset import LabelledTurn


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a suite.

    Attributes:
        turn: What is asked about.
        answer: What was answered.
        passed: Whether that is as expected.
    """

    turn: LabelledTurn
    answer: Label
    passed: bool


def run_suites(turns: Sequence[LabelledTurn], answers: Sequence[Label]) -> list[Case]:
    """Return each case of the behaviour split with its outcome.

    A turn passes when its own label is answered and, where it has a twin, the twin's too: what says
    one thing to everything has understood neither a difference nor a likeness.

    Args:
        turns: The split.
        answers: One for each turn.
    """
    places = {turn.id: place for place, turn in enumerate(turns)}
    cases = []
    for turn, answer in zip(turns, answers, strict=True):
        passed = answer is turn.label
        twin = places.get(turn.pair)
        if twin is not None:
            passed &= answers[twin] is turns[twin].label
        cases.append(Case(turn, answer, passed))
    return cases
