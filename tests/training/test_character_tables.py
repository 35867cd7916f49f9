"""The committed character tables."""

import pytest

from training.character_tables import TABLES, grouped_lines, simplified_characters, syllables


@pytest.mark.parametrize(
    ("name", "make"), [("simplified.tsv", simplified_characters), ("pinyin.tsv", syllables)]
)
def test_tables_are_what_the_libraries_say(name: str, make: object) -> None:
    """Nobody edits a table by hand or forgets to regenerate it."""
    assert callable(make)
    assert (TABLES / name).read_text("utf-8") == grouped_lines(make())
