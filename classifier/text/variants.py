"""Which characters are written forms of one another: script, width, case; what is no character."""

import unicodedata
from functools import cache
from importlib.resources import files

SEPARATOR = " "
IGNORED = "\0"

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


def fold_character(character: str) -> str:
    """Return the one character that another folds to: half width, lower case, simplified.

    Args:
        character: One code point.

    Returns:
        `SEPARATOR` for punctuation and space, `IGNORED` for what cannot be seen.
    """
    compatible = unicodedata.normalize("NFKC", character)
    if len(compatible) == 1:
        character = compatible
    category = unicodedata.category(character)
    if category in IGNORED_CATEGORIES and not character.isspace():
        return IGNORED
    if category in _SEPARATOR_CATEGORIES or character.isspace():
        return SEPARATOR
    lower = character.lower()
    return simplified_characters().get(character, lower if len(lower) == 1 else character)
