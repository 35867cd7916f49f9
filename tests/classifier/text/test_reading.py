"""What a turn's features add up to is what their names say."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from classifier.text.features import FeatureExtractor
from classifier.text.fingerprint import probe_turns
from classifier.text.linear_model import LinearModel
from classifier.text.words import WordCutter
from classifier.turns import Channel, ContextTurn, Speaker, Turn
from tests.hostile import property_settings, texts
from training.dictionary import build_dictionary

EXTRACTOR = FeatureExtractor(WordCutter(build_dictionary(2_000, 3)))
KNOWN = sorted({name for turn in probe_turns() for name in EXTRACTOR.names(turn)})
WEIGHTS = np.random.default_rng(7).normal(size=(len(KNOWN), 9)) ** 2
BIASES = np.linspace(-1, 1, 8)
MODEL = LinearModel("\n".join(KNOWN), WEIGHTS, BIASES, 0.4)


def _weights(name: str) -> np.ndarray:
    row = MODEL.row(name)
    return np.zeros(9) if row is None else WEIGHTS[row]


def _agree(turn: Turn) -> None:
    reading = EXTRACTOR.read(turn, MODEL)
    sums = np.sum([_weights(name) for name in EXTRACTOR.names(turn)], axis=0)
    length = np.sqrt(sums[8]) or 1.0
    assert MODEL.outputs(reading) == pytest.approx(sums[:8] / length**0.4 + BIASES)
    places = EXTRACTOR.read(turn).places()
    times = Counter(name for name, _start, _end in places)
    heat = np.zeros(len(turn.text))
    for name, start, end in places:
        share = (_weights(name)[0] - _weights(name)[2]) / times[name]
        heat[start : end + 1] += share / (end + 1 - start)
    assert MODEL.heat(reading, 0, 2) == pytest.approx(heat)


@pytest.mark.parametrize("turn", probe_turns(), ids=str)
def test_outputs_and_heat_are_those_of_the_names(turn: Turn) -> None:
    """Each feature counts once, and its places in the text share what it says."""
    _agree(turn)


@property_settings(150)
@given(said=texts(), asked=texts(), channel=st.sampled_from(Channel))
def test_so_they_are_of_any_text(said: str, asked: str, channel: Channel) -> None:
    """Whatever characters come, said or asked."""
    assume(said.strip())
    _agree(Turn(said[:900], channel, (ContextTurn(Speaker.BOT, asked[:900]),)))


def test_what_was_read_for_its_names_adds_up_to_nothing() -> None:
    """Without a model, or by another one, there are no weights, and that is said."""
    other = LinearModel("\n".join(KNOWN), WEIGHTS, BIASES, 0.4)
    for reading in (EXTRACTOR.read(Turn("别打了")), EXTRACTOR.read(Turn("别打了"), other)):
        with pytest.raises(ValueError, match="not read by this model"):
            MODEL.outputs(reading)
        with pytest.raises(ValueError, match="not read by this model"):
            MODEL.heat(reading, 0, 2)
