"""Finds names before a title: 王先生, 陈小姐, 李太, 张总. Titles stay."""

import re
from collections.abc import Iterator
from functools import cache

from classifier.masking.name_parts import HAN, name_parts
from classifier.masking.spans import Kind, Span

_SHORT_TITLES = {
    "总": re.compile(r"(?![是共会之体算结额价量数计裁监经要说不得])"),
    "生": re.compile(r"(?![病气日意产活成命孩怕动死存前字效鲜])"),
    "太": re.compile(r"(?![太多少大小贵好高吵烦过平阳久])"),
    "哥": re.compile(r"(?![哥])"),
    "姐": re.compile(r"(?![姐夫妹])"),
    "叔": re.compile(r""),
    "姨": re.compile(r""),
    "伯": re.compile(r"(?![伦纳特爵])"),
    "婶": re.compile(r""),
    "嫂": re.compile(r""),
    "工": re.compile(r"(?![作程人厂资会业具商伤行期艺龄地钱友单])"),
    "董": re.compile(r"(?![事])"),
}
# A surname alone, not the end of a word.
_APART = r"(?:(?<![\u4e00-\u9fff·])|(?<=[是找叫问请给和跟向由让系搵好位咪喂]))"
_LATIN = re.compile(r"(?<![a-z])(?:mr|mrs|ms|miss|madam)\b\.?\s{0,2}(?P<name>[a-z]{2,15})\b")
_LONGEST_NAME = 4


def find_titled_names(text: str) -> Iterator[Span]:
    """Yield the names before titles; after them where the title is English.

    Args:
        text: In plain form.
    """
    parts = name_parts()
    for title in parts.titles.finditer(text):
        for size in range(_LONGEST_NAME, 0, -1):
            start = title.start() - size
            if start >= 0 and _is_name(text[start : title.start()], text[:start]):
                yield Span(start, title.start(), Kind.NAME)
                break
    for found in _short().finditer(text):
        follows = _SHORT_TITLES[found["title"]]
        if found[0] not in parts.words and follows.match(text, found.end()):
            yield Span(*found.span("name"), Kind.NAME)
    for pattern in (_rarer(), _LATIN):
        for found in pattern.finditer(text):
            yield Span(*found.span("name"), Kind.NAME)


@cache
def _short() -> re.Pattern[str]:
    surnames = "".join(name_parts().surnames)
    return re.compile(rf"{_APART}(?P<name>[{surnames}])(?P<title>[{''.join(_SHORT_TITLES)}])")


@cache
def _rarer() -> re.Pattern[str]:
    rarer = "".join(name_parts().all_surnames - name_parts().surnames)
    given = "".join(name_parts().given)
    return re.compile(rf"{_APART}(?P<name>[{rarer}][{given}]{{0,2}})(?=先生|女士|小姐|太太)")


def _is_name(name: str, before: str) -> bool:
    """Say whether characters before a title are a name: a surname, perhaps with a given name."""
    parts = name_parts()
    surname = 2 if name[:2] in parts.double_surnames else 1
    if surname == 1 and (name[0] not in parts.surnames or len(name) > 3):
        return False
    # 下周 is next week, but 找一下周老师 asks for a teacher.
    joined = before[-1:] + name[:1] in parts.words and not before.endswith("一下")
    if joined or name[:2] in parts.words or parts.titles.search(name):
        return False
    return all(HAN.match(c) and c not in parts.not_given for c in name[surname:])
