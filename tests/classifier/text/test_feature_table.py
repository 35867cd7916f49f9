"""The weights of a model's features by their names."""

import numpy as np
import pytest

from classifier.text.feature_table import FeatureTable

NAMES = [*"别打了吗", "别打", "w:别|打", "k:dont>call", "🙏", "n:voice=別"]


def test_every_name_has_its_row_and_others_have_none() -> None:
    """Also names that begin alike, and those beyond the first plane."""
    table = FeatureTable("\n".join(NAMES), np.zeros((len(NAMES), 9)))
    assert [table.row(name) for name in NAMES] == list(range(len(table)))
    for name in ("", "别打了", "打别", "w:别|", "n:voice=别"):
        assert table.row(name) is None


def test_many_names_are_told_apart() -> None:
    """Neighbours of a hundred thousand texts, none of them lost."""
    names = [f"{chr(0x4E00 + i % 20_000)}{chr(0x4E00 + i // 20_000)}" for i in range(100_000)]
    table = FeatureTable("\n".join(names), np.zeros((len(names), 1)))
    assert all(table.row(name) == row for row, name in enumerate(names))
    assert table.row("一") is None


@pytest.mark.parametrize("names", [["别"], ["别", "打", "了"]])
def test_rows_without_a_name_and_names_without_a_row_are_refused(names: list[str]) -> None:
    """A table of the wrong length would score with other features' weights."""
    with pytest.raises(ValueError, match=f"{len(names)} features have 2 rows of weights"):
        FeatureTable("\n".join(names), np.zeros((2, 9)))


def test_a_name_that_is_there_twice_is_refused() -> None:
    """So is one that shares its hash with another, which looks the same from here."""
    with pytest.raises(ValueError, match="feature 1 is there twice"):
        FeatureTable("别\n别", np.zeros((2, 9)))
