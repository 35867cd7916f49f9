"""Times one turn beside its peers: `python -m benchmarks.turn_cost [BUNDLE]`."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import jieba
import joblib

from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Turn
from training.dataset import read_split
from training.goals.cost import microseconds, typical_turns


def main() -> None:
    """Print microseconds of CPU for each turn, the best of several rounds, and ratios to jieba."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "models/champion")
    started = time.process_time()
    classifier = TurnClassifier(load_bundle(folder))
    print(f"load the bundle: {time.process_time() - started:.2f} s of CPU")
    labelled, _problems = read_split(Path("data"), "test")
    turns = typical_turns(labelled)
    pipeline = joblib.load(folder / "pipeline.joblib")
    jieba.setLogLevel("ERROR")
    jieba.initialize()
    bundle = load_bundle(folder)
    if bundle.second_reader is None:
        sys.exit(f"{folder}: has no second reader to time")
    rows: dict[str, Callable[[Turn], object]] = {
        "jieba.lcut, full dictionary": lambda turn: jieba.lcut(turn.text),
        "features": bundle.extractor.names,
        "features and scores": classifier.score,
        "a whole answer": classifier.classify,
        "the second reader alone": bundle.second_reader.read,
        "scikit-learn pipeline": lambda turn: pipeline.predict_proba([turn]),
    }
    costs = {name: microseconds(ask, turns) for name, ask in rows.items()}
    unit = costs["jieba.lcut, full dictionary"]
    print(f"{len(turns)} turns, {sum(len(t.text) for t in turns) / len(turns):.1f} characters")
    for name, cost in costs.items():
        print(f"{name:<28} {cost:8.0f} us  {cost / unit:6.1f} x")


if __name__ == "__main__":
    main()
