"""Turns in, predictions out: scores, thresholds, rule floor, evidence, action."""

from collections.abc import Sequence
from copy import copy

import numpy as np
from msgspec import Struct, structs

from classifier.manifest import Manifest, Thresholds
from classifier.model_bundle import (
    ALSO_COMPLAINT_COLUMN,
    LABEL_COLUMNS,
    REASON_COLUMNS,
    Bundle,
)
from classifier.own_words import own_words
from classifier.passages import PASSAGE_CHARACTERS, choose_readings, cut_passages
from classifier.second_reader import softmax
from classifier.text.evidence import find_evidence
from classifier.text.linear_model import LinearModel
from classifier.text.reading import Reading
from classifier.turns import (
    LABELS,
    REASONS,
    Action,
    EvidenceSpan,
    Label,
    Prediction,
    Reason,
    Turn,
)

Scores = tuple[float, float, float]
"""Probabilities in the order of `classifier.turns.LABELS`."""

_EVEN_ODDS = 0.0
_OPT_OUT, _COMPLAINT, _NORMAL = (
    LABELS.index(label) for label in (Label.OPT_OUT, Label.COMPLAINT, Label.NORMAL)
)


class _Scored(Struct, frozen=True, gc=False):
    """Scores of one passage of a hypothesis and what they came from."""

    turn: Turn
    start: int
    reading: Reading
    outputs: Sequence[float]
    scores: Scores

    @property
    def end(self) -> int:
        return self.start + len(self.turn.text)


class FirstReading(Struct, frozen=True, gc=False):
    """What the linear model makes of a turn.

    Attributes:
        said: The text as it came.
        turn: The turn with its context and alternatives; of a letter the writer's own words.
        shares: Of the confidence, one for each text that may have been said; the turn's own text
            stands first.
        scored: What the linear model says of the passages of each.
        scores: Its answer: what the passages of each text say together, averaged by the shares.
        unsure: Whether the second reader is to be asked, which takes some milliseconds.
    """

    said: str
    turn: Turn
    shares: tuple[float, ...]
    scored: tuple[tuple[_Scored, ...], ...]
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
        return self._score(own_words(turn)).scores

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
        said, turn = turn.text, own_words(turn)
        if not turn.alternatives and len(turn.text) <= PASSAGE_CHARACTERS:
            own = self._score(turn)
            return FirstReading(said, turn, (1.0,), ((own,),), own.scores, self._asks(own.scores))
        texts = _hypotheses(turn)
        scored = tuple(self._score_passages(turn, text) for text in texts)
        shares = tuple(texts.values())
        scores = _average([_together(parts) for parts in scored], shares)
        return FirstReading(said, turn, shares, scored, scores, self._asks(scores))

    def conclude(self, reading: FirstReading) -> Prediction:
        """Return the prediction, asking the second reader where the first was unsure.

        Args:
            reading: From `first_reading`.
        """
        turn, shares = reading.turn, reading.shares
        scored = self._read_again(reading) if reading.unsure else reading.scored
        scores = _average([_together(parts) for parts in scored], shares)
        rule = self._bundle.floor.match(turn)
        label = Label.OPT_OUT if rule else self._thresholds.decide(scores)
        doubtful = label is not Label.OPT_OUT and scores[0] >= self._thresholds.review
        version = self.manifest.version
        if label is Label.NORMAL and not doubtful:
            return Prediction(
                label, scores, Action.CONTINUE, version, second_reading=reading.unsure
            )
        suspected = Label.OPT_OUT if doubtful else label
        also, reasons = _aids([_greatest_outputs(parts) for parts in scored], shares)
        return Prediction(
            label=label,
            scores=scores,
            action=_action(label, doubtful),
            model_version=version,
            also_complaint=label is Label.OPT_OUT and also,
            reasons=reasons if label is not Label.NORMAL else (),
            needs_review=doubtful,
            evidence=_evidence(self._bundle.linear, scored, shares, suspected, reading.said),
            rule=rule,
            second_reading=reading.unsure,
        )

    def _asks(self, scores: Scores) -> bool:
        return self._plan is not None and self._plan.asks(scores)

    def _score_passages(self, turn: Turn, text: str) -> tuple[_Scored, ...]:
        return tuple(self._score(_passage(turn, part), start) for start, part in cut_passages(text))

    def _score(self, turn: Turn, start: int = 0) -> _Scored:
        bundle = self._bundle
        reading = bundle.extractor.read(turn, bundle.linear)
        outputs = bundle.linear.outputs(reading)
        return _Scored(turn, start, reading, outputs, softmax(outputs[LABEL_COLUMNS]))

    def _read_again(self, reading: FirstReading) -> list[list[_Scored]]:
        """Join the first reading of each passage with the second, where there is time for one."""
        scored = [list(parts) for parts in reading.scored]
        if self._reader is None or self._plan is None:
            return scored
        asked = [
            (number, place)
            for number, parts in enumerate(scored)
            for place, part in enumerate(parts)
            if len(parts) == 1 or self._asks(part.scores)
        ]
        candidates = [
            (scored[n][i].turn, reading.shares[n] * (1 - scored[n][i].scores[_NORMAL]))
            for n, i in asked
        ]
        came = sum(parts[-1].end for parts in scored)
        context = self._reader.spell_context(reading.turn)
        for chosen in choose_readings(candidates, came):
            number, place = asked[chosen]
            part = scored[number][place]
            outputs = self._reader.read(part.turn, context)
            joined = self._plan.join(part.scores, outputs, part.turn.is_reply)
            scored[number][place] = structs.replace(part, scores=joined, outputs=outputs.tolist())
        return scored


