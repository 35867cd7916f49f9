"""Which script a text is written in."""

import re
from functools import cache

from classifier.text.variants import simplified_characters

_CANTONESE = re.compile(r"[嘅唔咗喺嚟啲冇俾畀佢哋乜嘢咁嗰噉]")


def script_of(text: str) -> str:
    """Return ``yue`` for written Cantonese, ``hant`` for traditional characters, else ``hans``.

    Args:
        text: Of a turn.
    """
    if _CANTONESE.search(text):
        return "yue"
    return "hant" if _traditional() & set(text) else "hans"


@cache
def _traditional() -> frozenset[str]:
    table = simplified_characters()
    # 甭 is folded as another form of 别, and is written so in simplified texts.
    return frozenset(table.keys() - set(table.values()) - {"甭"})
