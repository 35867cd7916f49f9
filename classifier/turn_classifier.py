"""Turns in, predictions out: scores, thresholds, rule floor, evidence, action."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from classifier.excerpts import choose_excerpts
from classifier.manifest import Manifest, Thresholds
from classifier.model_bundle import (
    ALSO_COMPLAINT_COLUMN,
    LABEL_COLUMNS,
    REASON_COLUMNS,
    Bundle,
)
from classifier.second_reader import softmax
from classifier.text.evidence import find_evidence
from classifier.text.reading import Reading
from classifier.turns import (
    LABELS,
    REASONS,
    Action,
    Label,
    Prediction,
    Reason,
    Turn,
)

Scores = tuple[float, float, float]
"""Probabilities in the order of `classifier.turns.LABELS`."""

_EVEN_ODDS = 0.0
_NORMAL = LABELS.index(Label.NORMAL)


class _Scored(Struct, frozen=True, gc=False):
    """Scores of one hypothesis and what they came from."""

    reading: Reading
    outputs: Sequence[float]
    scores: Scores


class FirstReading(Struct, frozen=True, gc=False):
    """What the linear model makes of a turn.

    Attributes:
        turn: The turn with its context and alternatives.
        hypotheses: Each text that may have been said, with its share of the confidence; the
            turn's own text stands first.
        scored: What the linear model says of each.
        scores: Its answer, averaged by the shares.
        unsure: Whether the second reader is to be asked, which takes some milliseconds.
    """

    turn: Turn
    hypotheses: tuple[tuple[Turn, float], ...]
    scored: tuple[_Scored, ...]
    scores: Scores
    unsure: bool


class TurnClassifier:
    """The compiled scorer of one bundle; safe to share between threads."""

    def __init__(self, bundle: Bundle) -> None:
        """Take over a loaded bundle.

        Args:
            bundle: From `classifier.model_bundle.load_bundle`.
        """
        self._bundle = bundle
        manifest = bundle.manifest
        self._reader = bundle.second_reader
        self._plan = manifest.second_reading if self._reader is not None else None
        both = manifest.second_thresholds if self._plan is not None else None
        self._thresholds = both or manifest.thresholds

    @property
    def manifest(self) -> Manifest:
        """The manifest of the bundle that answers."""
        return self._bundle.manifest

    @property
    def thresholds(self) -> Thresholds:
        """Where its scores turn into decisions."""
        return self._thresholds

    def score(self, turn: Turn) -> Scores:
        """Return the linear model's calibrated probabilities.

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
        return self.conclude(self.first_reading(turn))

    def first_reading(self, turn: Turn) -> FirstReading:
        """Read a turn with the linear model alone; `conclude` makes a prediction of it.

        Args:
            turn: The turn with its context and alternatives.
        """
        if not turn.alternatives:
            own = self._score(turn)
            return FirstReading(turn, ((turn, 1.0),), (own,), own.scores, self._asks(own.scores))
        hypotheses = _hypotheses(turn)
        scored = tuple(self._score(hypothesis) for hypothesis, _share in hypotheses)
        scores = _average([s.scores for s in scored], hypotheses)
        return FirstReading(turn, hypotheses, scored, scores, self._asks(scores))

    def conclude(self, reading: FirstReading) -> Prediction:
        """Return the prediction, asking the second reader where the first was unsure.

        Args:
            reading: From `first_reading`.
        """
        turn, scores, aids = reading.turn, reading.scores, None
        if reading.unsure and self._reader is not None and self._plan is not None:
            # What there is no time for keeps the first reading.
            chosen = choose_excerpts(reading.hypotheses, self._suspicion)
            found = [self._reader.read_all(excerpts) if excerpts else None for excerpts in chosen]
            pairs = list(zip(reading.scored, found, strict=True))
            aids = [first.outputs if second is None else second.tolist() for first, second in pairs]
            joined = [
                first.scores
                if second is None
                else self._plan.join(first.scores, second, turn.is_reply)
                for first, second in pairs
            ]
            scores = _average(joined, reading.hypotheses)
        rule = self._bundle.floor.match(turn)
        label = Label.OPT_OUT if rule else self._thresholds.decide(scores)
        doubtful = label is not Label.OPT_OUT and scores[0] >= self._thresholds.review
        version = self.manifest.version
        if label is Label.NORMAL and not doubtful:
            return Prediction(
                label, scores, Action.CONTINUE, version, second_reading=reading.unsure
            )
        suspected = Label.OPT_OUT if doubtful else label
        own = reading.scored[0]  # the turn's own text stands first
        also, reasons = _aids(
            aids or [scored.outputs for scored in reading.scored], reading.hypotheses
        )
        return Prediction(
            label=label,
            scores=scores,
            action=_action(label, doubtful),
            model_version=version,
            also_complaint=label is Label.OPT_OUT and also,
            reasons=reasons if label is not Label.NORMAL else (),
            needs_review=doubtful,
            evidence=find_evidence(self._bundle.linear, own.reading, turn.text, suspected),
            rule=rule,
            second_reading=reading.unsure,
        )

    def _asks(self, scores: Scores) -> bool:
        return self._plan is not None and self._plan.asks(scores)

    def _suspicion(self, turn: Turn) -> float:
        return 1 - self.score(turn)[_NORMAL]

    def _score(self, turn: Turn) -> _Scored:
        bundle = self._bundle
        reading = bundle.extractor.read(turn, bundle.linear)
        outputs = bundle.linear.outputs(reading)
        return _Scored(reading, outputs, softmax(outputs[LABEL_COLUMNS]))


def _hypotheses(turn: Turn) -> tuple[tuple[Turn, float], ...]:
    confidence = {turn.text: 1.0}
    for alternative in turn.alternatives:
        if alternative.text.strip():
            confidence[alternative.text] = alternative.confidence
    total = sum(confidence.values())
    if total == 0:
        return ((turn, 1.0),)
    return tuple(
        (Turn(text, turn.channel, turn.context), weight / total)
        for text, weight in confidence.items()
    )


def _average(scores: Sequence[Scores], hypotheses: Sequence[tuple[Turn, float]]) -> Scores:
    sums = [0.0, 0.0, 0.0]
    for of_one, (_turn, share) in zip(scores, hypotheses, strict=True):
        for i in range(3):
            sums[i] += of_one[i] * share
    return (sums[0], sums[1], sums[2])


def _aids(
    outputs: Sequence[Sequence[float]], hypotheses: Sequence[tuple[Turn, float]]
) -> tuple[bool, tuple[Reason, ...]]:
    odds = outputs[0]
    if len(outputs) > 1:
        odds = (np.array([share for _turn, share in hypotheses]) @ np.stack(outputs)).tolist()
    also = odds[ALSO_COMPLAINT_COLUMN] > _EVEN_ODDS
    found = zip(REASONS, odds[REASON_COLUMNS], strict=True)
    return also, tuple(reason for reason, value in found if value > _EVEN_ODDS)


def _action(label: Label, doubtful: bool) -> Action:
    if label is Label.OPT_OUT:
        return Action.STOP
    if doubtful:
        return Action.CLARIFY
    return Action.HANDOFF if label is Label.COMPLAINT else Action.CONTINUE
