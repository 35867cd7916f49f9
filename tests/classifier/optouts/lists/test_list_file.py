"""Reading lists of opt-outs, whatever program wrote them."""

import json
from pathlib import Path

import pytest

from classifier.errors import ListError, TableError
from classifier.optouts.lists.columns import Column
from classifier.optouts.lists.list_file import look_at_list

TABLE = "手机号,渠道,时间,原因\n13800138000,短信,2026-11-27 09:05,骚扰\n13900139000,电话,,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_platforms_table_is_read(
    tmp_path: Path, encoding: str, delimiter: str, line_break: str
) -> None:
    """Lists of the usual programs are read in their encodings, delimiters and line breaks."""
    path = tmp_path / "list.csv"
    text = TABLE.replace(",", delimiter).replace("\n", line_break)
    path.write_bytes(text.encode(encoding))
    rows = list(look_at_list(path).rows())
    assert [row.line for row in rows] == [2, 3]
    assert rows[0].contacts == (("subject", "13800138000"),)
    assert rows[0].cells == {
        Column.INTAKE: "短信",
        Column.REQUESTED_AT: "2026-11-27 09:05",
        Column.REASONS: "骚扰",
    }
    assert rows[1].contacts == (("subject", "13900139000"),)
    assert rows[1].cells == {Column.INTAKE: "电话"}


def test_big5_is_read_where_only_it_makes_sense(tmp_path: Path) -> None:
    """A list saved by a Taiwanese spreadsheet is told from a mainland one by its header."""
    path = tmp_path / "list.csv"
    path.write_bytes("手機號,備註\n0912345678,不要再打\n".encode("big5hkscs"))
    (row,) = look_at_list(path).rows()
    assert row.contacts == (("subject", "0912345678"),)
    assert row.cells == {Column.TEXT: "不要再打"}


BIG5 = ["隱私", "不要再打", "騷擾", "陳先生說個資被洩漏，請刪除我的電話。"]
GB = ["隐私", "不要再打", "骚扰", "陈先生说个人信息泄露，请删除我的电话。", "隱私騷擾"]


@pytest.mark.parametrize("header", ["phone,reason,remark", "phone,原因,remark"])
@pytest.mark.parametrize(
    ("said", "encoding"),
    [(one, "big5hkscs") for one in BIG5] + [(one, "gb18030") for one in GB],
)
def test_a_header_in_ascii_leaves_the_encoding_to_the_characters(
    tmp_path: Path, header: str, said: str, encoding: str
) -> None:
    """The words of a list tell it, also where its header says little or nothing."""
    path = tmp_path / "list.csv"
    path.write_bytes(f"{header}\n0912345678,{said},x\n".encode(encoding))
    shape = look_at_list(path)
    assert shape.encoding == encoding
    (row,) = shape.rows()
    assert row.cells[Column.REASONS] == said


@pytest.mark.parametrize(
    "form", ["phone,remark\n13800138000,{}\n", '{{"phone": "1", "text": "{}"}}']
)
def test_what_may_be_either_encoding_is_not_guessed(tmp_path: Path, form: str) -> None:
    """A list that makes sense in both is refused until somebody names its encoding."""
    path = tmp_path / "list.csv"
    path.write_bytes(form.format("别打").encode("gb18030"))
    with pytest.raises(TableError, match="may be GB18030 or Big5; name it by --encoding gb18030"):
        look_at_list(path)
    (row,) = look_at_list(path, "gb18030").rows()
    assert row.cells == {Column.TEXT: "别打"}


@pytest.mark.parametrize("text", ["13800138000\n13900139000\n", "+8613800138000\r\n139 0013 9000"])
def test_numbers_alone_need_no_header(tmp_path: Path, text: str) -> None:
    """A file of numbers, one a line, is a list from its first line on."""
    path = tmp_path / "numbers.txt"
    path.write_text(text)
    rows = list(look_at_list(path).rows())
    assert [row.line for row in rows] == [1, 2]
    assert all(row.contacts for row in rows)


def test_json_lines_are_read_and_a_bad_line_is_named(tmp_path: Path) -> None:
    """JSON Lines are read by the same names; a line that is no object has a problem."""
    path = tmp_path / "list.jsonl"
    lines = ['{"phone": 13800138000, "reasons": ["harassment", "legal"]}', "[1]", "", "{"]
    path.write_text("\n".join(lines) + "\n")
    first, second, third = look_at_list(path).rows()
    assert first.contacts == (("subject", "13800138000"),)
    assert first.cells == {Column.REASONS: "harassment,legal"}
    assert (second.line, third.line) == (2, 4)
    assert "not a JSON object" in second.problem
    assert third.raw == ("{",)


