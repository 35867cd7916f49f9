"""What a manager wants to know first: what is missed and what is stopped without need."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from classifier.turns import Action, Label
from training.goals.table import wilson_interval
from training.report.answers import Answer, groups_of, labelled

_RESAMPLES = 2_000
_INTERVAL = (2.5, 97.5)
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

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; what could not be measured is None."""
        return {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in asdict(self).items()
        }


def rate(hits: Sequence[bool] | np.ndarray, groups: Sequence[str]) -> Rate:
    """Return a rate with its 95 % interval, a bootstrap over scenes.

    Where it happened never or always, resampling shows no spread, and Wilson's interval is taken.

    Args:
        hits: Whether it happened, for each turn.
        groups: Scene of each turn.
    """
    found = np.asarray(hits, dtype=bool)
    count, total = len(found), int(found.sum())
    if total in {0, count}:
        low, high = wilson_interval(total, count)
    else:
        _names, places = np.unique(np.array(groups), return_inverse=True)
        sums, sizes = np.bincount(places, weights=found), np.bincount(places)
        draws = np.random.default_rng(_SEED).multinomial(
            len(sizes), np.full(len(sizes), 1 / len(sizes)), _RESAMPLES
        )
        low, high = np.percentile((draws @ sums) / (draws @ sizes), _INTERVAL)
    value = 1_000 * total / count if count else math.nan
    return Rate(total, count, value, 1_000 * max(float(low), 0), 1_000 * min(float(high), 1))


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
