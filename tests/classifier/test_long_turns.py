"""Turns that are read in passages, and letters that quote others."""

import pytest

from classifier import turn_classifier
from classifier.passages import PASSAGE_CHARACTERS, cut_passages
from classifier.text.characters import ROW_CHARACTERS
from classifier.turn_classifier import TurnClassifier
from classifier.turns import (
    LABELS,
    Action,
    Channel,
    ContextTurn,
    EvidenceSpan,
    Label,
    Speaker,
    Turn,
)

REQUEST, GRIEVANCE = "以后别再给我打电话了。", "你们客服态度太差，我要投诉你们。"
TALK = "今天我带孩子去公园看了花，回来路上买了点菜，晚上打算包饺子。"
OPT_OUT, COMPLAINT = LABELS.index(Label.OPT_OUT), LABELS.index(Label.COMPLAINT)


@pytest.mark.parametrize("talk_after", [4, 12, 40])
@pytest.mark.parametrize("talk_before", [0, 4, 12])
def test_a_turn_asks_for_what_its_passages_ask_for(
    classifier: TurnClassifier, talk_before: int, talk_after: int
) -> None:
    """What is said around a request takes nothing from it, nor from a grievance beside it."""
    text = TALK * talk_before + REQUEST + TALK * 4 + GRIEVANCE + TALK * talk_after
    assert len(text) > PASSAGE_CHARACTERS
    parts = [classifier.score(Turn(part)) for _start, part in cut_passages(text)]
    opt_out, complaint, normal = classifier.first_reading(Turn(text)).scores
    assert opt_out == max(part[OPT_OUT] for part in parts)
    assert complaint == min(max(part[COMPLAINT] for part in parts), 1 - opt_out)
    assert normal >= 0


@pytest.mark.parametrize("talk", [3, 6])
def test_the_last_words_may_take_a_request_back(classifier: TurnClassifier, talk: int) -> None:
    """A hundred or two hundred characters later; one that is not taken back is heard as before.

    In more talk than that the suite's small model suspects more passages than one request lies in.
    """
    asked = (ContextTurn(Speaker.BOT, "您好，我们这边有低息贷款，您考虑一下吗"),)
    said = (
        REQUEST + "我这几天在外地出差，酒店信号也不好，昨天充电器还丢了，领导又催着要报表。" * talk
    )
    kept, taken_back = (
        classifier.classify(Turn(said + last, context=asked))
        for last in ("就这样吧，再见。", "算了刚才是气话，你们还是照常给我打电话吧。")
    )
    assert kept.action is Action.STOP
    assert taken_back.scores[OPT_OUT] < kept.scores[OPT_OUT]


def test_hearing_out_passes_over_nothing(
    classifier: TurnClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its passages make a stop or a doubt is at least asked back about, whatever came last."""
    turns = [
        Turn(ask + talk * 3 + last)
        for ask in (REQUEST, "麻烦把我的号码从名单里删掉。", "我不想再接到推销了。")
        for talk in (TALK, "我们单位天天加班开会，周末也没得休息。")
        for last in ("就这样吧，再见。", "好了不说了，我这边还有会，先挂了啊。")
    ]
    heard_out = [classifier.classify(turn) for turn in turns]
    monkeypatch.setattr(TurnClassifier, "_hear_out", lambda *_: None)
    plain = [classifier.classify(turn) for turn in turns]
    assert any(now.scores != before.scores for now, before in zip(heard_out, plain, strict=True))
    for now, before in zip(heard_out, plain, strict=True):
        assert (now.action is Action.CONTINUE) == (before.action is Action.CONTINUE)
        assert now.scores[OPT_OUT] <= before.scores[OPT_OUT]
        assert now.scores[COMPLAINT] == before.scores[COMPLAINT]


def test_evidence_of_a_long_turn_lies_where_the_request_does(classifier: TurnClassifier) -> None:
    """Places are those of the whole text, not of the passage."""
    text = TALK * 12 + REQUEST + TALK * 12
    assert len(text) > ROW_CHARACTERS
    scored = classifier.first_reading(Turn(text)).scored
    linear = classifier._bundle.linear
    spans = turn_classifier._evidence(linear, scored, (1.0,), Label.OPT_OUT, text)
    start = text.index(REQUEST)
    assert any(start <= span.start < span.end <= start + len(REQUEST) for span in spans)
    assert all(text[span.start : span.end] == span.text for span in spans)


def test_evidence_is_cut_from_the_text_as_it_came(classifier: TurnClassifier) -> None:
    """Of a letter too, of which only the writer's own words are read."""
    text = "别再\n> 您好\n给我发邮件了"
    reading = classifier.first_reading(Turn(text, Channel.EMAIL))
    assert (reading.said, "您好" in reading.turn.text) == (text, False)
    span = EvidenceSpan(0, len(reading.turn.text), reading.turn.text, 1.0)
    assert turn_classifier._moved(span, 0, reading.said) == EvidenceSpan(0, len(text), text, 1.0)
