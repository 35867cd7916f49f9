"""What a manager wants to know first: what is missed and what is stopped without need."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.turns import Action, Label
from training.intervals import by_group, share_interval
from training.report.answers import Answer, groups_of, labelled

_SEED = 0


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
    low, high = share_interval(*by_group(found, groups), _SEED)
    value = float(found.mean()) if len(found) else math.nan
    return Rate(int(found.sum()), len(found), 1_000 * value, 1_000 * low, 1_000 * high)


def headline(answers: Sequence[Answer]) -> dict[str, Rate]:
    """Return the rates of the headline.

    Args:
        answers: To the frozen test.

    Returns:
        Of opt-outs: ``missed`` (the bot does not stop), of these ``asked_back`` and ``unheard``;
        of normal turns ``false_stops``, of these in files of ordinary talk
        ``false_stops_in_ordinary_talk``; of complaints ``complaints_missed``.
    """
    wanting, ordinary = labelled(answers, Label.OPT_OUT), labelled(answers, Label.NORMAL)
    talk = [a for a in ordinary if _file_of(a).startswith("ordinary")]
    return {
        "missed": _rate(wanting, lambda a: not a.right),
        "asked_back": _rate(wanting, lambda a: a.prediction.action is Action.CLARIFY),
        "unheard": _rate(wanting, lambda a: not a.heard),
        "false_stops": _rate(ordinary, _stopped),
        "false_stops_in_ordinary_talk": _rate(talk, _stopped),
        "complaints_missed": _rate(
            labelled(answers, Label.COMPLAINT), lambda a: a.prediction.label is Label.NORMAL
        ),
    }


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


def _file_of(answer: Answer) -> str:
    return answer.turn.place.path.rpartition("/")[2]
