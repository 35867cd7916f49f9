"""Finds the spans of a turn's text that carried a decision."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from classifier.model_bundle import Bundle
from classifier.text.features import FeatureBlock
from classifier.turns import LABELS, EvidenceSpan, Label

_MOST_SPANS = 3
_SHARE_OF_PEAK = 0.35
_BRIDGED_CHARACTERS = 1


def find_evidence(
    bundle: Bundle, text: str, blocks: Sequence[FeatureBlock], divisor: float, label: Label
) -> tuple[EvidenceSpan, ...]:
    """Return up to three spans, in the order of the text, whose words spoke for a label.

    What each feature added to the log-odds of the label against normal is laid evenly over the
    characters it came from; runs of characters near the peak are the spans. Where only the context
    decided, the whole turn is the evidence.

    Args:
        bundle: The model that decided.
        text: Of the turn that it decided about.
        blocks: The turn's features, as they were scored.
        divisor: What the turn's sum of weights was divided by.
        label: What the spans speak for; not normal.
    """
    heat = _heat(bundle, text, blocks, divisor, label)
    peak = max(heat)
    if peak <= 0:
        whole = text.strip()
        start = text.index(whole)
        return (EvidenceSpan(start, start + len(whole), whole, 1.0),)
    runs = _runs([value >= peak * _SHARE_OF_PEAK for value in heat])
    total = _warmth(heat)
    spans = [
        EvidenceSpan(start, end, text[start:end], _warmth(heat[start:end]) / total)
        for start, end in runs
    ]
    strongest = sorted(spans, key=lambda span: -span.weight)[:_MOST_SPANS]
    return tuple(sorted(strongest, key=lambda span: span.start))


def _heat(
    bundle: Bundle, text: str, blocks: Sequence[FeatureBlock], divisor: float, label: Label
) -> list[float]:
    column, normal = LABELS.index(label), LABELS.index(Label.NORMAL)
    heat = [0.0] * len(text)
    # A feature counts once however often it stands in the turn; its places share it.
    places = Counter(name for block in blocks if block.starts for name in block.names)
    shares: dict[str, float] = {}
    for name, count in places.items():
        row = bundle.index.get(name)
        if row is not None:
            weights: np.ndarray = bundle.weights[row]
            shares[name] = float(weights[column] - weights[normal]) / divisor / count
    for block in blocks:
        for name, start, end in zip(block.names, block.starts, block.ends, strict=False):
            share = shares.get(name)
            if share is None:
                continue
            part = share / (end - start + 1)
            for position in range(start, end + 1):
                heat[position] += part
    return heat


def _warmth(heat: list[float]) -> float:
    return sum(value for value in heat if value > 0)


def _runs(hot: list[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for i, is_hot in enumerate(hot):
        if not is_hot:
            continue
        if runs and i - runs[-1][1] <= _BRIDGED_CHARACTERS:
            runs[-1] = (runs[-1][0], i + 1)
        else:
            runs.append((i, i + 1))
    return runs
