"""Cells that a spreadsheet shows and never runs."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from classifier.csv_cells import defuse, restore, strip_formula

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
TRICKY = st.text(st.sampled_from("=+-@\t\r\n'\",;＝＋－＠a1"), max_size=6)


@given(TEXT | TRICKY)
def test_every_cell_comes_back_through_a_csv_file(cell: str) -> None:
    """What is defused and written as CSV is read back as it was, whatever it held."""
    file = io.StringIO(newline="")
    csv.writer(file).writerow([defuse(cell), "x"])
    file.seek(0)
    (row,) = list(csv.reader(file))
    assert restore(row[0]) == cell


@given(TEXT | TRICKY)
def test_no_cell_starts_a_formula(cell: str) -> None:
    """A defused cell never begins with a character that spreadsheets take for a formula."""
    assert not defuse(cell).startswith((
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\r",
        "\n",
        "＝",
        "＋",
        "－",
        "＠",
    ))


def test_numbers_kept_as_text_are_read() -> None:
    """The usual tricks that keep a spreadsheet from changing a number are undone."""
    assert strip_formula('="13800138000"') == "13800138000"
    assert restore("'+8613800138000") == "+8613800138000"
    assert defuse("'tis") == restore("'tis") == "'tis"
    assert restore("13800138000") == "13800138000"
