"""Finds names of persons where something tells that a name stands there: 我叫, 姓名, 先生.

A name that nothing announces is not found: nearly every Chinese name is a word too.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from classifier.masking.spans import Kind, Span

_HAN = re.compile(r"[\u4e00-\u9fff]\Z")
_SAID_OF = "我|你|您|他|她|名字|老公|老婆|儿子|女儿|爸爸?|妈妈?|孩子|先生|太太|本人|朋友"
_OWNER = (
    "姓名|户名|联系人|收件人|收货人|寄件人|投保人|被保人|受益人|持卡人|机主|业主|署名|落款|签名|申请人|"
    "欠款人|借款人|客户名|称呼|会员名|抬头"
)
_OPENED = re.compile(
    rf"(?:(?:{_SAID_OF})(?:的名字)?(?:全名|本名|就|是)?叫做?|名叫|(?:{_OWNER})(?:是|为|叫|填|写)?"
    r"|名字(?:是|为|填|写|:))[\s:,\"“「]{0,3}"
)
_SURNAME_SAID = re.compile(
    r"(?:免贵|(?<![百同贵]))姓\s?是?\s?(?P<name>欧阳|司徒|上官|诸葛|司马|[\u4e00-\u9fff])"
)
_NOT_AFTER_SURNAME = frozenset("名什么啥氏甚哪的是你您我他她不")
_ASKED = re.compile(r"(?:请问|您好|你好|喂)[\s,]{0,2}[您你]?[是系]")
_ASKED_END = re.compile(r"(?:本人|先生|女士|小姐|家长)?[\s,]?(?:吗|么|嘛|嘅|\?)")
_SHORT_TITLES = {
    "总": re.compile(r"(?![是共会之体算结额价量数计裁监经要说不得])"),
    "生": re.compile(r"(?![病气日意产活成命孩怕动死存前字效鲜])"),
    "太": re.compile(r"(?![太多少大小贵好高吵烦过平阳久])"),
    "哥": re.compile(r"(?![哥])"),
    "姐": re.compile(r"(?![姐夫妹])"),
    "叔": re.compile(r""),
    "姨": re.compile(r""),
    "董": re.compile(r"(?![事])"),
}
_LONGEST_NAME = 4


class _NameParts:
    """The lists of ``names.toml`` and one pattern of all titles."""

    def __init__(self) -> None:
        lists = tomllib.loads(files("classifier.masking").joinpath("names.toml").read_text("utf-8"))
        self.surnames = frozenset("".join(lists["surnames"].split()))
        self.double_surnames = frozenset(lists["double_surnames"])
        self.not_given = frozenset("".join(lists["not_given"].split()))
        self.words = frozenset(lists["words"])
        self.titles = re.compile("|".join(lists["titles"]))
        surnames = "".join(sorted(self.surnames))
        titles = "".join(_SHORT_TITLES)
        self.short_titles = re.compile(
            rf"(?:(?<![\u4e00-\u9fff])|(?<=[是找叫问请给和跟向由让系搵好位咪]))(?P<name>[{surnames}])"
            rf"(?P<title>[{titles}])"
        )


@cache
def _parts() -> _NameParts:
    return _NameParts()


def find_names(text: str) -> Iterator[Span]:
    """Yield the announced names in a text; titles stay.

    Args:
        text: In plain form.
    """
    yield from _opened(text)
    yield from _titled(text)
    for found in _SURNAME_SAID.finditer(text):
        if found["name"] not in _NOT_AFTER_SURNAME:
            yield Span(*found.span("name"), Kind.NAME)


def _opened(text: str) -> Iterator[Span]:
    for found in _OPENED.finditer(text):
        end = _name_end(text, found.end())
        if end is not None:
            yield Span(found.end(), end, Kind.NAME)
    for found in _ASKED.finditer(text):
        end = _name_end(text, found.end())
        if end is not None and _ASKED_END.match(text, end):
            yield Span(found.end(), end, Kind.NAME)


def _titled(text: str) -> Iterator[Span]:
    parts = _parts()
    for found in parts.titles.finditer(text):
        for size in range(_LONGEST_NAME, 0, -1):
            start = found.start() - size
            if start >= 0 and _is_name(text[start : found.start()], text[:start]):
                yield Span(start, found.start(), Kind.NAME)
                break
    for found in parts.short_titles.finditer(text):
        if _SHORT_TITLES[found["title"]].match(text, found.end()):
            yield Span(*found.span("name"), Kind.NAME)


def _is_name(name: str, before: str) -> bool:
    """Say whether characters before a title are a name: a surname, perhaps with a given name."""
    parts = _parts()
    surname = 2 if name[:2] in parts.double_surnames else 1
    if surname == 1 and (name[0] not in parts.surnames or len(name) > 3):
        return False
    # 下周 is next week, but 找一下周老师 asks for a teacher.
    joined = before[-1:] + name[:1] in parts.words and not before.endswith("一下")
    if joined or name[:2] in parts.words or parts.titles.search(name):
        return False
    return all(_HAN.match(c) and c not in parts.not_given for c in name[surname:])


def _name_end(text: str, start: int) -> int | None:
    """Return where a full name that begins here ends, or None where none does."""
    parts = _parts()
    surname = 2 if text[start : start + 2] in parts.double_surnames else 1
    if surname == 1 and text[start : start + 1] not in parts.surnames:
        return None
    if text[start : start + 2] in parts.words:
        return None
    end = start + surname
    while end < start + surname + 2 and _HAN.match(text[end : end + 1]):
        if (
            text[end] in parts.not_given
            or parts.titles.match(text, end)
            or text.startswith("本人", end)
        ):
            break
        end += 1
    return end if end > start + surname else None
