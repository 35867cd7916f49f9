"""Excel's cells: what stands in them is what a person wrote, or the row is refused."""

import re
from datetime import date, time
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from classifier.records import Record
from training.exchange.tables import read_excel, write_excel


def test_what_excel_made_is_nothing_that_a_person_said(tmp_path: Path) -> None:
    """A failed formula stands nowhere, a date or truth value where no text is; typed ones do."""
    path, book = tmp_path / "x.xlsx", openpyxl.Workbook()
    for row in (
        ["text", "label", "also_complaint", "收到"],
        ["#N/A", "normal"],
        [date(2024, 1, 1), "normal"],
        [time(12, 30), "normal"],
        [True, "normal"],
        ["好", "#REF!"],
        ["好", "opt_out", True, date(2024, 1, 1)],
    ):
        book.active.append(row)
    book.save(path)
    *bad, good = read_excel(path)
    error, made = "holds an Excel error such as #N/A; mend", "text: holds a date, time, truth"
    wanted = (f"text: {error}", made, made, made, f"label: {error}")
    for entry, problem in zip(bad, wanted, strict=True):
        assert entry.problem.startswith(problem)
    assert good.record == {
        "text": "好", "label": "opt_out", "also_complaint": True, "收到": "2024-01-01 00:00:00",
    }  # fmt: skip
    typed: list[Record] = [{"text": text, "label": "normal"} for text in ("#N/A", "true")]
    write_excel(path, typed)
    assert [entry.record for entry in read_excel(path)] == typed


@pytest.mark.parametrize(
    ("number", "shown_as", "text"),
    [
        (0.5, "0%", None), (3000, '"¥"#,##0', None), (7, "000", None), (0.5, "0", None),
        (100000.0, "0.00E+00", None), (110, "General", "110"), (110, "@", "110"),
        (13800000000, "0", "13800000000"),
    ],
)  # fmt: skip
def test_a_number_is_a_text_only_as_it_is_shown(
    tmp_path: Path, number: float, shown_as: str, text: str | None
) -> None:
    """Who wrote 50% did not say 0.5; in columns of numbers the value counts."""
    path, book = tmp_path / "x.xlsx", openpyxl.Workbook()
    for row in (["text", "label", "n"], [number, "normal", 0.5]):
        book.active.append(row)
    book.active["A2"].number_format = shown_as
    book.active["C2"].number_format = "0%"
    book.save(path)
    [entry] = read_excel(path)
    if text is None:
        assert entry.problem.startswith("text: holds a date, time, truth value or formatted number")
    else:
        assert entry.record == {"text": text, "label": "normal", "n": 0.5}


def test_a_merged_cell_is_unmerged_by_who_knows_what_it_holds(tmp_path: Path) -> None:
    """Only its first place in the file has the value; what is merged and empty harms nothing."""
    path, book = tmp_path / "x.xlsx", openpyxl.Workbook()
    for row in (
        ["十一月标注", None, None, None, None],
        ["text", "label", "备注", None, "context"],
        ["别打了", "opt_out", None, None, "bot: 您好"],
        ["在忙", "normal"],
        ["好", "normal", None, None, "bot: 喂"],
        ["好的", "normal", "急", "x"],
    ):
        book.active.append(row)
    for area in ("A1:E1", "E3:E4", "C3:D5", "C6:D6"):
        book.active.merge_cells(area)
    book.save(path)
    first, second, third, fourth = read_excel(path)
    assert first.record == {
        "text": "别打了", "label": "opt_out", "context": [{"speaker": "bot", "text": "您好"}],
    }  # fmt: skip
    told = f"{second.place}: {second.problem}"
    assert told == f"{path}: sheet Sheet, row 4: context: is a merged cell; unmerge and fill it"
    assert third.record is not None
    assert fourth.record == {"text": "好的", "label": "normal", "备注": "急"}


def test_a_formula_that_was_never_calculated_is_refused(tmp_path: Path) -> None:
    """Programs that write formulas leave their values to Excel; a calculated one has its own."""
    whole, path, book = tmp_path / "whole.xlsx", tmp_path / "x.xlsx", openpyxl.Workbook()
    for row in (
        ["text", "label", "channel"],
        ["=B9", "=C9"],
        ["别打了", "opt_out", "=D9"],
        ["=E9", "normal", "=F9"],
        ["=G9", "normal"],
    ):
        book.active.append(row)
    book.save(whole)
    calculated = {"A4": ("E9", "在忙"), "C4": ("F9", ""), "A5": ("G9", "晚点")}
    with ZipFile(whole) as old, ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            for cell, (formula, value) in calculated.items():
                written = f'r="{cell}" t="str"><f>{formula}</f><v>{value}</v>'
                content = re.sub(rf'r="{cell}"><f>{formula}</f><v ?(/>|></v>)', written, content)
            new.writestr(name, content)
    text, channel, *good = read_excel(path)
    problem = "holds a formula that was never calculated; open it in Excel or LibreOffice"
    assert (text.place.line, channel.place.line) == (2, 3)
    assert text.problem.startswith(f"text: {problem}")
    assert channel.problem.startswith(f"channel: {problem}")
    assert [entry.record for entry in good] == [
        {"text": "在忙", "label": "normal"},
        {"text": "晚点", "label": "normal"},
    ]
