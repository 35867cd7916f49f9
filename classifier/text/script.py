"""Which script a text is written in."""

import re
from functools import cache

from classifier.text.variants import simplified_characters

_CANTONESE = re.compile(r"[嘅唔咗喺嚟啲冇俾畀佢哋乜嘢咁嗰噉]")

# Folded as forms of 别, 着, 干 and 征, and yet words of simplified texts: 甭打了, 著名, 乾隆.
_EITHER = frozenset("甭著乾徵")


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
    return frozenset(table.keys() - set(table.values()) - _EITHER)
