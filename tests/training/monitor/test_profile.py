"""Numbers of a sample stand for the whole."""

import math
import random
from dataclasses import replace

import pytest
from msgspec import structs

from classifier.decision_log.decisions import LoggedDecision
from classifier.turns import Action, Channel, Label, Prediction, Turn
from training.monitor.profile import MEANS, MEASURES, build_profile
from training.monitor.stored_profile import profile_from_dict

NORMAL = Prediction(Label.NORMAL, (0.02, 0.05, 0.93), Action.CONTINUE, "a")
OPT_OUT = Prediction(Label.OPT_OUT, (0.99, 0.0, 0.01), Action.STOP, "b", rule="TD")


def decision(prediction: Prediction, share: float = 1.0, text: str = "好的好的") -> LoggedDecision:
    """Return a decision of a given sampling share."""
    turn = Turn(text, Channel.SMS)
    return LoggedDecision(1_800_000_000.0, "", turn, len(text), prediction, share)


def test_a_decision_counts_for_what_it_stands_for() -> None:
    """90 ordinary turns logged at a tenth and 100 opt-outs logged whole are 1 in 10."""
    decisions = [decision(NORMAL, 0.1)] * 90 + [decision(OPT_OUT)] * 100
    profile = build_profile(decisions, lambda _turn: 0.25, "traffic", "log")
    assert profile.decisions == 190
    assert profile.turns == pytest.approx(1_000)
    assert profile.means["opt_out"].value == pytest.approx(0.1)
    assert profile.means["rule_floor"].value == pytest.approx(0.1)
    assert profile.means["length"].value == pytest.approx(4)
    assert profile.means["unknown_words"].value == pytest.approx(0.25)
    assert profile.models == pytest.approx({"a": 0.9, "b": 0.1})
    assert profile.distributions["label"] == pytest.approx([0.1, 0.0, 0.9])
    assert profile.distributions["channel"] == pytest.approx([0, 0, 1, 0, 0])
    assert profile.distributions["opt_out_score"] == pytest.approx([0, 0.9, 0, 0, 0, 0, 0, 0, 0.1])
    assert profile.days["2027-01-15"]["opt_out"] == pytest.approx(0.1)
    for measure in MEASURES:
        assert sum(profile.distributions[measure]) == pytest.approx(1)
        assert len(profile.distributions[measure]) == len(profile.bins[measure])
    assert profile_from_dict(profile.to_dict(), "profile") == profile


def test_standard_errors_tell_the_truth() -> None:
    """Of many samples of one traffic, means lie about the true ones as their errors say."""
    drawn = random.Random(5)  # ruff: ignore[suspicious-non-cryptographic-random-usage]
    apart = []
    for _ in range(150):
        heard = [OPT_OUT if drawn.random() < 0.02 else NORMAL for _ in range(3_000)]
        logged = [
            decision(prediction, share)
            for prediction in heard
            if drawn.random() < (share := 0.1 if prediction is NORMAL else 0.5)
        ]
        mean = build_profile(logged, lambda _turn: 0.0, "traffic", "log").means["opt_out"]
        apart.append((mean.value - 0.02) / mean.error)
    assert abs(sum(apart) / len(apart)) < 0.3
    assert 0.8 < math.sqrt(sum(z * z for z in apart) / len(apart)) < 1.3


def test_nothing_and_never_are_no_certainty() -> None:
    """What never happened among few turns has an error; no turns make no division by zero."""
    few = build_profile([decision(NORMAL)] * 50, lambda _turn: 0.0, "traffic", "log")
    assert few.means["opt_out"].value == 0
    assert few.means["opt_out"].error == pytest.approx(1 / 50)
    heard = [decision(NORMAL, 0.1)] * 99 + [
        decision(structs.replace(NORMAL, needs_review=True))
    ] * 10
    sampled = build_profile(heard, lambda _turn: 0.0, "traffic", "log").means["opt_out"]
    assert sampled.error == pytest.approx(1 / 1_000)  # it would have been logged as the ten were
    empty = build_profile([], lambda _turn: 0.0, "traffic", "log")
    assert (empty.decisions, empty.effective) == (0, 0)
    assert set(empty.means) == set(MEANS)


def test_order_does_not_matter() -> None:
    """Files of several workers may come in any order."""
    some = [decision(NORMAL, 0.5), replace(decision(OPT_OUT), time=1_700_000_000.0)]
    one, other = (build_profile(d, lambda _t: 0.0, "traffic", "x") for d in (some, some[::-1]))
    assert one.first == other.first == "2023-11-14T22:13:20.000+00:00"
    assert one.means == other.means