def _together(parts: Sequence[_Scored]) -> Scores:
    """Return what passages say together: what one of them asks for, the turn asks for."""
    if len(parts) == 1:
        return parts[0].scores
    opt_out = max(part.scores[_OPT_OUT] for part in parts)
    complaint = min(max(part.scores[_COMPLAINT] for part in parts), 1 - opt_out)
    return (opt_out, complaint, 1 - opt_out - complaint)


def _greatest_outputs(parts: Sequence[_Scored]) -> Sequence[float]:
    if len(parts) == 1:
        return parts[0].outputs
    greatest: list[float] = np.max([part.outputs for part in parts], axis=0).tolist()
    return greatest


def _passage(turn: Turn, text: str) -> Turn:
    """Return a turn of a part of a text; its context has been checked, which takes time."""
    passage = copy(turn)
    structs.force_setattr(passage, "text", text)
    structs.force_setattr(passage, "alternatives", ())
    return passage


def _hypotheses(turn: Turn) -> dict[str, float]:
    """Return each text that may have been said, the turn's own first, with its share."""
    heard: dict[str, float] = {}
    for alternative in turn.alternatives:  # some recognisers cut one text in two ways
        if text := alternative.text.strip():
            heard[text] = heard.get(text, 0.0) + alternative.confidence
    confidence = {turn.text: heard.pop(turn.text.strip(), 1.0), **heard}
    total = sum(confidence.values())
    if total == 0:
        return {turn.text: 1.0}
    return {text: weight / total for text, weight in confidence.items()}


def _average(scores: Sequence[Scores], shares: Sequence[float]) -> Scores:
    if len(scores) == 1:
        return scores[0]
    a, b, c = np.array(shares) @ np.array(scores)
    return (float(a), float(b), float(c))


def _evidence(
    linear: LinearModel,
    scored: Sequence[Sequence[_Scored]],
    shares: Sequence[float],
    label: Label,
    said: str,
) -> tuple[EvidenceSpan, ...]:
    """Return the evidence of the passage that speaks most for a label, in the text as it came.

    Where an alternative speaks for it more than that text, all of the text stands for it.
    """
    column = LABELS.index(label)
    spoke = [s * _together(parts)[column] for parts, s in zip(scored, shares, strict=True)]
    if max(spoke) > spoke[0]:
        whole = said.strip()
        start = said.index(whole)
        return (EvidenceSpan(start, start + len(whole), whole, 1.0),)
    part = max(scored[0], key=lambda part: part.scores[column])
    spans = find_evidence(linear, part.reading, part.turn.text, label)
    if part.start == 0 and part.turn.text == said:
        return spans
    return tuple(_moved(span, part.start, said) for span in spans)


def _moved(span: EvidenceSpan, start: int, said: str) -> EvidenceSpan:
    start, end = span.start + start, span.end + start
    return EvidenceSpan(start, end, said[start:end], span.weight)


def _aids(
    outputs: Sequence[Sequence[float]], shares: Sequence[float]
) -> tuple[bool, tuple[Reason, ...]]:
    odds = outputs[0]
    if len(outputs) > 1:
        odds = (np.array(shares) @ np.stack(outputs)).tolist()
    also = odds[ALSO_COMPLAINT_COLUMN] > _EVEN_ODDS
    found = zip(REASONS, odds[REASON_COLUMNS], strict=True)
    return also, tuple(reason for reason, value in found if value > _EVEN_ODDS)


def _action(label: Label, doubtful: bool) -> Action:
    if label is Label.OPT_OUT:
        return Action.STOP
    if doubtful:
        return Action.CLARIFY
    return Action.HANDOFF if label is Label.COMPLAINT else Action.CONTINUE
