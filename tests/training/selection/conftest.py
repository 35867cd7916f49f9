"""Candidates made by hand."""

from collections.abc import Callable

import pytest

from classifier.turns import Label, Turn
from training.selection.candidates import Candidate, CandidateAnswer, template_of

MakeCandidate = Callable[..., Candidate]


@pytest.fixture
def candidate() -> MakeCandidate:
    """A function that makes a candidate of a row and a text."""

    def make(row: int, text: str, weight: float = 1.0) -> Candidate:
        turn = Turn(text)
        answer = CandidateAnswer((0.1, 0.1, 0.8), Label.NORMAL, "")
        return Candidate(row, {"text": text}, turn, answer, template_of(turn), weight)

    return make
