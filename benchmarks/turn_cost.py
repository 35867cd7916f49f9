"""Times one turn beside its peers: `python -m benchmarks.turn_cost [BUNDLE]`."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import jieba
import joblib

from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Turn
from training.dataset import read_split

_ROUNDS = 5
_TURNS = 400
_SHORT, _LONG = 10, 20


def main() -> None:
    """Print microseconds of CPU for each turn, the best of several rounds, and ratios to jieba."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "models/champion")
    started = time.process_time()
    classifier = TurnClassifier(load_bundle(folder))
    print(f"load the bundle: {time.process_time() - started:.2f} s of CPU")
    labelled, _problems = read_split(Path("data"), "test")
    turns = [
        turn.turn
        for turn in labelled
        if len(turn.turn.context) == 1 and _SHORT <= len(turn.turn.text) <= _LONG
    ][:_TURNS]
    pipeline = joblib.load(folder / "pipeline.joblib")
    jieba.setLogLevel("ERROR")
    jieba.initialize()
    extractor = load_bundle(folder).extractor
    rows: dict[str, Callable[[Turn], object]] = {
        "jieba.lcut, full dictionary": lambda turn: jieba.lcut(turn.text),
        "features": extractor.names,
        "features and scores": classifier.score,
        "a whole answer": classifier.classify,
        "scikit-learn pipeline": lambda turn: pipeline.predict_proba([turn]),
    }
    costs = {name: _microseconds(ask, turns) for name, ask in rows.items()}
    unit = costs["jieba.lcut, full dictionary"]
    print(f"{len(turns)} turns, {sum(len(t.text) for t in turns) / len(turns):.1f} characters")
    for name, cost in costs.items():
        print(f"{name:<28} {cost:8.0f} us  {cost / unit:6.1f} x")


def _microseconds(ask: Callable[[Turn], object], turns: Sequence[Turn]) -> float:
    best = float("inf")
    for _ in range(_ROUNDS):
        started = time.process_time()
        for turn in turns:
            ask(turn)
        best = min(best, time.process_time() - started)
    return best / len(turns) * 1e6


if __name__ == "__main__":
    main()
