"""Where personal data stands in a text, and the one written form that it is looked for in."""

import unicodedata
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from classifier.text.variants import simplified_characters

_LAST_TABLE_CODE = 0x2FFFF


class Kind(StrEnum):
    """What a span holds; the value is what stands there afterwards.

    Placeholders are Latin words in brackets: no Chinese turn holds them, so they neither look
    like something said nor move a model that learns from masked turns.
    """

    LINK = "[LINK]"
    EMAIL = "[EMAIL]"
    ACCOUNT = "[ACCOUNT]"
    ID = "[ID]"
    CARD = "[CARD]"
    PHONE = "[PHONE]"
    ADDRESS = "[ADDRESS]"
    NAME = "[NAME]"


class Span(NamedTuple):
    """A stretch of personal data.

    Attributes:
        start: First code point, counted from 0.
        end: One past the last.
        kind: What it is.
    """

    start: int
    end: int
    kind: Kind


# str.translate is fast on a real dict only.
class _PlainTable(dict[int, str]):  # ruff: ignore[subclass-builtin]
    """A `str.translate` table that works out a character when it is first met."""

    def __init__(self) -> None:
        super().__init__()
        self._simplified = dict(simplified_characters())
        # There it is a variant of 幺; here 什么 should stay a word.
        self._simplified.pop("么", None)
        self._simplified["麼"] = self._simplified["麽"] = "么"

    def __missing__(self, code: int) -> str:
        character = chr(code)
        compatible = unicodedata.normalize("NFKC", chr(code))
        if len(compatible) == 1:
            character = compatible
        lower = character.lower()
        if len(lower) == 1:
            character = lower
        simplified = self._simplified.get(character, character)
        if code <= _LAST_TABLE_CODE:
            self[code] = simplified
        return simplified


@cache
def _plain_table() -> _PlainTable:
    return _PlainTable()


def plain(text: str) -> str:
    """Return a text of the same length: half width, lower case, simplified, punctuation kept.

    Args:
        text: Any valid Unicode.
    """
    return text.translate(_plain_table())
