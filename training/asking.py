"""Asks a model about many turns."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from classifier.turn_classifier import TurnClassifier
from classifier.turns import Prediction, Turn
from training.progress import Progress, silent

_AT_ONCE = 64


def ask_all(
    classifier: TurnClassifier, turns: Sequence[Turn], progress: Progress = silent
) -> list[Prediction]:
    """Return the predictions of turns, in order.

    Threads, one for each core, suffice: the second reader, which takes most of the time, lets
    others run meanwhile.

    Args:
        classifier: The model.
        turns: Any number.
        progress: Told how many turns are answered so far.
    """
    predictions: list[Prediction] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(turns), _AT_ONCE):
            predictions += pool.map(classifier.classify, turns[start : start + _AT_ONCE])
            progress(len(predictions))
    return predictions
