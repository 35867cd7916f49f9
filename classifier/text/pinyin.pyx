"""Spells a folded text by sound, so that what a recogniser confuses looks the same."""

import re
from functools import cache

from libc.stdint cimport uint32_t
from libcpp.vector cimport vector

from classifier.text.hash_table cimport Characters, take_text, text_of

from classifier.text.variants import read_groups

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
    """Return a table: code of a character -> one private-use character for its syllable.

    One character a syllable keeps n-grams of sounds as cheap as n-grams of characters; folded
    text holds no private-use character, so the two never meet.
    """
    groups = read_groups("pinyin.tsv")
    fuzzy = {syllable: fuzzy_syllable(syllable) for syllable in sorted(set(groups.values()))}
    codes = {sound: chr(FIRST_CODE + i) for i, sound in enumerate(sorted(set(fuzzy.values())))}
    return {ord(character): codes[fuzzy[syllable]] for character, syllable in groups.items()}


def spell(str bare):
    """Return the text with each Chinese character replaced by its sound; the length stays.

    Args:
        bare: `FoldedText.bare`.
    """
    cdef Characters characters, sounds
    take_text(bare, characters)
    spell_into(characters, sounds)
    return text_of(sounds, 0, sounds.size())


cdef int spell_into(const Characters& bare, Characters& sounds) except -1:
    cdef uint32_t character
    cdef size_t i
    if _sounds.empty():
        _fill_sounds()
    sounds.clear()
    for i in range(bare.size()):
        character = bare[i]
        if character < _sounds.size() and _sounds[character] > 0:
            character = _sounds[character]
        sounds.push_back(character)
    return 0


# For each character its sound, 0 where it has none.
cdef vector[uint32_t] _sounds


cdef int _fill_sounds() except -1:
    table = sound_table()
    _sounds.resize(max(table) + 1)
    for character, sound in table.items():
        _sounds[<size_t>character] = ord(sound)
    return 0
