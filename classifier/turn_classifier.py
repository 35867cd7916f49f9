"""Turns in, predictions out: scores, thresholds, rule floor, evidence, action."""

import math
from dataclasses import dataclass

import numpy as np

from classifier.evidence import find_evidence
from classifier.model_bundle import (
    ALSO_COMPLAINT_COLUMN,
    LABEL_COLUMNS,
    REASON_COLUMNS,
    SQUARE_COLUMN,
    Bundle,
    Manifest,
)
from classifier.rule_floor import RuleFloor
from classifier.turns import REASONS, Action, Label, Prediction, Reason, Turn

_EVEN_ODDS = 0.0


@dataclass(frozen=True, slots=True)
class _Scored:
    """Scores of one hypothesis and what they came from."""

    divisor: float
    outputs: np.ndarray
    scores: tuple[float, float, float]


class TurnClassifier:
    """The compiled scorer of one bundle; safe to share between threads."""

    def __init__(self, bundle: Bundle) -> None:
        """Take over a loaded bundle.

        Args:
            bundle: From `classifier.model_bundle.load_bundle`.
        """
        self._bundle = bundle
        self._thresholds = bundle.manifest.thresholds
        self._floor = RuleFloor(bundle.rules)

    @property
    def manifest(self) -> Manifest:
        """The manifest of the bundle that answers."""
        return self._bundle.manifest

    def score(self, turn: Turn) -> tuple[float, float, float]:
        """Return the calibrated probabilities in the order of `classifier.turns.LABELS`.

        Args:
            turn: The turn with its context; alternatives are not looked at.
        """
        return self._score(turn).scores

    def classify(self, turn: Turn) -> Prediction:
        """Classify one turn in its context.

        Args:
            turn: The turn with its context and alternatives. The scores of several hypotheses are
                averaged by the recogniser's confidence in each.
        """
        best = self._score(turn)
        scores, outputs = best.scores, best.outputs
        if turn.alternatives:
            scores, outputs = self._average(turn, best)
        rule = self._floor.match(turn)
        label = Label.OPT_OUT if rule else self._decide(scores)
        doubtful = label is not Label.OPT_OUT and scores[0] >= self._thresholds.review
        if label is Label.NORMAL and not doubtful:
            return Prediction(label, scores, Action.CONTINUE, self.manifest.version)
        suspected = Label.OPT_OUT if doubtful else label
        return Prediction(
            label=label,
            scores=scores,
            action=_action(label, doubtful),
            model_version=self.manifest.version,
            also_complaint=label is Label.OPT_OUT
            and bool(outputs[ALSO_COMPLAINT_COLUMN] > _EVEN_ODDS),
            reasons=_reasons(outputs) if label is not Label.NORMAL else (),
            needs_review=doubtful,
            evidence=find_evidence(self._bundle, turn, best.divisor, suspected),
            rule=rule,
        )

    def _score(self, turn: Turn) -> _Scored:
        bundle = self._bundle
        find = bundle.index.get
        rows = [row for name in bundle.extractor.names(turn) if (row := find(name)) is not None]
        totals = bundle.weights[rows].sum(axis=0)
        length = math.sqrt(totals[SQUARE_COLUMN]) or 1.0
        divisor = length**bundle.manifest.length_exponent
        outputs = totals[:SQUARE_COLUMN] / divisor + bundle.biases
        return _Scored(divisor, outputs, _softmax(outputs[LABEL_COLUMNS]))

    def _average(self, turn: Turn, best: _Scored) -> tuple[tuple[float, float, float], np.ndarray]:
        confidence = {turn.text: 1.0}
        for alternative in turn.alternatives:
            if alternative.text.strip():
                confidence[alternative.text] = alternative.confidence
        total = sum(confidence.values())
        if total == 0:
            return best.scores, best.outputs
        sums, outputs = [0.0, 0.0, 0.0], np.zeros_like(best.outputs)
        for text, weight in confidence.items():
            same = text == turn.text
            scored = best if same else self._score(Turn(text, turn.channel, turn.context))
            outputs += scored.outputs * (weight / total)
            for i in range(3):
                sums[i] += scored.scores[i] * weight / total
        return (sums[0], sums[1], sums[2]), outputs

    def _decide(self, scores: tuple[float, float, float]) -> Label:
        if scores[0] >= self._thresholds.stop:
            return Label.OPT_OUT
        return Label.COMPLAINT if scores[1] >= self._thresholds.complaint else Label.NORMAL


def _softmax(logits: np.ndarray) -> tuple[float, float, float]:
    a, b, c = logits.tolist()
    top = max(a, b, c)
    a, b, c = math.exp(a - top), math.exp(b - top), math.exp(c - top)
    total = a + b + c
    return (a / total, b / total, c / total)


def _reasons(outputs: np.ndarray) -> tuple[Reason, ...]:
    odds = outputs[REASON_COLUMNS].tolist()
    return tuple(reason for reason, value in zip(REASONS, odds, strict=True) if value > _EVEN_ODDS)


def _action(label: Label, doubtful: bool) -> Action:
    if label is Label.OPT_OUT:
        return Action.STOP
    if doubtful:
        return Action.CLARIFY
    return Action.HANDOFF if label is Label.COMPLAINT else Action.CONTINUE
