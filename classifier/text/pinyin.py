"""Spells a folded text by sound, so that what a recogniser confuses looks the same."""

import re
from functools import cache

from classifier.text.fold import read_groups

FIRST_CODE = 0xE000
# What recognisers and southern speakers confuse most: zh/z ch/c sh/s, n/l, ang/an eng/en ing/in.
_FUZZY = (
    (re.compile(r"^([zcs])h"), r"\1"),
    (re.compile(r"^n(?=[aeiouv])"), "l"),
    (re.compile(r"([aei]n)g$"), r"\1"),
)


def fuzzy_syllable(syllable: str) -> str:
    """Return a toneless syllable with its confusable parts merged, ``zhang`` as ``zan``.

    Args:
        syllable: Toneless pinyin in lower case.
    """
    for pattern, replacement in _FUZZY:
        syllable = pattern.sub(replacement, syllable)
    return syllable


@cache
def sound_table() -> dict[int, str]:
    """Return a `str.translate` table: character -> one private-use character for its syllable.

    One character a syllable keeps n-grams of sounds as cheap as n-grams of characters; folded
    text holds no private-use character, so the two never meet.
    """
    groups = read_groups("pinyin.tsv")
    fuzzy = {syllable: fuzzy_syllable(syllable) for syllable in sorted(set(groups.values()))}
    codes = {sound: chr(FIRST_CODE + i) for i, sound in enumerate(sorted(set(fuzzy.values())))}
    return {ord(character): codes[fuzzy[syllable]] for character, syllable in groups.items()}


def spell(bare: str) -> str:
    """Return the text with each Chinese character replaced by its sound; the length stays.

    Args:
        bare: `FoldedText.bare`.
    """
    return bare.translate(sound_table())
