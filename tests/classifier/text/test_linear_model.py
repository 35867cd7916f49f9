"""A model's features by their names."""

import numpy as np
import pytest

from classifier.text.linear_model import LinearModel


def model_of(names: list[str], rows: int) -> LinearModel:
    """Return a model whose features weigh nothing."""
    return LinearModel("\n".join(names), np.zeros((rows, 9)), np.zeros(8), 0.5)


NAMES = [*"别打了吗", "别打", "w:别|打", "k:dont>call", "🙏", "n:voice=別"]


def test_every_name_has_its_row_and_others_have_none() -> None:
    """Also names that begin alike, and those beyond the first plane."""
    model = model_of(NAMES, len(NAMES))
    assert [model.row(name) for name in NAMES] == list(range(len(model)))
    for name in ("", "别打了", "打别", "w:别|", "n:voice=别"):
        assert model.row(name) is None


def test_many_names_are_told_apart() -> None:
    """Neighbours of a hundred thousand texts, none of them lost."""
    names = [f"{chr(0x4E00 + i % 20_000)}{chr(0x4E00 + i // 20_000)}" for i in range(100_000)]
    model = model_of(names, len(names))
    assert all(model.row(name) == row for row, name in enumerate(names))
    assert model.row("一") is None


@pytest.mark.parametrize("names", [["别"], ["别", "打", "了"]])
def test_rows_without_a_name_and_names_without_a_row_are_refused(names: list[str]) -> None:
    """A model of the wrong length would score with other features' weights."""
    with pytest.raises(ValueError, match=f"{len(names)} features have 2 rows of weights"):
        model_of(names, 2)


def test_a_name_that_is_there_twice_is_refused() -> None:
    """So is one that shares its hash with another, which looks the same from here."""
    with pytest.raises(ValueError, match="feature 1 is there twice"):
        model_of(["别", "别"], 2)
