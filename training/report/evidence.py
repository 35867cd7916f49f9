"""What spoke for a label in the words of a turn, by the linear model."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import groupby

from classifier.model_bundle import Bundle
from classifier.text.evidence import find_evidence
from classifier.turns import LABELS, EvidenceSpan, Label, Turn
from training.answers import Answer

_MOST_SPANS = 3
_SHARE_OF_PEAK = 0.35


@dataclass(frozen=True, slots=True)
class Evidence:
    """What spoke for one label.

    Attributes:
        label: Which.
        spans: In the order of the text; empty where no word of the turn spoke for it, and the
            context or what is usual decided.
    """

    label: Label
    spans: tuple[EvidenceSpan, ...]


def explain(bundle: Bundle, answer: Answer) -> list[Evidence]:
    """Return what spoke for the label answered, then for the true one where it is another.

    Nothing is said for normal as the truth: it is what stays where nothing speaks for the others.

    Args:
        bundle: The model that answered.
        answer: Right or wrong.
    """
    given, truth = answer.prediction.label, answer.turn.label
    found = [_explain(bundle, answer.turn.turn, given, truth)]
    if truth not in {given, Label.NORMAL}:
        found.append(_explain(bundle, answer.turn.turn, truth, given))
    return found


def _explain(bundle: Bundle, turn: Turn, label: Label, other: Label) -> Evidence:
    """Other labels are held against normal, as in every answer; normal against the true one."""
    against = other if label is Label.NORMAL else Label.NORMAL
    reading = bundle.extractor.read(turn, bundle.linear)
    heat = bundle.linear.heat(reading, LABELS.index(label), LABELS.index(against))
    if max(heat) <= 0:
        return Evidence(label, ())
    if label is Label.NORMAL:
        return Evidence(label, _warmest(heat, turn.text))
    return Evidence(label, find_evidence(bundle.linear, reading, turn.text, label))


def _warmest(heat: Sequence[float], text: str) -> tuple[EvidenceSpan, ...]:
    least, total = _SHARE_OF_PEAK * max(heat), sum(value for value in heat if value > 0)
    runs = []
    for warm, run in groupby(range(len(text)), lambda place: heat[place] >= least):
        places = list(run)
        if warm:
            weight = sum(heat[place] for place in places) / total
            start, end = places[0], places[-1] + 1
            runs.append(EvidenceSpan(start, end, text[start:end], weight))
    kept = nlargest(_MOST_SPANS, runs, key=lambda span: span.weight)
    return tuple(sorted(kept, key=lambda span: span.start))