def test_a_long_first_line_is_read_in_any_encoding(tmp_path: Path) -> None:
    """What is looked at to tell the encoding has a bound, whatever a line holds."""
    path = tmp_path / "list.jsonl"
    said = "以后别再打了" * 30_000
    path.write_text(
        json.dumps({"phone": "13800138000", "text": said}, ensure_ascii=False), "gb18030"
    )
    assert look_at_list(path).encoding == "gb18030"


def test_keys_that_are_not_read_are_named(tmp_path: Path) -> None:
    """Of JSON Lines too, in whichever row they stand; a name read in one row is no unread one."""
    path = tmp_path / "list.jsonl"
    rows = [{"phone": "1", "note": "x"}] * 5_000 + [{"phone": "1", "rank": "2"}, {"remark": "y"}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert look_at_list(path).unread == ("rank",)


def test_reading_goes_on_after_any_row(tmp_path: Path) -> None:
    """From the end of any row the rest is read as if there had been no stop."""
    path = tmp_path / "list.csv"
    body = "".join(f'1380013{i:04d},"一行\n两行 {i}"\n\n' for i in range(50))
    path.write_text("号码,备注,姓名\n" + body, encoding="utf-8-sig")
    shape = look_at_list(path)
    rows = list(shape.rows())
    assert len(rows) == 50
    assert shape.unread == ("姓名",)
    for i, row in enumerate(rows):
        assert list(shape.rows(row.end, row.end_line)) == rows[i + 1 :]


def test_an_open_quotation_mark_loses_nothing(tmp_path: Path) -> None:
    """However far it reaches, its own line alone has a problem; all that follow are read."""
    path = tmp_path / "list.csv"
    swallowed = "".join(f"1380013{i % 10_000:04d}\n" for i in range(11_000))
    path.write_text('号码\n13800138000\n"' + swallowed + "13900139000\n", encoding="utf-8")
    rows = list(look_at_list(path).rows())
    read = "".join("".join(row.raw) + "\n" for row in rows)
    bad = [row for row in rows if row.problem]
    assert [row.line for row in bad] == [3]
    assert "quotation mark" in bad[0].problem
    assert len(rows) == 11_002
    assert sum(line.startswith("1") for line in read.splitlines()) == 11_002


@pytest.mark.parametrize("delimiter", [",", "\t"])
@pytest.mark.parametrize(
    "closing", ["", '13700000000,"李四', '13700000000,李"四"', '13700000000,五"']
)
def test_an_open_quotation_mark_swallows_no_row(
    tmp_path: Path, delimiter: str, closing: str
) -> None:
    """Whether another one closes it further down or none does, everybody in between is read."""
    numbers = [f"1380013{i:04d}" for i in range(500)]
    lines = ["手机号,备注", '13900139000,"张三', *(f"{number},王" for number in numbers), closing]
    path = tmp_path / "list.csv"
    path.write_text("\n".join(lines).replace(",", delimiter), encoding="utf-8")
    rows = list(look_at_list(path).rows())
    assert (rows[0].line, rows[0].raw) == (2, ("13900139000", "张三\n"))
    assert rows[0].problem == "a quotation mark opened here is never closed"
    assert [row.contacts[0][1] for row in rows[1:501]] == numbers
    assert [row.line for row in rows[1:501]] == list(range(3, 503))
    assert [row.contacts[0][1] for row in rows[501:]] == ["13700000000"] * bool(closing)
    shape = look_at_list(path)
    assert list(shape.rows(rows[0].end, rows[0].end_line)) == rows[1:]


def test_a_note_of_several_lines_is_one_cell(tmp_path: Path) -> None:
    """Numbers in it too, where they stand as nobody's row."""
    path = tmp_path / "list.csv"
    note = "改号了\n13900139000\n打,了,三次\n\n"
    path.write_text(f'手机号,备注\n13800138000,"{note}"\n13700137000,\n', encoding="utf-8")
    rows = list(look_at_list(path).rows())
    assert [(row.line, row.problem) for row in rows] == [(2, ""), (7, "")]
    assert rows[0].cells == {Column.TEXT: note}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe1\x003\x00", "UTF-16; save it as CSV UTF-8"),
        (b"\xff\xff\xff", "is not UTF-8 and may be"),
        (b"phone\n1\n\xff\n" + "别打".encode(), "list.csv:3: is not UTF-8; name its own by"),
        ("姓名,年龄\n张三,3\n".encode(), "no column of numbers"),
        ("号码\r13800138000\r13900139000\r".encode(), "end with CR; save it as CSV UTF-8"),
        (b"", "no column of numbers"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """What cannot be a list is refused with what to do."""
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises((ListError, TableError), match=message):
        look_at_list(path)


def test_the_digest_names_the_content(tmp_path: Path) -> None:
    """Two files with one content are one import."""
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(json.dumps({"phone": "1"}))
    assert look_at_list(tmp_path / "a.jsonl").digest == look_at_list(tmp_path / "b.jsonl").digest
