"""Finds the spans of a turn's text that carried a decision."""

from classifier.text.linear_model import LinearModel
from classifier.text.reading import Reading
from classifier.turns import LABELS, EvidenceSpan, Label

_MOST_SPANS = 3
_SHARE_OF_PEAK = 0.35
_BRIDGED_CHARACTERS = 1


def find_evidence(
    linear: LinearModel, reading: Reading, text: str, label: Label
) -> tuple[EvidenceSpan, ...]:
    """Return up to three spans, in the order of the text, whose words spoke for a label.

    What each feature added to the log-odds of the label against normal is laid evenly over the
    characters it came from; runs of characters near the peak are the spans. Where only the context
    decided, the whole turn is the evidence.

    Args:
        linear: The model that decided.
        reading: The turn's features, by that model.
        text: Of the turn.
        label: What the spans speak for; not normal.
    """
    column, normal = LABELS.index(label), LABELS.index(Label.NORMAL)
    heat = linear.heat(reading, column, normal)
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
