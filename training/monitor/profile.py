"""What traffic looks like and what a model makes of it, in a few numbers.

A decision that was logged at a share of a tenth counts for ten. Every figure allows for that, and
so does its standard error.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from classifier.decision_log.decisions import LoggedDecision, iso_time
from classifier.model_bundle import Bundle
from classifier.turns import LABELS, Action, Channel, Label, Turn

UnknownShare = Callable[[Turn], float]
"""Says which share of a turn's words a model does not know, 0 to 1."""

KINDS = TRAFFIC, FROZEN_TEST = "traffic", "frozen_test"
"""What a profile may be of."""

_SCORES = (0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97)
_LENGTHS = (2, 5, 10, 20, 50, 100)
_UNKNOWN = (0.0, 0.1, 0.2, 0.35, 0.5)
_DAY = 10
_WORD = "w:"
_BOTH = "|"


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over turns.

    Attributes:
        value: The mean; shares are from 0 to 1, lengths in code points.
        error: Its standard error, above 0.
    """

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Profile:
    """Numbers of one set of turns.

    Attributes:
        kind: ``traffic``, or ``frozen_test`` for turns that were written to be hard.
        source: Where they come from, for people.
        decisions: How many were read.
        turns: How many they stand for.
        effective: How many turns, drawn evenly, would say as much.
        first: Time of the earliest, ISO 8601; empty for the frozen test.
        last: Of the latest.
        models: Model version -> share of the turns that it answered.
        bins: Measure -> names of its bins, in their order.
        distributions: Measure -> share of the turns in each bin.
        means: Measure -> its mean.
        days: Day -> turns and means of that day.
    """

    kind: str
    source: str
    decisions: int
    turns: float
    effective: float
    first: str
    last: str
    models: dict[str, float]
    bins: dict[str, list[str]]
    distributions: dict[str, list[float]]
    means: dict[str, Mean]
    days: dict[str, dict[str, float]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def build_profile(
    decisions: Iterable[LoggedDecision], unknown_share: UnknownShare, kind: str, source: str
) -> Profile:
    """Return the numbers of a set of turns, each looked at once and then forgotten.

    Args:
        decisions: Of a log, or made of labelled turns; masked.
        unknown_share: Of the model that both sides of a comparison are held against.
        kind: One of `KINDS`.
        source: Where they come from, for people.
    """
    tally = _Tally(kind == TRAFFIC)
    for decision in decisions:
        tally.add(decision, unknown_share(decision.turn))
    total, squared = tally.weight, tally.weight_squared
    effective = total * total / squared if squared else 0.0
    return Profile(
        kind=kind,
        source=source,
        decisions=tally.decisions,
        turns=total,
        effective=effective,
        first=iso_time(tally.first) if tally.last else "",
        last=iso_time(tally.last) if tally.last else "",
        models=_shares(tally.models, total),
        bins=BINS,
        distributions={
            name: [counts[place] / total if total else 0.0 for place in range(len(BINS[name]))]
            for name, counts in tally.bins.items()
        },
        means={
            name: sums.mean(total, squared, tally.lightest) for name, sums in tally.sums.items()
        },
        days={day: found.shares() for day, found in sorted(tally.days.items())},
    )


def unknown_words(bundle: Bundle) -> UnknownShare:
    """Return what tells which share of a turn's words a model has not learnt about.

    Args:
        bundle: The model.
    """
    names_of, row_of = bundle.extractor.all_names, bundle.linear.row

    def share(turn: Turn) -> float:
        words = [name for name in names_of(turn) if name.startswith(_WORD) and _BOTH not in name]
        return sum(row_of(word) is None for word in words) / len(words) if words else 0.0

    return share


def _names(bounds: tuple[float, ...], last: str) -> list[str]:
    return [f"≤ {bound:g}" for bound in bounds] + [f"> {last}"]


BINS: dict[str, list[str]] = {
    "label": [label.value for label in LABELS],
    "channel": [channel.value for channel in Channel],
    "opt_out_score": _names(_SCORES, "0.97"),
    "complaint_score": _names(_SCORES, "0.97"),
    "length": _names(_LENGTHS, "100"),
    "unknown_words": _names(_UNKNOWN, "0.5"),
}
"""Measure -> names of its bins, in their order."""

MEASURES = tuple(BINS)
"""What is compared as a distribution."""

COUNTED = "length"
"""The only mean that is no share."""

DAILY = ("opt_out", "complaint", "clarify", "second_reading", "unknown_words")
MEANS = (*DAILY, "rule_floor", COUNTED)
"""What is compared as a mean."""


@dataclass(slots=True)
class _Sums:
    """Sums of weight times value, and of squared weight times value and squared value."""

    values: float = 0.0
    twice: float = 0.0
    squares: float = 0.0

    def add(self, value: float, weight: float) -> None:
        self.values += weight * value
        self.twice += weight * weight * value
        self.squares += weight * weight * value * value

    def mean(self, total: float, squared: float, lightest: float) -> Mean:
        if not total:
            return Mean(0.0, 1.0)
        mean = self.values / total
        spread = self.squares - 2 * mean * self.twice + mean * mean * squared
        # What never happened might have happened to one turn, of those that are logged the most,
        # as objections are; what always happened might not have happened to one of all.
        least = (squared / total if mean else lightest) / total if spread <= 0 else 0.0
        return Mean(mean, max(spread, 0.0) ** 0.5 / total or least)


@dataclass(slots=True)
class _Day:
    weight: float = 0.0
    values: Counter[str] = field(default_factory=Counter)

    def shares(self) -> dict[str, float]:
        return {"turns": self.weight} | {n: self.values[n] / self.weight for n in DAILY}


class _Tally:
    """Counts while decisions go by."""

    def __init__(self, dated: bool) -> None:
        self._dated = dated
        self.decisions = 0
        self.weight = self.weight_squared = 0.0
        self.lightest = float("inf")
        self.first, self.last = float("inf"), 0.0
        self.models: Counter[str] = Counter()
        self.bins: dict[str, Counter[int]] = {name: Counter() for name in MEASURES}
        self.sums = {name: _Sums() for name in MEANS}
        self.days: dict[str, _Day] = {}

    def add(self, decision: LoggedDecision, unknown: float) -> None:
        weight, prediction = 1 / decision.share, decision.prediction
        self.decisions += 1
        self.weight += weight
        self.weight_squared += weight * weight
        self.lightest = min(self.lightest, weight)
        self.models[prediction.model_version] += weight  # type: ignore[assignment]  # a sum of weights
        places = {
            "label": LABELS.index(prediction.label),
            "channel": BINS["channel"].index(decision.turn.channel.value),
            "opt_out_score": bisect_left(_SCORES, prediction.scores[0]),
            "complaint_score": bisect_left(_SCORES, prediction.scores[1]),
            "length": bisect_left(_LENGTHS, decision.length),
            "unknown_words": bisect_left(_UNKNOWN, unknown),
        }
        for name, place in places.items():
            self.bins[name][place] += weight  # type: ignore[assignment]
        values = {
            "opt_out": float(prediction.label is Label.OPT_OUT),
            "complaint": float(prediction.label is Label.COMPLAINT),
            "clarify": float(prediction.action is Action.CLARIFY),
            "second_reading": float(prediction.second_reading),
            "unknown_words": unknown,
            "rule_floor": float(bool(prediction.rule)),
            "length": float(decision.length),
        }
        for name, value in values.items():
            self.sums[name].add(value, weight)
        if self._dated:
            self.first, self.last = min(self.first, decision.time), max(self.last, decision.time)
            self._add_to_day(iso_time(decision.time)[:_DAY], values, weight)

    def _add_to_day(self, day: str, values: Mapping[str, float], weight: float) -> None:
        found = self.days.setdefault(day, _Day())
        found.weight += weight
        for name in DAILY:
            found.values[name] += values[name] * weight  # type: ignore[assignment]


def _shares(counts: Mapping[str, float], total: float) -> dict[str, float]:
    return {name: count / total for name, count in sorted(counts.items())}
