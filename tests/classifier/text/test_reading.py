"""What a turn's features add up to is what their names say."""

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from classifier.text.features import FeatureExtractor
from classifier.text.fingerprint import probe_turns
from classifier.text.fold import FoldedText
from classifier.text.linear_model import LinearModel
from classifier.text.words import WordCutter
from classifier.turns import Channel, ContextTurn, Speaker, Turn
from tests.conftest import ROOT
from tests.hostile import property_settings, texts
from training.dictionary import build_dictionary

EXTRACTOR = FeatureExtractor(WordCutter(build_dictionary(2_000, 3)))
KNOWN = sorted({name for turn in probe_turns() for name in EXTRACTOR.names(turn)})
WEIGHTS = (np.random.default_rng(7).normal(size=(len(KNOWN), 9)) ** 2).astype(np.float32)
BIASES = np.linspace(-1, 1, 8)
MODEL = LinearModel("\n".join(KNOWN), WEIGHTS, BIASES, 0.4)


def _weights(name: str) -> np.ndarray:
    row = MODEL.row(name)
    return np.zeros(9) if row is None else WEIGHTS[row].astype(np.float64)


def _agree(turn: Turn) -> None:
    reading = EXTRACTOR.read(turn, MODEL)
    sums = np.sum([_weights(name) for name in EXTRACTOR.names(turn)], axis=0)
    length = np.sqrt(sums[8]) or 1.0
    assert MODEL.outputs(reading) == pytest.approx(sums[:8] / length**0.4 + BIASES)
    places = EXTRACTOR.read(turn).places()
    times = Counter(name for name, _start, _end in places)
    heat = np.zeros(len(turn.text))
    read = np.array(FoldedText(turn.text).offsets)
    for name, start, end in places:
        share = (_weights(name)[0] - _weights(name)[2]) / times[name]
        own = read[(read >= start) & (read <= end)]
        heat[own] += share / len(own)
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


_WITHOUT_MEMORY = """
import resource
from pathlib import Path

import numpy as np

from classifier.text.features import FeatureExtractor
from classifier.text.linear_model import LinearModel
from classifier.text.words import WordCutter, add_domain_words
from classifier.turns import Turn

extractor = FeatureExtractor(WordCutter(add_domain_words({"电话": 9})))
turns = [Turn("以后不要再给我打电话了我说过很多次了" * (9 * n)) for n in range(1, 50)]
names = extractor.names(turns[0])
weights = np.random.default_rng(0).random((len(names), 9))
model = LinearModel("\\n".join(names), weights, np.zeros(8), 0.4)
found = []
for turn in turns:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize(), -1))
    try:
        found.append((turn, model.outputs(extractor.read(turn, model))))
    except MemoryError:
        pass
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
right = [outputs == model.outputs(extractor.read(turn, model)) for turn, outputs in found]
print(all(right), len(right) < len(turns))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_a_turn_that_memory_lacks_for_gets_no_wrong_answer() -> None:
    """It fails; what was noted before that is not taken for the whole."""
    command = [sys.executable, "-c", _WITHOUT_MEMORY]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.split() == ["True", "True"]
    assert told.stderr == ""
