"""What a manager wants to know first: what is missed and what is stopped without need."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.turns import Action, Label
from training.answers import Answer, groups_of, labelled
from training.gates.slices import ORDINARY, belongs
from training.intervals import by_group, share_interval


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happens among so many turns.

    Attributes:
        hits: How often it did.
        of: Among how many.
        per_thousand: The rate; nan among none.
        low: Lower end of its 95 % interval.
        high: Upper end.
    """

    hits: int
    of: int
    per_thousand: float
    low: float
    high: float


def rate(hits: Sequence[bool] | np.ndarray, groups: Sequence[str]) -> Rate:
    """Return a rate with its 95 % interval.

    Args:
        hits: Whether it happened, for each turn.
        groups: Scene of each turn.
    """
    found = np.asarray(hits, dtype=bool)
    low, high = share_interval(*by_group(found, groups))
    value = float(found.mean()) if len(found) else math.nan
    return Rate(int(found.sum()), len(found), 1_000 * value, 1_000 * low, 1_000 * high)


def headline(answers: Sequence[Answer]) -> dict[str, Rate]:
    """Return the rates of the headline, each named for the turns that it is taken of.

    Args:
        answers: To the frozen test.

    Returns:
        Of opt-outs: ``missed`` (the bot does not stop), of these ``asked_back``, ``handed_over``
        and ``went_on``. Of turns that are no opt-out: ``false_stops``, which are either
        ``false_stops_ordinary``, in files of ordinary talk, or ``false_stops_hard``. Of complaints:
        ``complaints_missed``.
    """
    wanting = labelled(answers, Label.OPT_OUT)
    others = [answer for answer in answers if answer.turn.label is not Label.OPT_OUT]
    ordinary = [answer for answer in others if belongs(answer.turn, ORDINARY)]
    hard = [answer for answer in others if not belongs(answer.turn, ORDINARY)]
    return {
        "missed": _rate(wanting, lambda a: a.prediction.action is not Action.STOP),
        "asked_back": _rate(wanting, lambda a: a.prediction.action is Action.CLARIFY),
        "handed_over": _rate(wanting, lambda a: a.prediction.action is Action.HANDOFF),
        "went_on": _rate(wanting, lambda a: a.prediction.action is Action.CONTINUE),
        "false_stops": _rate(others, _stopped),
        "false_stops_ordinary": _rate(ordinary, _stopped),
        "false_stops_hard": _rate(hard, _stopped),
        "complaints_missed": _rate(
            labelled(answers, Label.COMPLAINT), lambda a: a.prediction.label is Label.NORMAL
        ),
    }


def outcomes(answers: Sequence[Answer]) -> dict[str, int]:
    """Return action -> how many of 1,000 opt-outs get it, rounded so that they add up to 1,000.

    Args:
        answers: To the frozen test; all are 0 where it holds no opt-out.
    """
    counts = Counter(a.prediction.action for a in labelled(answers, Label.OPT_OUT))
    exact = {action: 1_000 * counts[action] / (counts.total() or 1) for action in Action}
    # What is missed is rounded by itself, as the headline shows it; its parts by largest remainder.
    missed = round(sum(exact.values()) - exact[Action.STOP])
    shown = {action: int(share) for action, share in exact.items()}
    shown[Action.STOP] = 1_000 * bool(counts) - missed
    parts = [action for action in Action if action is not Action.STOP]
    parts.sort(key=lambda action: shown[action] - exact[action])
    for action in parts[: missed - sum(shown[part] for part in parts)]:
        shown[action] += 1
    return {action.value: share for action, share in shown.items()}


def workload(answers: Sequence[Answer]) -> dict[str, Rate]:
    """Return how often the parts of the service speak.

    Args:
        answers: To the frozen test.

    Returns:
        Of all turns: ``clarify``, ``handoff``, ``rule_floor`` and ``second_reader``.
    """
    return {
        "clarify": _rate(answers, lambda a: a.prediction.action is Action.CLARIFY),
        "handoff": _rate(answers, lambda a: a.prediction.action is Action.HANDOFF),
        "rule_floor": _rate(answers, lambda a: bool(a.prediction.rule)),
        "second_reader": _rate(answers, lambda a: a.prediction.second_reading),
    }


def _rate(answers: Sequence[Answer], happened: Callable[[Answer], bool]) -> Rate:
    return rate([happened(answer) for answer in answers], groups_of(answers))


def _stopped(answer: Answer) -> bool:
    return answer.prediction.action is Action.STOP
