"""The second reader inside a bundle."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from onnxruntime.capi.onnxruntime_pybind11_state import Fail

from classifier import second_reader
from classifier.errors import (
    BundleError,
    BundleMissingError,
    BundleStaleError,
    ReaderMissingError,
)
from classifier.manifest import version_of
from classifier.model_bundle import (
    READER_CHARACTERS,
    READER_NETWORK,
    load_bundle,
    read_reader,
)
from classifier.second_reader import JoiningPlan, SecondReader
from classifier.text.characters import CharacterEncoder, Context
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Alternative, ContextTurn, Label, Speaker, Turn

STORY = "上个月我母亲住院我一直在外地照顾她店里的事都交给弟弟了货也没怎么进账也没怎么对"
UNSURE = Turn("你把这个给我取消了吧", context=(ContextTurn(Speaker.BOT, "您好，这里是优品贷"),))


@pytest.fixture(scope="module")
def linear(bundle_folder: Path) -> TurnClassifier:
    """The same bundle without its second reader."""
    return TurnClassifier(load_bundle(bundle_folder, second_reader=False))


@pytest.fixture(scope="module")
def reader(bundle_folder: Path) -> SecondReader:
    """The second reader by itself."""
    found = load_bundle(bundle_folder).second_reader
    assert found is not None
    return found


def test_asks_only_where_the_first_is_unsure(
    classifier: TurnClassifier, linear: TurnClassifier
) -> None:
    """A plain normal keeps the linear scores; an unsure turn gets joint ones and says so."""
    plain = Turn("喂 你好", context=(ContextTurn(Speaker.BOT, "您好"),))
    assert classifier.classify(plain).scores == linear.classify(plain).scores
    assert not classifier.classify(plain).second_reading
    read = classifier.classify(UNSURE)
    assert read.second_reading
    assert read.scores != linear.classify(UNSURE).scores
    assert sum(read.scores) == pytest.approx(1)


def test_linear_model_alone_answers(linear: TurnClassifier) -> None:
    """Without its second reader a bundle is a complete service with thresholds of its own."""
    assert linear.classify(Turn("以后不要再给我打电话了")).label is Label.OPT_OUT
    assert not linear.classify(UNSURE).second_reading
    assert linear.thresholds == linear.manifest.thresholds


def test_long_story_does_not_drown_a_request(classifier: TurnClassifier) -> None:
    """A request in the middle of 2,000 characters is heard; the story without it is no opt_out."""
    request = "你们以后不要再给我打电话了把我的号码删掉"
    story = (STORY * 60)[:1000]
    drowned = classifier.classify(Turn(story + request + story))
    assert drowned.second_reading
    assert drowned.label is Label.OPT_OUT
    assert classifier.classify(Turn(story * 2)).label is not Label.OPT_OUT


def test_answer_depends_on_the_turn_alone(reader: SecondReader) -> None:
    """The same turn gets the same numbers whatever was read before."""
    first = reader.read(UNSURE)
    reader.read(Turn(STORY))
    assert np.array_equal(first, reader.read(UNSURE))


def test_hypotheses_are_joined_by_confidence(classifier: TurnClassifier) -> None:
    """Alternatives of an unsure turn are read too and weigh by the recogniser's confidence."""
    other = "你把这个订单给我取消了吧"
    alone = classifier.classify(UNSURE).scores
    both = classifier.classify(
        Turn(UNSURE.text, UNSURE.channel, UNSURE.context, (Alternative(other, 1.0),))
    )
    alternative = classifier.classify(Turn(other, UNSURE.channel, UNSURE.context))
    assert both.second_reading
    assert alternative.second_reading
    assert both.scores[0] == pytest.approx((alone[0] + alternative.scores[0]) / 2)


