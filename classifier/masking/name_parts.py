"""What a name may look like: full, with a dot, of a people without surnames, or a nickname."""

import re
import tomllib
from functools import cache
from importlib.resources import files

HAN = re.compile(r"[\u4e00-\u9fff]\Z")
_NOT_IN_DOTTED = "群的了是我你您他她们在吗呢吧嘛"
_DOTTED_PART = rf"(?:(?![{_NOT_IN_DOTTED}])[\u4e00-\u9fff]){{1,10}}"
_DOTTED = re.compile(rf"{_DOTTED_PART}(?:\s?[·・•‧∙]\s?{_DOTTED_PART}){{1,3}}")
_AFTER_NAME = frozenset(
    "啊呀哦喔哈吧呢嘛啦吗么的你您我他她要想不请打在来本先女同就行都也和跟嘅系喺"
)


class NameParts:
    """The lists of ``names.toml``, which says what each is, and patterns of them."""

    def __init__(self) -> None:
        """Read the lists."""
        lists = tomllib.loads(files("classifier.masking").joinpath("names.toml").read_text("utf-8"))
        self.surnames = _characters(lists["surnames"])
        self.all_surnames = self.surnames | _characters(lists["rarer_surnames"])
        self.double_surnames = frozenset(lists["double_surnames"])
        self.given = _characters(lists["given"])
        self.not_given = _characters(lists["not_given"])
        self.not_last = _characters(lists["not_last"])
        self.words = frozenset(lists["words"])
        self.likely_words = frozenset(lists["likely_words"])
        self.titles = re.compile("|".join(lists["titles"]))
        called = "".join(self.surnames | self.given)
        self.nickname = re.compile(rf"[小阿][{called}]|老[{''.join(self.surnames)}]")
        self.foreign = re.compile(rf"[{''.join(_characters(lists['foreign']))}]{{2,8}}")


def _characters(text: str) -> frozenset[str]:
    return frozenset("".join(text.split()))


@cache
def name_parts() -> NameParts:
    """Return the lists; they are read once."""
    return NameParts()


def name_end(text: str, start: int) -> int | None:
    """Return where a name that begins here ends, or None where none does.

    Args:
        text: In plain form.
        start: After what announces a name for certain, such as 我叫.
    """
    parts = name_parts()
    dotted = _DOTTED.match(text, start)
    if dotted is not None:
        return dotted.end()
    if text[start : start + 2] in parts.words:
        return None
    end = _full_name_end(text, start)
    if end is not None and (text[start] in parts.surnames or _is_over(text, end)):
        return end
    for pattern in (parts.nickname, parts.foreign):
        found = pattern.match(text, start)
        if found is not None and _is_over(text, found.end()):
            return found.end()
    return None


def likely_name_end(text: str, start: int) -> int | None:
    """Return the same where something else may stand as well, as after 我是: it must look the part.

    Args:
        text: In plain form.
        start: Where a name may begin.
    """
    parts = name_parts()
    end = None if text[start : start + 2] in parts.likely_words else name_end(text, start)
    if end is None or not _is_over(text, end):
        return None
    name = text[start:end]
    if name[:1] in parts.all_surnames:
        looks = name[1] in parts.given if len(name) == 2 else name[-1] not in parts.not_last
    else:
        looks = len(name) > 3 or parts.nickname.match(name) is not None
    return end if looks else None


def given_name_end(text: str, start: int) -> int | None:
    """Return where a given name ends that follows a surname and 叫 or 名; None where none does.

    Args:
        text: In plain form.
        start: Where it may begin.
    """
    end = _given_end(text, start)
    return end if end > start and _is_over(text, end) else None


def _full_name_end(text: str, start: int) -> int | None:
    parts = name_parts()
    surname = 2 if text[start : start + 2] in parts.double_surnames else 1
    if surname == 1 and text[start : start + 1] not in parts.all_surnames:
        return None
    end = _given_end(text, start + surname)
    return end if end > start + surname else None


def _given_end(text: str, start: int) -> int:
    parts = name_parts()
    end = start
    while end < start + 2 and HAN.match(text[end : end + 1]):
        if (
            text[end] in parts.not_given
            or parts.titles.match(text, end)
            or text.startswith("本人", end)
        ):
            break
        end += 1
    return end


def _is_over(text: str, end: int) -> bool:
    """Say whether a name may end here: nothing follows that would go on with a word."""
    return not HAN.match(text[end : end + 1]) or text[end] in _AFTER_NAME
