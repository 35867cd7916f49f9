"""The compiled scorer and what it makes of turns."""

import os
import subprocess
import sys
from itertools import starmap
from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.turn_classifier import TurnClassifier
from classifier.turns import (
    LABELS,
    Action,
    Alternative,
    Channel,
    ContextTurn,
    EvidenceSpan,
    Label,
    Prediction,
    Speaker,
    Turn,
)
from training.dataset import LabelledTurn

ASKED = (ContextTurn(Speaker.BOT, "請問您是要取消後續來電嗎"),)


def test_scorer_equals_the_pipeline_on_every_frozen_test_turn(
    classifier: TurnClassifier, bundle_folder: Path, test_turns: list[LabelledTurn]
) -> None:
    """The compiled scorer gives scikit-learn's probabilities within 1e-9."""
    pipeline = joblib.load(bundle_folder / "pipeline.joblib")
    expected = pipeline.predict_proba([turn.turn for turn in test_turns])
    scored = np.array([classifier.score(turn.turn) for turn in test_turns])
    assert len(scored) > 2_000
    assert np.abs(scored - expected).max() < 1e-9


@pytest.mark.parametrize(
    "turn",
    [
        Turn("以后不要再给我打电话了"),
        Turn("把我的号码删掉"),
        Turn("TD", Channel.SMS),
        Turn("唔該以後唔好再打嚟"),
        Turn("對", context=ASKED),
    ],
)
def test_plain_opt_out_is_heard(classifier: TurnClassifier, turn: Turn) -> None:
    """The sentences that nobody may miss."""
    prediction = classifier.classify(turn)
    assert (prediction.label, prediction.action) == (Label.OPT_OUT, Action.STOP)


@pytest.mark.parametrize("text", ["现在别打 我在开会", "帮我取消一下订单", "我不是要投诉 就问一下"])
def test_plain_normal_is_left_alone(classifier: TurnClassifier, text: str) -> None:
    """The sentences that keyword lists stumble over."""
    prediction = classifier.classify(Turn(text))
    assert (prediction.label, prediction.action) == (Label.NORMAL, Action.CONTINUE)
    assert prediction.evidence == ()


def test_thresholds_decide(classifier: TurnClassifier, test_turns: list[LabelledTurn]) -> None:
    """Label and action follow from the scores and the thresholds alone."""
    thresholds = classifier.thresholds
    seen = set()
    for labelled in test_turns[::8]:
        prediction = classifier.classify(labelled.turn)
        if prediction.rule:
            continue
        opt_out, complaint, _normal = prediction.scores
        if opt_out >= thresholds.stop:
            assert prediction.label is Label.OPT_OUT
        elif complaint >= thresholds.complaint:
            assert prediction.label is Label.COMPLAINT
        elif opt_out + complaint >= thresholds.objection:
            likelier = Label.OPT_OUT if opt_out >= complaint else Label.COMPLAINT
            assert prediction.label is likelier
        else:
            assert prediction.label is Label.NORMAL
        doubtful = prediction.label is not Label.OPT_OUT and opt_out >= thresholds.review
        assert prediction.needs_review == doubtful == (prediction.action is Action.CLARIFY)
        assert not prediction.also_complaint or prediction.label is Label.OPT_OUT
        seen.add((prediction.label, prediction.action))
    assert len(seen) == 5


def test_alternatives_change_the_scores_by_their_confidence(classifier: TurnClassifier) -> None:
    """A hypothesis that the recogniser doubts is outweighed by one that it trusts."""
    misheard, meant = "以后在打了", "以后别再打了"
    alone = classifier.score(Turn(misheard))
    heard = (Alternative(misheard, 0.1), Alternative(meant, 0.8))
    together = classifier.first_reading(Turn(misheard, alternatives=heard)).scores
    expected = [
        (0.1 * a + 0.8 * b) / 0.9 for a, b in zip(alone, classifier.score(Turn(meant)), strict=True)
    ]
    assert together == pytest.approx(expected)


def test_alternatives_without_confidence_change_nothing(classifier: TurnClassifier) -> None:
    """Recognisers that give no confidence do no harm."""
    turn = Turn("好的", alternatives=(Alternative("好的", 0), Alternative("别打了", 0)))
    assert classifier.classify(turn).scores == classifier.classify(Turn("好的")).scores


_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80).filter(
    str.strip
)
_hostile = st.text("别打了TD\u200b\u202e\u0301👨\u200d👩\ufe0f\x00\ue000 ，。", min_size=1).filter(
    str.strip
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=_texts | _hostile, asked=_texts | _hostile, channel=st.sampled_from(list(Channel)))
def test_any_text_gets_a_sound_answer(
    classifier: TurnClassifier, text: str, asked: str, channel: Channel
) -> None:
    """Scores sum to 1 and evidence lies inside the text, whatever is said."""
    prediction = classifier.classify(Turn(text, channel, (ContextTurn(Speaker.BOT, asked),)))
    assert abs(sum(prediction.scores) - 1) < 1e-12
    assert all(0 <= score <= 1 for score in prediction.scores)
    last_end = 0
    for span in prediction.evidence:
        assert last_end <= span.start < span.end <= len(text)
        assert text[span.start : span.end] == span.text
        assert 0 < span.weight <= 1
        last_end = span.end
    assert bool(prediction.evidence) == (prediction.action is not Action.CONTINUE)


