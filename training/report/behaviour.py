"""The behaviour suites by capability."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.answers import Answer
from training.dataset import EXPECTATIONS
from training.goals.suites import Case, run_suites
from training.report.headline import Rate, rate


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases of one capability that ask the same thing.

    Attributes:
        capability: What they are about.
        expectation: One of `EXPECTATIONS`.
        cases: All of them.
        failed: How many of 1,000 fail.
    """

    capability: str
    expectation: str
    cases: list[Case]
    failed: Rate


def behaviour_suites(answers: Sequence[Answer]) -> list[Suite]:
    """Return the suites by capability, then expectation; empty ones are left out.

    Args:
        answers: To the whole behaviour split.
    """
    turns = [answer.turn for answer in answers]
    cases = run_suites(turns, [answer.prediction.label for answer in answers])
    suites = []
    for capability in sorted({turn.capability for turn in turns}):
        for expectation in EXPECTATIONS:
            kept = [
                case
                for case in cases
                if (case.turn.capability, case.turn.expectation) == (capability, expectation)
            ]
            if kept:
                failed = rate([not c.passed for c in kept], [c.turn.group for c in kept])
                suites.append(Suite(capability, expectation, kept, failed))
    return suites
