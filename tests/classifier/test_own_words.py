"""What of an e-mail is the writer's own."""

import pytest

from classifier.own_words import own_words
from classifier.turns import Channel, Turn

QUOTED = "若您不想再收到我们的邮件，请点击退订"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
@pytest.mark.parametrize(
    "below",
    [
        f"> {QUOTED}\n>> {QUOTED}",
        f"------------------ 原始邮件 ------------------\n发件人: 小店\n{QUOTED}",
        f"张三 <a@example.com> 于2026年3月1日周日 10:00写道：\n\n{QUOTED}",
        f"On Mon, Mar 2, 2026 at 9:00 AM Shop wrote:\n> {QUOTED}",
        f"From: Shop\nSent: Monday\nSubject: News\n\n{QUOTED}",
        f"寄件者：小店\n日期：週一\n\n{QUOTED}",
        f"--\n王五\n{QUOTED}",
        f"---- 回复的原邮件 ----\n| 发件人 | 小店 |\n{QUOTED}",
        f"---- Replied Message ----\n| From | 小店 |\n{QUOTED}",
        f"---- 转发的原邮件 ----\n{QUOTED}",
        f"*发件人:* 小店\n*发送时间:* 今天\n{QUOTED}",
        f"在2026年3月1日，小店 <a@example.com> 写到：\n{QUOTED}",
    ],
)
def test_quoted_mail_is_not_what_the_writer_says(below: str, end: str) -> None:
    """Places stay, however lines end: what is left out becomes spaces."""
    text = f"收到，谢谢\n我们要五台\n\n{below}".replace("\n", end)
    own = own_words(Turn(text, Channel.EMAIL)).text
    assert own.split() == ["收到，谢谢", "我们要五台"]
    assert text.replace("\r\n", " \n").replace(end, "\n").startswith(own.replace(end, "\n"))


def test_words_between_quoted_lines_are_the_writers() -> None:
    """Who answers line by line is heard."""
    text = "王五于3月1日写道：\n> 周三可以吗\n可以\n> 还要发优惠吗\n别再发了"
    assert own_words(Turn(text, Channel.EMAIL)).text.split() == ["可以", "别再发了"]


def test_words_below_what_is_quoted_stay_where_they_are() -> None:
    """What is found in them is marked in the mail itself, which begins with the quote."""
    text = f"\n> {QUOTED}\n\n别再发了\n"
    own = own_words(Turn(text, Channel.EMAIL)).text
    assert own.split() == ["别再发了"]
    assert own.index("别") == text.index("别")


@pytest.mark.parametrize(
    "text",
    [
        f"> {QUOTED}",
        "From: 我\n别再发了",
        "客服在回信里写道：不会再发。可是又发了",
        "您好\n我上周写道：\n请不要再给我发邮件",
        "--",
        "一 -- 二",
    ],
)
def test_nothing_is_taken_from_what_only_looks_quoted(text: str) -> None:
    """A mail of nothing but quoted lines is read whole, and so is talk about letters."""
    turn = Turn(text, Channel.EMAIL)
    assert own_words(turn) is turn


@pytest.mark.parametrize("channel", [Channel.VOICE, Channel.CHAT, Channel.SMS])
def test_only_letters_are_cut(channel: Channel) -> None:
    """Elsewhere a line that begins with > is what was written."""
    turn = Turn("> 退订", channel)
    assert own_words(turn) is turn
    turn = Turn(f"好\n> {QUOTED}", channel)
    assert own_words(turn) is turn


def test_a_form_may_have_fields_named_like_headers() -> None:
    """What a web form puts together is all the writer's."""
    turn = Turn("New enquiry\nFrom: Zhang\nSubject: Unsubscribe\n\nPlease stop", Channel.WEB)
    assert own_words(turn) is turn
