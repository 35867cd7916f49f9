"""What one turn costs beside jieba and fastText, measured in one run."""

import time
from collections.abc import Callable, Sequence

import jieba

from classifier.turn_classifier import TurnClassifier
from classifier.turns import Turn
from training.dataset import LabelledTurn

_ROUNDS = 5
_TURNS = 400
_SHORTEST, _LONGEST = 10, 20


def typical_turns(turns: Sequence[LabelledTurn]) -> list[Turn]:
    """Return turns of about 15 characters with one context turn.

    Args:
        turns: To choose from.
    """
    return [
        turn.turn
        for turn in turns
        if len(turn.turn.context) == 1 and _SHORTEST <= len(turn.turn.text) <= _LONGEST
    ][:_TURNS]


def cost_ratio(
    classifier: TurnClassifier, predict: Callable[[str], int], turns: Sequence[Turn]
) -> float:
    """Return the CPU time of features and scorer over that of jieba.lcut and fastText.

    Args:
        classifier: Its linear model is timed.
        predict: fastText; it cuts its text with jieba.lcut first.
        turns: From `typical_turns`.
    """
    jieba.initialize()
    ours = microseconds(classifier.score, turns)
    return ours / microseconds(lambda turn: predict(turn.text), turns)


def microseconds(ask: Callable[[Turn], object], turns: Sequence[Turn]) -> float:
    """Return the CPU time of one call, the best of five rounds.

    Args:
        ask: What is timed.
        turns: Asked about one by one.
    """
    best = float("inf")
    for _ in range(_ROUNDS):
        started = time.process_time()
        for turn in turns:
            ask(turn)
        best = min(best, time.process_time() - started)
    return best / len(turns) * 1e6
