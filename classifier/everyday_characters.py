"""Tells GB18030 and Big5 apart, which often both read a text: what is wrong is no everyday text."""

from collections import Counter
from collections.abc import Iterable

# Encoding -> the character set of its usual characters, and the last lead byte of those of everyday
# use: level 1 of GB/T 2312, and of Big5; punctuation stands before them in both.
_USUAL = {"gb18030": ("gb2312", 0xD7), "big5hkscs": ("big5", 0xC6)}


def count_unusual(blocks: Iterable[str], encoding: str) -> int:
    """Return how many characters of a text are none of everyday use.

    What was written in the other of GB18030 and Big5 reads as a heap of them.

    Args:
        blocks: The text, in parts.
        encoding: In which it was read, ``gb18030`` or ``big5hkscs``.
    """
    found = Counter[str]()
    for block in blocks:
        found.update(block)
    return sum(count for character, count in found.items() if _is_unusual(character, encoding))


def _is_unusual(character: str, encoding: str) -> bool:
    characters, last = _USUAL[encoding]
    try:
        return not character.isascii() and character.encode(characters)[0] > last
    except UnicodeEncodeError:
        return True
