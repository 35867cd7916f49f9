"""Makes classifier/text/tables from OpenCC and pypinyin: `python -m training.character_tables`.

The libraries are right but too slow to call for each turn (pypinyin alone takes longer than all
the rest), so what they know of single characters is written down once and committed.
"""

from collections import defaultdict
from pathlib import Path

TABLES = Path(__file__).parent.parent / "classifier" / "text" / "tables"
CJK = range(0x4E00, 0xA000)
# HK and Taiwan variants that the plain table leaves alone come from the regional ones.
OPENCC_CONFIGS = ("t2s", "hk2s", "tw2s")


def simplified_characters() -> dict[str, str]:
    """Return traditional character -> simplified, for those that differ."""
    import opencc

    converters = [opencc.OpenCC(config) for config in OPENCC_CONFIGS]
    table = {}
    for code in CJK:
        character = chr(code)
        for converter in converters:
            simplified = converter.convert(character)
            if simplified != character and len(simplified) == 1:
                table[character] = simplified
                break
    return table


def syllables() -> dict[str, str]:
    """Return character -> toneless pinyin syllable, the commonest reading."""
    import pypinyin

    table = {}
    for code in CJK:
        reading = pypinyin.lazy_pinyin(chr(code), errors="ignore")
        if reading:
            table[chr(code)] = reading[0]
    return table


def grouped_lines(table: dict[str, str]) -> str:
    """Return one line for each value: the value, a tab, and its keys in code point order."""
    groups: dict[str, list[str]] = defaultdict(list)
    for key in sorted(table):
        groups[table[key]].append(key)
    return "".join(f"{value}\t{''.join(groups[value])}\n" for value in sorted(groups))


def main() -> None:
    """Write both tables."""
    TABLES.mkdir(exist_ok=True)
    (TABLES / "simplified.tsv").write_text(grouped_lines(simplified_characters()), "utf-8")
    (TABLES / "pinyin.tsv").write_text(grouped_lines(syllables()), "utf-8")


if __name__ == "__main__":
    main()
