"""The rule floor."""

import pytest

from classifier.rule_floor import RuleFloor
from classifier.turns import Channel, ContextTurn, Speaker, Turn
from training.recipe import read_rules

MARKETING = (ContextTurn(Speaker.BOT, "【某商城】夏季上新，全场五折，回T退订"),)
SIZE = (ContextTurn(Speaker.BOT, "请回复您要的款式：T恤回T，衬衫回C"),)


@pytest.fixture(scope="module")
def floor() -> RuleFloor:
    """The rules of the repository."""
    return RuleFloor(read_rules())


@pytest.mark.parametrize(
    "reply", ["TD", "td", "ＴＤ", "T D。", "退订", "退訂！", "拒收", "Unsubscribe"]
)
def test_refusal_word_as_a_whole_sms_holds(floor: RuleFloor, reply: str) -> None:
    """Width, case, script and punctuation do not matter."""
    assert floor.match(Turn(reply, Channel.SMS)) == "sms_refusal_word"


def test_bare_letter_needs_an_invitation(floor: RuleFloor) -> None:
    """T answers "回T退订", and "T恤回T" too."""
    assert floor.match(Turn("T", Channel.SMS, MARKETING)) == "sms_invited_code"
    assert floor.match(Turn("T", Channel.SMS, SIZE)) == ""


@pytest.mark.parametrize(
    ("text", "channel"),
    [("TD", Channel.VOICE), ("TD是什么意思", Channel.SMS), ("订单退订单", Channel.SMS)],
)
def test_anything_else_is_left_to_the_model(floor: RuleFloor, text: str, channel: Channel) -> None:
    """A rule holds for whole replies on its own channels alone."""
    assert floor.match(Turn(text, channel)) == ""
