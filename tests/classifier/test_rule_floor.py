"""The rule floor."""

from itertools import starmap

import pytest

from classifier.rule_floor import RuleFloor
from classifier.turns import Channel, ContextTurn, Speaker, Turn
from training.recipe import read_rules


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


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ("T", "【某商城】夏季上新，全场五折，回T退订"),
        ("回T", "【某商城】夏季上新，全场五折，退订回T"),
        ("n", "【某銀行】優惠貸款，如不想再收到訊息請回覆N"),
        ("0000", "【某运营商】5G畅享季，不再接收此类信息请回复0000。"),
        ("R", "【某医美】周年庆，拒收请回复R"),
        ("T", "如需退订，请回复T。"),
        ("回覆T", "退訂請回覆T"),
        ("T", "【KFC】T退订"),
        ("t", "满200减100，T退订"),
    ],
)
def test_invited_code_holds(floor: RuleFloor, reply: str, message: str) -> None:
    """A bare code is an opt-out where the message offers it as one."""
    said = (ContextTurn(Speaker.BOT, message),)
    assert floor.match(Turn(reply, Channel.SMS, said)) == "sms_invited_code"


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ("T", "请回复您要的款式：T恤回T，衬衫回C"),
        ("N", "明日10点预约，回Y确认，回N取消预约。拒收请回TD"),
        ("取消", "回复 取消 可取消预约。退订回T"),
        ("R", "满意回S，一般回R。退订回T"),
        ("T", "one-stop shop, reply S/M/T for size"),
        ("T", ""),
        ("N", ""),
        ("N", "您是否要退订？回复Y确认退订，回复N不退订"),
        ("N", "是否退订？退订回Y，不退订回N"),
        ("N", "如不退订请回N继续享受优惠"),
        ("N", "无需退订回N"),
        ("N", "不取消订阅请回复N"),
        ("R", "您已成功退订。回复R恢复接收"),
        ("T", "您已退订，回复T重新订阅"),
        ("T", "已为您取消订阅，回T可恢复"),
        ("R", "请勿拒收。回R领奖"),
        ("T", "订T退订D"),
    ],
)
def test_bare_code_needs_its_own_invitation(floor: RuleFloor, reply: str, message: str) -> None:
    """The same code may answer something else, or say that one does not refuse."""
    said = (ContextTurn(Speaker.BOT, message),) if message else ()
    assert floor.match(Turn(reply, Channel.SMS, said)) == ""


def test_what_says_nothing_changes_nothing(floor: RuleFloor) -> None:
    """Gateways pad a text, platforms keep an empty message of theirs."""
    asked = ContextTurn(Speaker.BOT, "拒收回0000")
    for empty in ("", " ", "…", "\u200b"):
        said = (asked, ContextTurn(Speaker.BOT, empty))
        assert floor.match(Turn("0000", Channel.SMS, said)) == "sms_invited_code"
    for padding in (" " * 60, "\n" * 60, "\u200b" * 60):
        assert floor.match(Turn("CANCEL" + padding, Channel.SMS)) == "sms_statutory_word"


@pytest.mark.parametrize(
    ("text", "channel"),
    [("TD", Channel.VOICE), ("TD是什么意思", Channel.SMS), ("订单退订单", Channel.SMS)],
)
def test_anything_else_is_left_to_the_model(floor: RuleFloor, text: str, channel: Channel) -> None:
    """A rule holds for whole replies on its own channels alone."""
    assert floor.match(Turn(text, channel)) == ""


@pytest.mark.parametrize(
    ("context", "name"),
    [
        ([(Speaker.BOT, "退订回T"), (Speaker.BOT, "您要什么尺码")], ""),
        ([(Speaker.BOT, "您要什么尺码"), (Speaker.BOT, "退订回T")], "sms_invited_code"),
        ([(Speaker.BOT, "退订回T"), (Speaker.USER, "在吗")], "sms_invited_code"),
        ([(Speaker.USER, "退订回T")], ""),
        ([(Speaker.BOT, "退订回T可恢复")], ""),
    ],
)
def test_a_code_answers_the_last_message_to_the_subject(
    floor: RuleFloor, context: list[tuple[Speaker, str]], name: str
) -> None:
    """Neither one before it, nor what the subject said."""
    said = tuple(starmap(ContextTurn, context))
    assert floor.match(Turn("T", Channel.SMS, said)) == name


def test_a_rule_holds_on_its_own_channels_beside_others() -> None:
    """What a second rule covers widens no first one."""
    rules = [
        {"name": name, "channels": [channel], "replies": [reply], "source": "a law"}
        for name, channel, reply in (("by_sms", "sms", "TD"), ("by_web", "web", "退订"))
    ]
    floor = RuleFloor(rules)
    assert floor.match(Turn("TD", Channel.SMS)) == "by_sms"
    assert floor.match(Turn("TD", Channel.WEB)) == ""
