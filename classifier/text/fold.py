"""Folds a text to one written form, keeping the way back to the original characters."""

import unicodedata
from functools import cache
from importlib.resources import files
from typing import NamedTuple

SEPARATOR = " "
_IGNORED = "\0"
_NO_CHARACTERS = _IGNORED + SEPARATOR
_LAST_TABLE_CODE = 0x2FFFF
# Letters stay, every other printable thing that is not listed here stays too (emoji carry meaning).
_SEPARATOR_CATEGORIES = frozenset((
    "Pc",
    "Pd",
    "Pe",
    "Pf",
    "Pi",
    "Po",
    "Ps",
    "Zl",
    "Zp",
    "Zs",
    "Sk",
))
IGNORED_CATEGORIES = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Me", "Mn"))
# Variants that no OpenCC table folds, because they differ in dictionaries but not on the phone.
_VARIANTS = {"妳": "你", "祢": "你", "畀": "俾", "裏": "里", "甭": "别", "牠": "它"}


class FoldedText(NamedTuple):
    """A text in folded form.

    Attributes:
        clauses: Runs of folded characters between separators, none of them empty.
        bare: The clauses joined without separators.
        offsets: For each character of `bare`, its index in the original text.
    """

    clauses: tuple[str, ...]
    bare: str
    offsets: tuple[int, ...]


def read_groups(name: str) -> dict[str, str]:
    """Return key -> value of a table in which each line is a value, a tab, and its keys.

    Args:
        name: File name in ``classifier/text/tables``.
    """
    table = files("classifier.text").joinpath("tables", name).read_text("utf-8")
    pairs = (line.split("\t") for line in table.splitlines())
    return {key: value for value, keys in pairs for key in keys}


@cache
def simplified_characters() -> dict[str, str]:
    """Return every character that folds to a simplified or commoner one, with that one."""
    return read_groups("simplified.tsv") | _VARIANTS


# str.translate is fast on a real dict only.
class _FoldTable(dict[int, str]):  # ruff: ignore[subclass-builtin]
    """A `str.translate` table that works out a character when it is first met."""

    def __init__(self) -> None:
        super().__init__()
        self._simplified = simplified_characters()

    def __missing__(self, code: int) -> str:
        folded = self._fold_character(chr(code))
        if code <= _LAST_TABLE_CODE:
            self[code] = folded
        return folded

    def _fold_character(self, character: str) -> str:
        compatible = unicodedata.normalize("NFKC", character)
        if len(compatible) == 1:
            character = compatible
        category = unicodedata.category(character)
        if category in IGNORED_CATEGORIES and not character.isspace():
            return _IGNORED
        if category in _SEPARATOR_CATEGORIES or character.isspace():
            return SEPARATOR
        lower = character.lower()
        return self._simplified.get(character, lower if len(lower) == 1 else character)


@cache
def _fold_table() -> _FoldTable:
    return _FoldTable()


def fold(text: str) -> FoldedText:
    """Fold a text: half width, lower case, simplified characters, no punctuation.

    Every character folds to one character, a separator or nothing, so offsets stay exact.

    Args:
        text: Any valid Unicode.
    """
    folded = text.translate(_fold_table())
    if _IGNORED in folded:
        offsets = tuple([i for i, c in enumerate(folded) if c not in _NO_CHARACTERS])
        folded = folded.replace(_IGNORED, "")
    elif SEPARATOR in folded:
        offsets = tuple([i for i, c in enumerate(folded) if c != SEPARATOR])
    else:
        offsets = tuple(range(len(folded)))
    clauses = tuple(folded.split())
    return FoldedText(clauses, "".join(clauses), offsets)
