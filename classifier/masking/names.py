"""Finds names of persons where something tells that a name stands there: 我叫, 请问…在吗, 先生.

A name that nothing announces is not found: nearly every Chinese name is a word too.
"""

import re
from collections.abc import Iterator
from functools import cache

from classifier.masking.name_parts import (
    given_name_end,
    likely_name_end,
    name_end,
    name_parts,
)
from classifier.masking.spans import Kind, Span
from classifier.masking.titled_names import find_titled_names

_SAID_OF = "我|你|您|他|她|名字|老公|老婆|儿子|女儿|爸爸?|妈妈?|孩子|先生|太太|本人|朋友"
_OWNER = (
    "姓名|户名|联系人|收件人|收货人|寄件人|投保人|被保人|受益人|持卡人|机主|业主|署名|落款|签名|申请人|"
    "欠款人|借款人|客户名(?!单)|称呼|会员名(?!单)|抬头"
)
_OPENED = re.compile(
    rf"(?:(?:{_SAID_OF})(?:的名字)?(?:全名|本名|就|是)?叫做?|名叫|(?:{_OWNER})(?:是|为|叫|填|写)?"
    r"|名字(?:是|为|填|写|:))[\s:,\"“「]{0,3}"
)
_GREETING = "您好|你好|早上好|上午好|中午好|下午好|晚上好|早安|晚安|哈喽"
_DEAR = "(?:尊敬|亲爱|敬爱)的"
# What a name may follow, and much else.
_LIKELY = re.compile(
    rf"(?:我就?[是系]|{_DEAR}|[您你](?:是不是|系咪|[是系])|[找搵揾](?:一?下)?|叫我?|喊我|称呼我|"
    r"打给|打畀|联系|通知|转告)\s?"
)
_ASKED = re.compile(
    rf"(?:请问|{_GREETING}|喂|麻烦|[,。!?]|^)[\s,]{{0,2}}(?P<sure>[您你]?(?:是不是|系咪|[是系]))?"
)
_ASKED_END = re.compile(
    r"(?:本人|先生|女士|小姐|家长)?[\s,]?"
    r"(?:的?(?:家|手机|电话|号码)?(?:吗|么|嘛|嘅|\?)|在(?:吗|不在|家|么|嘛)|喺|有空|方便|听电话|接电话)"
)
_ADDRESSED = re.compile(
    rf"(?:^|[\]】。!?])\s*(?:(?:{_DEAR}|{_GREETING}|喂+|嗨|哎|诶|hi|hello)[\s,]{{0,2}})?"
)
_ADDRESSED_END = re.compile(rf"[\s,:!、。~-]{{0,3}}(?:{_GREETING}|hi|hello)|\s?[,:]\s?[您你]")
_NOT_AFTER_SURNAME = frozenset("名什么啥氏甚哪的是你您我他她不")
_GIVEN_SAID = re.compile(r"[\s,]{0,2}(?:单?名叫?|叫)\s?")


def find_names(text: str) -> Iterator[Span]:
    """Yield the announced names in a text; titles stay.

    Args:
        text: In plain form.
    """
    for start, end in (*_announced(text), *_surnames(text)):
        yield Span(start, end, Kind.NAME)
    yield from find_titled_names(text)


def _announced(text: str) -> Iterator[tuple[int, int]]:
    for found in _OPENED.finditer(text):
        end = name_end(text, found.end())
        if end is not None:
            yield found.end(), end
    for found in _LIKELY.finditer(text):
        end = likely_name_end(text, found.end())
        if end is not None:
            yield found.end(), end
    for found in _ASKED.finditer(text):
        end = (name_end if found["sure"] else likely_name_end)(text, found.end())
        if end is not None and _ASKED_END.match(text, end):
            yield found.end(), end
    for found in _ADDRESSED.finditer(text):
        end = likely_name_end(text, found.end())
        if end is not None and _ADDRESSED_END.match(text, end):
            yield found.end(), end


def _surnames(text: str) -> Iterator[tuple[int, int]]:
    for found in _surname_said().finditer(text):
        if found["name"] in _NOT_AFTER_SURNAME:
            continue
        yield found.span("name")
        given = _GIVEN_SAID.match(text, found.end())
        end = given_name_end(text, given.end()) if given else None
        if given is not None and end is not None:
            yield given.end(), end


@cache
def _surname_said() -> re.Pattern[str]:
    double = "|".join(sorted(name_parts().double_surnames))
    return re.compile(rf"(?:免贵|(?<![百同贵]))姓\s?是?\s?(?P<name>{double}|[\u4e00-\u9fff])")
