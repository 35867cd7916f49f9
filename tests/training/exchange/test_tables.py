"""Tables as people and their offices write them."""

import csv
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from classifier.errors import DataError, TableError
from classifier.records import Record
from training.exchange.formats import read_labels, write_labels
from training.exchange.source import LabelFile
from training.exchange.tables import read_csv, read_excel, write_csv, write_excel


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "＝1+1", "\n=1", "''@a"])
def test_spreadsheets_run_nothing(tmp_path: Path, text: str) -> None:
    """What looks like a formula, a field's name too, is text to Excel and guarded in CSV."""
    record = {"text": text, "label": "normal", text: "x"}
    write_excel(tmp_path / "x.xlsx", [record])
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type == "s" for cell in cells)
    assert [cell.value for cell in cells if "'" in cell.value] == [f"'{text}"] * 2
    write_csv(tmp_path / "x.csv", [record])
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file)
    assert (header[-1], row[header.index("text")]) == (f"'{text}", f"'{text}")
    [found], [again] = read_csv(tmp_path / "x.csv"), read_excel(tmp_path / "x.xlsx")
    named = {"text": text, "label": "normal", text.strip(): "x"}  # no space round names of columns
    assert found.record == again.record == named


def test_what_people_type_into_excel(tmp_path: Path) -> None:
    """Excel's own truth values and numbers, columns in any order, empty cells and rows."""
    book = openpyxl.Workbook()
    for row in (
        ["label", "text", "also_complaint", "context", "reasons"],
        ["opt_out", "别打了", True, "bot: 您好\nuser: 谁", "legal, privacy"],
        [None] * 5,
        ["normal", 110, None, None, None],
    ):
        book.active.append(row)
    book.save(tmp_path / "x.xlsx")
    found = list(read_excel(tmp_path / "x.xlsx"))
    assert found[0].record == {
        "label": "opt_out", "text": "别打了", "also_complaint": True,
        "context": [{"speaker": "bot", "text": "您好"}, {"speaker": "user", "text": "谁"}],
        "reasons": ["legal", "privacy"],
    }  # fmt: skip
    assert found[1].record == {"label": "normal", "text": "110"}
    assert found[1].place.line == 4


def test_a_workbook_with_macros_is_read_and_none_is_written(tmp_path: Path) -> None:
    """Excel opens none that only bears the name of one."""
    path, records = tmp_path / "x.XLSM", [{"text": "别打了", "label": "opt_out"}]
    write_excel(path, records)
    assert [entry.record for entry in read_labels(LabelFile(path))] == records
    with pytest.raises(DataError, match=r"let it end in .*\.xlsx$"):
        write_labels(path, records)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_what_chinese_offices_save(tmp_path: Path, encoding: str, separator: str) -> None:
    """A title above, Chinese names and values in any width and script: read for what they mean."""
    path = tmp_path / "x.csv"
    rows = [["2024年11月标注", "", "", ""], ["序号", "话术", "標籤", " 渠 道 "]]
    rows += [["1", "别打了", "退订", "短信"], ["2", "要投诉", "Complaint", "voice"]]
    text = "".join(separator.join(row) + "\r\n" for row in rows)
    path.write_bytes(text.encode(encoding))
    found = list(read_csv(path))
    assert [entry.record for entry in found] == [
        {"序号": 1, "text": "别打了", "label": "opt_out", "channel": "sms"},
        {"序号": 2, "text": "要投诉", "label": "complaint", "channel": "voice"},
    ]
    assert [entry.place.line for entry in found] == [3, 4]


