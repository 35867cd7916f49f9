"""The network that bundles take in is the pupil whose weights stand beside it."""

import math

import numpy as np
import pytest

from classifier.model_bundle import LABEL_COLUMNS, READER_CHARACTERS, READER_NETWORK
from classifier.second_reader import SecondReader
from classifier.text.characters import TURN_SEGMENT, CharacterEncoder
from classifier.turns import Channel, ContextTurn, Speaker, Turn
from tests.conftest import ROOT

TRAINED = ROOT / "training" / "second_reader" / "trained"
HEADS = 12
TURNS = (
    Turn("别再打了", Channel.VOICE),
    Turn("对", Channel.VOICE, (ContextTurn(Speaker.BOT, "是要取消后续来电吗"),)),
    Turn("你们客服排了半天队也没人接", Channel.CHAT, (ContextTurn(Speaker.BOT, "您好"),)),
    Turn("明天下午三点以后再打给我吧 我现在在开会", Channel.VOICE),
    Turn("TD", Channel.SMS, (ContextTurn(Speaker.BOT, "新品到店 回TD退订"),)),
    Turn(  # .6 of a logit away where a processor without VNNI lets sums overflow
        "我没投过啊 是不是别人拿我简历投的",
        Channel.VOICE,
        (ContextTurn(Speaker.BOT, "您好，您应聘的岗位明天十点面试，请准时参加。"),),
    ),
)

_error_function = np.vectorize(math.erf)
Weights = dict[str, np.ndarray]


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.text)
def test_the_network_in_eight_bits_reads_as_the_kept_weights_do(turn: Turn) -> None:
    """A network that was exported from other weights is found, even of a near relative."""
    vocabulary = (TRAINED / READER_CHARACTERS).read_text("utf-8").split("\n")
    with np.load(TRAINED / "weights.npz") as arrays:
        weights = {name: arrays[name].astype(np.float64) for name in arrays.files}
    reader = SecondReader(TRAINED / READER_NETWORK, vocabulary)

    expected = read_in_full_precision(weights, CharacterEncoder(vocabulary), turn)

    read = reader.read(turn)
    # Of 178 training turns eight bits move a label of one in a hundred by more than .23, none by
    # .3; the last of these moves by .18.
    hardest = turn is TURNS[-1]
    labels = pytest.approx(expected[LABEL_COLUMNS], abs=0.25 if hardest else 0.15)
    assert read[LABEL_COLUMNS] == labels
    # Of one turn in 25, the last of these among them, eight bits move a reason further.
    assert read == pytest.approx(expected, abs=0.5 if hardest else 0.3)


def test_no_character_outweighs_the_others() -> None:
    """One that was never learnt drowns its turn, and makes the one scale of all rows coarser."""
    with np.load(TRAINED / "weights.npz") as arrays:
        lengths = np.linalg.norm(arrays["embedding.weight"].astype(np.float64), axis=1)
    assert lengths.max() < 2 * np.median(lengths)


def read_in_full_precision(weights: Weights, encoder: CharacterEncoder, turn: Turn) -> np.ndarray:
    """Return the outputs for one turn, shape (8,): the encoder in plain numpy."""
    row = encoder.row(turn)
    segments = row.segments[0]
    rows = weights["embedding.weight"][row.ids[0]] + weights["sound.weight"][row.sounds[0]]
    rows += weights["segment.weight"][segments] + weights["position.weight"][: len(segments)]
    rows[0] += weights["channel.weight"][list(Channel).index(turn.channel)]
    rows = normalise(weights, "norm", rows)
    layer = 0
    while f"layers.{layer}.q.weight" in weights:
        rows = deepen(weights, f"layers.{layer}", rows)
        layer += 1
    pooled = np.concatenate([rows[segments == TURN_SEGMENT].mean(axis=0), rows.mean(axis=0)])
    return project(weights, "outputs", pooled)


def deepen(weights: Weights, layer: str, rows: np.ndarray) -> np.ndarray:
    queries, keys, values = (
        np.split(project(weights, f"{layer}.{part}", rows), HEADS, axis=1) for part in "qkv"
    )
    heads = []
    for query, key, value in zip(queries, keys, values, strict=True):
        shares = np.exp(query @ key.T / math.sqrt(key.shape[1]))
        heads.append(shares / shares.sum(axis=1, keepdims=True) @ value)
    attended = project(weights, f"{layer}.ao", np.concatenate(heads, axis=1))
    rows = normalise(weights, f"{layer}.aln", rows + attended)
    inner = project(weights, f"{layer}.fi", rows)
    inner *= (1 + _error_function(inner / math.sqrt(2))) / 2
    return normalise(weights, f"{layer}.oln", rows + project(weights, f"{layer}.fo", inner))


def project(weights: Weights, name: str, rows: np.ndarray) -> np.ndarray:
    turned: np.ndarray = rows @ weights[f"{name}.weight"].T
    return turned + weights[f"{name}.bias"]


def normalise(weights: Weights, name: str, rows: np.ndarray) -> np.ndarray:
    centred = rows - rows.mean(axis=1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=1, keepdims=True))
    even: np.ndarray = centred / deviation
    return even * weights[f"{name}.weight"] + weights[f"{name}.bias"]
