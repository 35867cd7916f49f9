"""Turns in, predictions out: scores, thresholds, rule floor, evidence, action."""

from collections.abc import Sequence
from copy import copy

import numpy as np
from msgspec import structs

from classifier.first_reading import (
    FirstReading,
    Scored,
    Scores,
    average,
    greatest_outputs,
    together,
)
from classifier.manifest import Manifest, Thresholds
from classifier.model_bundle import (
    ALSO_COMPLAINT_COLUMN,
    LABEL_COLUMNS,
    REASON_COLUMNS,
    Bundle,
)
from classifier.own_words import own_words
from classifier.passages import (
    PASSAGE_CHARACTERS,
    choose_readings,
    cut_passages,
    hypotheses,
    with_last_words,
)
from classifier.second_reader import softmax
from classifier.text.characters import Context
from classifier.text.evidence import find_evidence
from classifier.text.linear_model import LinearModel
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

_EVEN_ODDS = 0.0
_OF_ONE_REQUEST = 2  # passages, for they overlap
_OPT_OUT, _NORMAL = LABELS.index(Label.OPT_OUT), LABELS.index(Label.NORMAL)


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
        texts = hypotheses(turn)
        scored = tuple(self._score_passages(turn, text) for text in texts)
        shares = tuple(texts.values())
        scores = average([together(parts) for parts in scored], shares)
        return FirstReading(said, turn, shares, scored, scores, self._asks(scores))

    def conclude(self, reading: FirstReading) -> Prediction:
        """Return the prediction, asking the second reader where the first was unsure.

        Args:
            reading: From `first_reading`.
        """
        turn, shares = reading.turn, reading.shares
        scored = self._read_again(reading) if reading.unsure else reading.scored
        scores = average([together(parts) for parts in scored], shares)
        rule = self._bundle.floor.match(turn)
        label = Label.OPT_OUT if rule else self._thresholds.decide(scores)
        doubtful = label is not Label.OPT_OUT and scores[0] >= self._thresholds.review
        version = self.manifest.version
        if label is Label.NORMAL and not doubtful:
            return Prediction(
                label, scores, Action.CONTINUE, version, second_reading=reading.unsure
            )
        suspected = Label.OPT_OUT if doubtful else label
        also, reasons = _aids([greatest_outputs(parts) for parts in scored], shares)
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

    def _score_passages(self, turn: Turn, text: str) -> tuple[Scored, ...]:
        return tuple(self._score(_passage(turn, part), start) for start, part in cut_passages(text))

    def _score(self, turn: Turn, start: int = 0) -> Scored:
        bundle = self._bundle
        reading = bundle.extractor.read(turn, bundle.linear)
        outputs = bundle.linear.outputs(reading)
        return Scored(turn, start, reading, outputs, softmax(outputs[LABEL_COLUMNS]))

    def _read_again(self, reading: FirstReading) -> list[list[Scored]]:
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
            scored[number][place] = self._join(scored[number][place], context)
        self._hear_out(reading.turn, scored[0], context)
        return scored

    def _join(self, part: Scored, context: Context) -> Scored:
        if self._reader is None or self._plan is None:
            return part
        outputs = self._reader.read(part.turn, context)
        joined = self._plan.join(part.scores, outputs, part.turn.is_reply)
        return structs.replace(part, scores=joined, outputs=outputs.tolist())

    def _hear_out(self, turn: Turn, parts: list[Scored], context: Context) -> None:
        """Read passages that ask for a stop once more, each with the turn's last words.

        Those may take the request back, which a passage that ends before them cannot know. It is
        asked back about then, never passed over: mere goodbyes make it less sure too. Where more
        passages ask than one request can lie in, it is meant.
        """
        review = self._thresholds.review
        places = [
            place
            for place, part in enumerate(parts)
            if part.end < parts[-1].end and part.scores[_OPT_OUT] >= review
        ]
        for place in places if len(places) <= _OF_ONE_REQUEST else ():
            part = parts[place]
            spans = find_evidence(self._bundle.linear, part.reading, part.turn.text, Label.OPT_OUT)
            heaviest = max(spans, key=lambda span: span.weight, default=None)
            middle = (heaviest.start + heaviest.end) // 2 if heaviest else len(part.turn.text) // 2
            heard_out = _passage(turn, with_last_words(turn.text, part.start + middle))
            opt_out, complaint, _normal = part.scores
            heard = self._join(self._score(heard_out), context).scores[_OPT_OUT]
            opt_out = min(opt_out, max(heard, review))
            scores = (opt_out, complaint, 1 - opt_out - complaint)
            parts[place] = structs.replace(part, scores=scores)


def _passage(turn: Turn, text: str) -> Turn:
    """Return a turn of a part of a text; its context has been checked, which takes time."""
    passage = copy(turn)
    structs.force_setattr(passage, "text", text)
    structs.force_setattr(passage, "alternatives", ())
    return passage


def _evidence(
    linear: LinearModel,
    scored: Sequence[Sequence[Scored]],
    shares: Sequence[float],
    label: Label,
    said: str,
) -> tuple[EvidenceSpan, ...]:
    """Return the evidence of the passage that speaks most for a label, in the text as it came.

    Where an alternative speaks for it more than that text, all of the text stands for it.
    """
    column = LABELS.index(label)
    spoke = [s * together(parts)[column] for parts, s in zip(scored, shares, strict=True)]
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