def test_speakers_and_reasons_in_chinese(tmp_path: Path) -> None:
    """Who heads a column 上文 or 原因 writes Chinese below it; what is no speaker stays refused."""
    path = tmp_path / "x.csv"
    path.write_text(
        "文本,上文,原因\n"
        '别打了,"机器人：您好: 在吗\n客户：谁\n坐席:我",骚扰、legal；隐私 服务质量\n'
        '好,bot:  您好,"法律，Harassment"\n'
        "好,请问：您好,骚扰\n",
        "utf-8",
    )
    first, second, third = read_csv(path)
    said = [("bot", "您好: 在吗"), ("user", "谁"), ("agent", "我")]
    assert first.record == {
        "text": "别打了",
        "context": [{"speaker": speaker, "text": text} for speaker, text in said],
        "reasons": ["harassment", "legal", "privacy", "service_quality"],
    }
    assert second.record == {
        "text": "好",
        "context": [{"speaker": "bot", "text": " 您好"}],
        "reasons": ["legal", "harassment"],
    }
    assert third.problem == "context: each line must begin with bot:, user: or agent:"


@pytest.mark.parametrize(
    "rows", [["請不要再打來了謝謝你,opt_out"], ["唔好再打嚟,退訂", "喺度,正常"]]
)
@pytest.mark.parametrize("encoding", ["big5hkscs", "gb18030"])
def test_taiwan_saves_big5(tmp_path: Path, encoding: str, rows: list[str]) -> None:
    """Excel there does, and GB18030 reads it as other characters without a word."""
    path = tmp_path / "x.csv"
    path.write_bytes("\n".join(["text,label", *rows]).encode(encoding))
    texts = [entry.record and entry.record["text"] for entry in read_csv(path)]
    assert texts == [row.split(",")[0] for row in rows]


def test_what_two_encodings_read_alike_is_refused(tmp_path: Path) -> None:
    """Nobody guesses: the encoding is named, or the file saved anew."""
    path = tmp_path / "x.csv"
    path.write_bytes("text,label\n你好,normal".encode("gb18030"))
    with pytest.raises(TableError, match=r"x\.csv: .* may be GB18030 or Big5; .* --encoding big5"):
        list(read_csv(path))
    [entry] = read_labels(LabelFile(path, encoding="GBK"))
    assert entry.record == {"text": "你好", "label": "normal"}
    with pytest.raises(TableError, match=r"x\.csv: big6 is no encoding; name one such as"):
        list(read_labels(LabelFile(path, encoding="big6")))
    with pytest.raises(TableError, match=r"x\.csv:2: is not UTF-8"):
        list(read_labels(LabelFile(path, encoding="utf-8")))
    with pytest.raises(DataError, match="only CSV files have an encoding"):
        read_labels(LabelFile(path, "records", encoding="big5"))


def test_names_of_columns_in_any_case_and_width(tmp_path: Path) -> None:
    """Label names that are not ours stand as they are, for the check to name the three."""
    path = tmp_path / "x.csv"
    path.write_text("Ｔｅｘｔ,LABEL,Also Complaint\n好,拒绝,是\n", "utf-8")
    [entry] = read_csv(path)
    assert entry.record == {"text": "好", "label": "拒绝", "also_complaint": True}


def test_a_cell_without_a_name_is_not_dropped(tmp_path: Path) -> None:
    """A text that holds the separator spills over: the row is refused, the others are read."""
    path = tmp_path / "x.csv"
    path.write_text(
        'label,text,\nopt_out,别再给我那位朋友打了,谢谢你们\nopt_out,"别打了,谢谢",\nnormal,好,,,\n',
        "utf-8",
    )
    spilt, *good = read_csv(path)
    assert str(spilt.place) == f"{path}: row 2"
    assert spilt.problem.startswith("column 3: has a cell and no name; put a text that holds")
    assert [entry.record and entry.record["text"] for entry in good] == ["别打了,谢谢", "好"]


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("label,text,label", "x.csv: row 1: 2 columns are named label; rename all but one"),
        ("text,标签,文本", "x.csv: row 1: 2 columns are named text; rename all but one"),
        ("别打了,opt_out\ntext,label", "there is no text among them; write text, 文本 or 内容"),
        ("别打了\n内容", "there is no text among them"),
    ],
)
def test_headers_that_leave_a_doubt_are_refused(tmp_path: Path, header: str, problem: str) -> None:
    """No column wins over another, and turns above a word like 内容 are no title."""
    path = tmp_path / "x.csv"
    path.write_text(f"{header}\na,b,c\n", "utf-8")
    with pytest.raises(DataError, match=problem):
        list(read_csv(path))


