"""Finds what the writer of a letter says, beside the mail that is quoted below."""

import re

from msgspec import structs

from classifier.turns import Channel, Turn

_QUOTED_LINE = re.compile(r"^[ \t]*+[>＞].*$", re.MULTILINE)
_SIGNATURE = re.compile(r"^--[ \t]*$", re.MULTILINE)
# What ends a line elsewhere becomes what ends one here, at the same place.
_LINE_ENDS = str.maketrans("\r\x85\u2028\u2029", "\n\n\n\n")
_MAIL_BELOW = (
    "(?:回复的|转发的|轉寄的)?(?:原始?邮件|原始?郵件)|转发邮件|轉寄郵件|转发的邮件"
    "|(?:original|forwarded|replied) message"
)
_SENDER = "发件人|發件人|寄件者|寄件人|from"
_OTHER_HEADER = (
    "发送时间|發送時間|传送时间|傳送時間|寄件日期|时间|時間|日期|收件人|收件者|主题|主題|主旨"
    "|date|sent|to|subject"
)
# A line that names who wrote when, and in e-mails the headers of a forwarded one.
_QUOTES = (
    rf"^[ \t]*+(?:-{{2,}}+[ \t]*+(?:{_MAIL_BELOW}).*"
    r"|(?=[^\n]*[@0-9]).{0,120}(?:写道|寫道|写到|寫到|wrote)[ \t]*+[:：][ \t]*+"
)
# Some clients set their names in bold.
_HEADERS = (
    rf"|\*?(?:{_SENDER})[ \t]*+[:：].*\n(?:[ \t]*+\n)?"
    rf"[ \t]*+\*?(?:{_OTHER_HEADER})[ \t]*+[:：].*"
)
_BEFORE_QUOTED = {
    Channel.WEB: re.compile(f"{_QUOTES})$", re.MULTILINE | re.IGNORECASE),
    Channel.EMAIL: re.compile(f"{_QUOTES}{_HEADERS})$", re.MULTILINE | re.IGNORECASE),
}
_INK = re.compile(r"\S")


def own_words(turn: Turn) -> Turn:
    """Return an e-mail or web form without quoted mail and signature; other turns as they are.

    What is left out becomes spaces, so that places in the text stay. A letter of nothing else is
    returned whole.

    Args:
        turn: Of any channel.
    """
    before_quoted = _BEFORE_QUOTED.get(turn.channel)
    if before_quoted is None:
        return turn
    text = turn.text
    lines = text.replace("\r\n", " \n").translate(_LINE_ENDS)
    left = _QUOTED_LINE.sub(_blank, lines)
    header = before_quoted.search(left)
    if header is not None:
        # Below it either lines are marked, and the writer's stand between, or all is quoted.
        marked = left[header.end() :] != lines[header.end() :]
        end = header.end() if marked else len(left)
        left = left[: header.start()] + _INK.sub(" ", left[header.start() : end]) + left[end:]
    signature = _SIGNATURE.search(left)
    if signature is not None:
        left = left[: signature.start()] + _INK.sub(" ", left[signature.start() :])
    if left == lines or not left.strip():
        return turn
    return structs.replace(turn, text=left.rstrip())


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])