def test_a_long_context_is_spelt_once(
    classifier: TurnClassifier, reader: SecondReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many hypotheses a turn has: some characters stand for eighteen, which takes time."""
    spell, spelt = CharacterEncoder.spell_context, []

    def spell_and_note(encoder: CharacterEncoder, turn: Turn) -> Context:
        spelt.append(turn)
        return spell(encoder, turn)

    monkeypatch.setattr(CharacterEncoder, "spell_context", spell_and_note)
    others = tuple(Alternative(f"{UNSURE.text}{end}", 1.0) for end in "啊吧呢")
    read = classifier.classify(Turn(UNSURE.text, UNSURE.channel, UNSURE.context, others))
    assert read.second_reading
    assert len(spelt) == 1
    context = reader.spell_context(UNSURE)
    assert np.array_equal(reader.read(UNSURE, context), reader.read(UNSURE))


def test_missing_runtime_is_named(bundle_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without onnxruntime loading says what to install, and the linear model still loads."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ReaderMissingError, match=r"wurao\[reader\]"):
        load_bundle(bundle_folder)
    assert load_bundle(bundle_folder, second_reader=False).second_reader is None


def failing(error: Exception) -> Callable[..., NoReturn]:
    """Return what fails so, whatever it is asked."""

    def fail(*_given: object, **_named: object) -> NoReturn:
        raise error

    return fail


def test_want_of_memory_is_told(bundle_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by a traceback of onnxruntime's, whose errors say it in C++."""
    session = "onnxruntime.InferenceSession.__init__"
    for error in (Fail("Exception during loading: std::bad_alloc"), MemoryError()):
        monkeypatch.setattr(session, failing(error))
        with pytest.raises(BundleError, match=r"memory does not suffice; free some.*--no-second"):
            load_bundle(bundle_folder)


def test_a_runtime_that_cannot_be_loaded_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is installed, so nobody is told to install it."""
    told = "libonnxruntime.so: failed to map segment from shared object"
    monkeypatch.setattr(second_reader, "import_module", failing(ImportError(told)))
    with pytest.raises(BundleError, match=rf"cannot be started: {told}.*--no-second") as caught:
        SecondReader(Path("reader.onnx"), [])
    assert not isinstance(caught.value, ReaderMissingError)


def test_a_network_that_cannot_be_run_says_why(tmp_path: Path) -> None:
    """Such as one of a newer form than the runtime knows."""
    network = tmp_path / "reader.onnx"
    network.write_bytes(b"no network")
    with pytest.raises(BundleError, match=r"cannot be started: .*Protobuf.*--no-second"):
        SecondReader(network, [])


def test_missing_reader_file_is_named(tmp_path: Path) -> None:
    """Where the trained reader has gone, the message names the file and the way without it."""
    for name in (READER_CHARACTERS, READER_NETWORK):
        with pytest.raises(BundleMissingError, match=rf"{name}: cannot be read.*--no-second"):
            read_reader(tmp_path)
        (tmp_path / name).touch()


def test_reader_of_other_code_is_refused(bundle_folder: Path, tmp_path: Path) -> None:
    """A reader whose characters are numbered otherwise than it was trained with does not load."""
    folder = tmp_path / "bundle"
    shutil.copytree(bundle_folder, folder)
    path = folder / "manifest.json"
    content = json.loads(path.read_text("utf-8"))
    content["second_reading"]["fingerprint"] = "0" * 64
    content["version"] = version_of(content)
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(BundleStaleError):
        load_bundle(folder)


def test_joining_is_a_logistic_regression() -> None:
    """With the identity on the reader's half, the joint scores are the reader's own."""
    identity = tuple(tuple(float(i == j - 3) for j in range(6)) for i in range(3))
    plan = JoiningPlan(0.1, 0.1, identity, (0.0, 0.0, 0.0), "")
    outputs = np.log([0.7, 0.2, 0.1, *[1.0] * 5])
    assert plan.join((0.1, 0.1, 0.8), outputs, is_reply=False) == pytest.approx((0.7, 0.2, 0.1))
    shifted = replace(plan, reply_shift=(float(np.log(2)), 0.0, 0.0))
    expected = pytest.approx((1.4 / 1.7, 0.2 / 1.7, 0.1 / 1.7))
    assert shifted.join((0.1, 0.1, 0.8), outputs, is_reply=True) == expected
    assert plan.asks((0.1, 0, 0.9))
    assert plan.asks((0, 0.1, 0.9))
    assert not plan.asks((0.09, 0.09, 0.82))


def test_the_runtime_keeps_to_itself(bundle_folder: Path, tmp_path: Path) -> None:
    """Its builds leave an id of the machine at home and call their makers, unless told not to."""
    load = "from classifier.model_bundle import load_bundle as load; load(Path(sys.argv[1]))"
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    subprocess.run(
        [sys.executable, "-c", f"import sys; from pathlib import Path; {load}", bundle_folder],
        env=environment | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
        check=True,
    )
    assert list(tmp_path.iterdir()) == []