def test_the_sheet_with_the_texts_is_read(tmp_path: Path) -> None:
    """The only one that has them, or the one that is asked for: no other is passed over."""
    path, book = tmp_path / "x.xlsx", openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["请先读", "标注规则"])
    for name, text in (("一月", "别打了"), ("二月", "在忙")):
        sheet = book.create_sheet(name)
        for row in (["标注表"], ["文本", "标签"], [text, "正常"]):
            sheet.append(row)
        book.save(path)
        if name == "一月":
            [entry] = read_excel(path)
            assert entry.record == {"text": "别打了", "label": "normal"}
            assert str(entry.place) == f"{path}: sheet 一月, row 3"
    with pytest.raises(DataError, match=r"several sheets .*: 一月, 二月; name one with --sheet"):
        list(read_excel(path))
    [entry] = read_excel(path, "二月")
    assert entry.record == {"text": "在忙", "label": "normal"}
    with pytest.raises(DataError, match="has no sheet 三月; it has 说明, 一月, 二月"):
        list(read_excel(path, "三月"))
    with pytest.raises(DataError, match="there is no text among them"):
        list(read_excel(path, "说明"))


def test_a_sheet_that_misstates_its_size_is_read_whole(tmp_path: Path) -> None:
    """Other programs write a dimension of one cell over many; no row may be lost for it."""
    honest, path = tmp_path / "honest.xlsx", tmp_path / "x.xlsx"
    book = openpyxl.Workbook()
    for row in (["文本", "标签"], ["别打了", "退订"], ["在忙", "正常"]):
        book.active.append(row)
    book.save(honest)
    with ZipFile(honest) as old, ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'ref="A1:B3"', b'ref="A1"'))
    assert [entry.record and entry.record["text"] for entry in read_excel(path)] == [
        "别打了",
        "在忙",
    ]


def test_a_tsv_is_parted_by_tabs(tmp_path: Path) -> None:
    """As whatever opens a file of that name expects."""
    path = tmp_path / "turns.TSV"
    records: list[Record] = [{"text": "好的, 谢谢", "label": "normal"}]
    write_labels(path, records)
    assert "\t好的, 谢谢\tnormal\t" in path.read_text("utf-8-sig")
    assert [found.record for found in read_labels(LabelFile(path))] == records


def test_no_number_is_what_would_be_written_otherwise(tmp_path: Path) -> None:
    """NaN, which JSON has no word for, and 1.10, which may be a version: such a cell is a text."""
    path = tmp_path / "x.csv"
    path.write_text("text,备注,n\n好,NaN,1e999\n好,1.10,1e3\n好,007,1.1\n", "utf-8")
    assert [entry.record for entry in read_csv(path)] == [
        {"text": "好", "备注": "NaN", "n": "1e999"},
        {"text": "好", "备注": "1.10", "n": "1e3"},
        {"text": "好", "备注": "007", "n": 1.1},
    ]


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_a_cut_part_of_a_workbook_is_named(tmp_path: Path, part: str) -> None:
    """Whether it is met when the file is opened or when its rows are read."""
    whole, path = tmp_path / "whole.xlsx", tmp_path / "x.xlsx"
    write_excel(whole, [{"text": "别打了", "label": "opt_out"}])
    with ZipFile(whole) as old, ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[:-40] if name == part else content)
    with pytest.raises(DataError, match=r"no Excel file .*, or a damaged one; save its turns anew"):
        list(read_excel(path))


def test_no_flipped_bytes_end_in_a_traceback(tmp_path: Path) -> None:
    """Of whatever place; what was not hurt may still be read."""
    path = tmp_path / "x.xlsx"
    write_excel(path, [{"text": f"第{i}句", "label": "normal"} for i in range(9)])
    whole = path.read_bytes()
    refused = 0
    for place in range(0, len(whole), 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            list(read_excel(path))
        except DataError:
            refused += 1
    assert refused