def test_evidence_marks_the_words_that_decided(classifier: TurnClassifier) -> None:
    """In a long turn the request is marked, not the story around it."""
    text = "房子上个月就卖掉了啊，钥匙也交了，以后不要再打我这个电话了"
    prediction = classifier.classify(Turn(text))
    assert prediction.label is Label.OPT_OUT
    assert "不要再打" in "".join(span.text for span in prediction.evidence)


def test_a_recogniser_may_write_characters_apart(classifier: TurnClassifier) -> None:
    """The answer is that to the whole words, and evidence lies in the text as it came."""
    whole = "你好我不需要以后不要再给我打电话了"
    expected = classifier.classify(Turn(whole))
    text = " ".join(whole)
    prediction = classifier.classify(Turn(text))
    assert prediction.scores == expected.scores
    assert prediction.action is expected.action is Action.STOP
    spans = [s.text.replace(" ", "") for s in prediction.evidence]
    assert spans == [s.text for s in classifier.classify(Turn(whole)).evidence]
    assert all(text[s.start : s.end] == s.text for s in prediction.evidence)


def test_laughter_drowns_no_request(classifier: TurnClassifier) -> None:
    """However long it is, what is said after it is heard as after a little of it."""
    short, long = (classifier.classify(Turn("哈" * n + "以后别打电话给我了")) for n in (3, 60))
    assert long.scores == short.scores
    assert long.evidence[-1].end <= 60 + len("以后别打电话给我了")


@pytest.mark.parametrize("blank", ["\u3000", "\t", "\xa0"])
def test_blanks_between_characters_are_spaces(classifier: TurnClassifier, blank: str) -> None:
    """Of whatever width."""
    found = [classifier.classify(Turn(b.join("请不要再打电话给我"))) for b in (" ", blank)]
    assert found[0].scores == found[1].scores
    assert [s.start for s in found[0].evidence] == [s.start for s in found[1].evidence]


@pytest.mark.parametrize("blank", ["", " ", "…", "。", "\u200b"])
def test_a_turn_that_says_nothing_hides_no_question(classifier: TurnClassifier, blank: str) -> None:
    """A platform may keep an empty turn of the bot's after its question."""
    asked = ContextTurn(Speaker.BOT, "请问您是要取消后续来电吗")
    turns = [
        Turn("对", Channel.VOICE, (asked, *[ContextTurn(s, blank) for s in Speaker][:n]))
        for n in (0, 3)
    ]
    one, other = map(classifier.classify, turns)
    assert one == other
    assert one.action is not Action.CONTINUE


def test_a_text_heard_twice_counts_with_both_confidences(classifier: TurnClassifier) -> None:
    """Some recognisers cut the same words in two ways; their order says nothing."""
    request, talk = "别再打电话给我了", "我现在在开会呢"

    def heard(text: str, *alternatives: tuple[str, float]) -> Prediction:
        found = tuple(starmap(Alternative, alternatives))
        return classifier.classify(Turn(text, Channel.VOICE, (), found))

    once = heard(talk, (request, 0.91))
    for order in (((request, 0.9), (request, 0.01)), ((request, 0.01), (request, 0.9))):
        assert heard(talk, *order).scores == pytest.approx(once.scores)
    own = heard(request, (request, 0.9), (talk, 0.3), (request, 0.01))
    assert own.scores == pytest.approx(heard(request, (request, 0.91), (talk, 0.3)).scores)


def test_what_an_alternative_decided_has_the_whole_text_for_its_evidence(
    classifier: TurnClassifier,
) -> None:
    """No word of it is marked that had no part in it."""
    alternatives = (Alternative("嗯嗯好的", 0.05), Alternative("以后别再打电话给我了", 0.95))
    prediction = classifier.classify(Turn(" 嗯嗯好的", Channel.VOICE, (), alternatives))
    assert prediction.action is not Action.CONTINUE
    assert prediction.evidence == (EvidenceSpan(1, 5, "嗯嗯好的", 1.0),)


def test_evidence_cuts_no_number_and_no_word(classifier: TurnClassifier) -> None:
    """A hotline's number and a word in wide letters are marked whole or not at all."""
    for text, channel, whole in (
        ("再打我12315投诉", Channel.VOICE, "12315"),
        ("Ｓｔｏｐ ｃａｌｌｉｎｇ me 别打", Channel.SMS, "Ｓｔｏｐ"),
    ):
        start = text.index(whole)
        inside = set(range(start, start + len(whole)))
        for span in classifier.classify(Turn(text, channel)).evidence:
            assert inside & set(range(span.start, span.end)) in (set(), inside)


def test_classifying_opens_no_pickle_and_no_training_library(bundle_folder: Path) -> None:
    """Loading and scoring call no pickle.load and import neither scikit-learn nor joblib."""
    program = f"""
import pickle, sys
def refuse(*args, **kwargs): raise AssertionError("pickle was opened")
pickle.load = pickle.loads = pickle.Unpickler = refuse
from pathlib import Path
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Turn
TurnClassifier(load_bundle(Path({str(bundle_folder)!r}))).classify(Turn("以后别打了"))
roots = {{name.split(".")[0] for name in sys.modules}}
print(sorted(roots & {{"sklearn", "joblib", "scipy", "training"}}))
"""
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert result.stdout.strip() == "[]"


def test_labels_are_in_the_order_of_precedence(classifier: TurnClassifier) -> None:
    """opt_out > complaint > normal, everywhere."""
    assert classifier.manifest.labels == tuple(LABELS) == ("opt_out", "complaint", "normal")
