"""What makes a turn worth labelling."""

import pytest

from classifier.rule_floor import RuleFloor
from classifier.turns import Channel, ContextTurn, Label, Speaker, Turn
from training.selection.candidates import CandidateAnswer
from training.selection.criteria import FloorDisagreement, uncertainty, why_uncertain
from training.selection.likeness import Sounds

RULE = {"name": "sms", "channels": ["sms"], "replies": ["TD", "退订", "T"], "source": "practice"}
FLOOR = RuleFloor([RULE])


def answer(opt_out: float, label: Label = Label.NORMAL, rule: str = "") -> CandidateAnswer:
    """What a model says that gives the rest to normal."""
    return CandidateAnswer((opt_out, 0.0, 1 - opt_out), label, rule)


def test_even_odds_are_least_certain() -> None:
    """Two even labels give 1, a certain label 0, and what a rule decided is certain."""
    assert uncertainty(answer(0.5)) == pytest.approx(1)
    assert uncertainty(answer(0.0)) == pytest.approx(0)
    assert uncertainty(answer(0.5, Label.OPT_OUT, "sms")) == 0
    assert why_uncertain(CandidateAnswer((0.3, 0.25, 0.45), Label.NORMAL, "")) == (
        "normal 0.45 against opt_out 0.30"
    )


@pytest.mark.parametrize(
    ("text", "channel", "said", "distance"),
    [
        ("TD", Channel.SMS, answer(0.1, Label.OPT_OUT, "sms"), 0.9),  # only the rule heard it
        ("TD", Channel.SMS, answer(0.9, Label.OPT_OUT, "sms"), 0.0),  # both did
        ("退订，行程改了", Channel.SMS, answer(0.2), 0.8),  # a reply among other words
        ("退订，行程改了", Channel.SMS, answer(0.8, Label.OPT_OUT), 0.0),
        ("退订，行程改了", Channel.VOICE, answer(0.2), 0.0),  # no rule holds there
        ("T，谢谢", Channel.SMS, answer(0.2), 0.0),  # one letter says nothing among words
    ],
)
def test_floor_and_model_are_held_against_each_other(
    text: str, channel: Channel, said: CandidateAnswer, distance: float
) -> None:
    """A rule that the model would not follow, or a rule's word that nobody heard, is told."""
    found, why = FloorDisagreement(FLOOR, 0.5).find(Turn(text, channel), said)
    assert found == pytest.approx(distance)
    assert bool(why) == (distance > 0)


def test_what_sounds_alike_is_taken_once() -> None:
    """Homophones and particles make no new turn; another question before a short one does."""
    sounds = Sounds([])
    assert sounds.take(Turn("你们以后不要在给我打电话了"))
    assert not sounds.take(Turn("你们以后不要再给我打电话了"))
    assert not sounds.take(Turn("你们以后不要再给我打电话啦"))
    assert sounds.take(Turn("那明天下午三点再打过来吧"))
    for question in ("您要取消后续来电吗", "您是车主本人吗"):
        assert sounds.take(Turn("对", context=(ContextTurn(Speaker.BOT, question),)))
