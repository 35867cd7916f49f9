"""Tables and packed files as people have them: what can be read is answered, the rest is named."""

import csv
import gzip
import json
import os
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from classifier.archive.csv_rows import Table
from classifier.archive.files import read_chunks
from classifier.archive.rows import records_of
from classifier.archive.run import Answered, Job, answer_archive
from classifier.errors import ArchiveError, TableError

Problems = list[tuple[int, str]]


def run(source: Path, bundle: Path, text: str = "text", encoding: str = "") -> Problems:
    """Answer a table into one beside it and return its problems."""
    return [problem for answered in answers(source, bundle, text, encoding) for problem in answered]


def answers(source: Path, bundle: Path, text: str, encoding: str) -> list[Problems]:
    """Return the problems of each chunk."""
    return [answered.problems for answered in all_of(source, bundle, Table(text, encoding))]


def all_of(source: Path, bundle: Path, table: Table) -> list[Answered]:
    """Answer an archive into one beside it, in this process."""
    output = source.with_name(f"out{''.join(source.suffixes)}")
    return list(answer_archive(Job(source, output, bundle, False, 1, table=table)))


def answered_rows(folder: Path, separator: str = ",") -> list[dict[str, str]]:
    """Return the rows of the answered CSV file."""
    text = (folder / "out.csv").read_text("utf-8-sig")
    return list(csv.DictReader(text.splitlines(), delimiter=separator))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_as_spreadsheets_write_it(
    encoding: str, separator: str, tiny_bundle: Path, tmp_path: Path
) -> None:
    """Separator and encoding are found out; answers open in the same spreadsheet."""
    rows = [["时间", "内容"], ["9:00", "别再打了"], ["9:01", "好的"]]
    text = "".join(f"{separator.join(row)}\r\n" for row in rows)
    (tmp_path / "in.csv").write_bytes(text.encode(encoding))
    assert run(tmp_path / "in.csv", tiny_bundle, "内容") == []
    written = (tmp_path / "out.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbf") == (encoding != "utf-8")
    found = answered_rows(tmp_path, separator)
    assert [(row["时间"], row["内容"]) for row in found] == [("9:00", "别再打了"), ("9:01", "好的")]
    assert all(row["prediction_label"] for row in found)


def test_a_bad_row_of_a_csv_file_stops_no_other(tiny_bundle: Path, tmp_path: Path) -> None:
    """Bytes of another encoding, too long a text, an open quote, an unquoted separator."""
    rows = [
        "好".encode() + b",1",
        b"\xff\xfe,2",
        "打".encode() * 200_000 + b",3",
        b'"' + "别再打了".encode() + b",4",
        b'"' + "嗯".encode() + b'",5',
        "好,的".encode() + b",6",
        '"不用了'.encode(),
        "再见".encode() + b",8",
    ]
    (tmp_path / "in.csv").write_bytes(b"\n".join([b"text,n", *rows]))
    problems = dict(run(tmp_path / "in.csv", tiny_bundle))
    assert problems.keys() == {3, 4, 5, 7, 8}
    assert problems[3] == "is not UTF-8"
    assert problems[4] == "text: has 200,000 characters; at most 10,000"
    assert "is a quote not closed?" in problems[5]
    assert problems[7] == "has 3 cells, and the first row 2; quote a cell that holds ','"
    assert "is a quote not closed?" in problems[8]
    assert [row["n"] for row in answered_rows(tmp_path)] == ["1", "5", "8"]


def test_a_quote_that_is_never_closed_swallows_no_file(tiny_bundle: Path, tmp_path: Path) -> None:
    """A row of more than a thousand lines is none, and those behind its first are read."""
    lines = ["text,n", '"好,0', *(f"嗯,{number}" for number in range(1, 1_500))]
    (tmp_path / "in.csv").write_text("\n".join(lines), "utf-8")
    [(row, problem)] = run(tmp_path / "in.csv", tiny_bundle)
    assert row == 2
    assert "no end within 1,000 lines" in problem
    assert len(answered_rows(tmp_path)) == 1_499


def test_another_encoding_is_named_before_anything_is_done(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    """One message instead of one for each row; what two encodings read alike is not guessed."""
    source = tmp_path / "in.csv"
    source.write_bytes("text\n别再打了\n好的\n".encode("gb18030"))
    for encoding, problem in (
        ("utf-8", r"is not UTF-8; .*--encoding, such as gb1"),
        ("klingon", "klingon is no encoding"),
        ("utf-16", "is not UTF-16"),
    ):
        with pytest.raises(TableError, match=problem):
            run(source, tiny_bundle, encoding=encoding)
    source.write_bytes("text\n你好\n".encode("gb18030"))
    with pytest.raises(TableError, match="GB18030 or Big5; name it by --encoding gb18030 or"):
        run(source, tiny_bundle)
    assert run(source, tiny_bundle, encoding="gb18030") == []


def test_a_packed_table_in_big5(tiny_bundle: Path, tmp_path: Path) -> None:
    """It is told by its first lines, and its column by a name in that encoding."""
    content = "時間|內容\n9:00|別再打了我已經講過三次了\n".encode("big5")
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(content))
    assert run(tmp_path / "in.csv.gz", tiny_bundle, "內容") == []
    answers = gzip.decompress((tmp_path / "out.csv.gz").read_bytes()).decode("utf-8-sig")
    assert "9:00|別再打了我已經講過三次了|" in answers


def test_one_damaged_line_before_much_ascii_tells_no_encoding(tmp_path: Path) -> None:
    """What the lines behind it are written in decides, however far behind they stand."""
    source = tmp_path / "in.csv"
    first, last = b"text\ncaf\xe9\n", "别再打了\n嗯\n".encode()
    source.write_bytes(first + b"hello\n" * 200_000 + last)
    chunk = next(read_chunks(source, 10))
    assert chunk.rows[0] == "is not UTF-8"


def test_answered_tables_are_answered_anew(tiny_bundle: Path, tmp_path: Path) -> None:
    """New columns take the place of the old ones, as a new prediction does in JSON Lines."""
    (tmp_path / "in.csv").write_text("text,n\n好,1\n", "utf-8")
    table = pyarrow.table({"说": ["好"], "n": [1]})
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    for name, text in (("in.csv", "text"), ("in.parquet", "说")):
        source = tmp_path / name
        output = source.with_name(f"out{source.suffix}")
        assert run(source, tiny_bundle, text) == []
        first = output.read_bytes()
        output.replace(source)
        assert run(source, tiny_bundle, text) == []
        if source.suffix == ".csv":
            assert output.read_bytes() == first
    found = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert found.column_names[:3] == ["说", "n", "prediction_label"]
    assert len(set(found.column_names)) == len(found.column_names)


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ('text,"备注\n(可空)",n\n好,,1\n别打了,,2\n', ["text", "备注\n(可空)", "n"]),
        ('"备注\n(可空)";text;n\n;好;1\n;别打了;2\n', ["备注\n(可空)", "text", "n"]),
        ('text,"n\n好,1\n别打了,2\n', ["text", "n"]),  # a quote that is not closed
    ],
)
def test_a_heading_may_have_two_lines(
    content: str, names: list[str], tiny_bundle: Path, tmp_path: Path
) -> None:
    """Excel writes them so; every row behind the head is answered."""
    (tmp_path / "in.csv").write_text(content, "utf-8")
    assert run(tmp_path / "in.csv", tiny_bundle) == []
    separator = ";" if ";" in content else ","
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file, delimiter=separator)
    assert head[: len(names)] == names
    assert [row[names.index("n")] for row in rows] == ["1", "2"]


def test_doubled_columns_are_refused(tiny_bundle: Path, tmp_path: Path) -> None:
    """One would hide the other, or no answer could be written; blank headings of CSV stay."""
    column = pyarrow.array(["好"])
    (tmp_path / "in.csv").write_text("text,text\n好,别打了\n", "utf-8")
    with pytest.raises(ArchiveError, match="several columns text; rename all but one, which is"):
        run(tmp_path / "in.csv", tiny_bundle)
    (tmp_path / "in.csv").write_text("text,,\n好,1,\n", "utf-8")
    assert run(tmp_path / "in.csv", tiny_bundle) == []
    for names in (["text", "text", "n"], ["text", "n", "n"]):
        table = pyarrow.table([column, column, column], names=names)
        pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
        with pytest.raises(ArchiveError, match=f"several columns {names[1]}; rename all but one"):
            run(tmp_path / "in.parquet", tiny_bundle)
    assert not list(tmp_path.glob("out.parquet*"))


CALLED = {"话术": "好的", "上文": "机器人：还要再打吗", "渠道": "短信", "类别": "甲", "备注": "x"}


@pytest.mark.parametrize("name", ["in.csv", "in.parquet"])
def test_columns_are_called_as_an_import_reads_them(
    name: str, tiny_bundle: Path, tmp_path: Path
) -> None:
    """Text, context and channel are found; each column stays as it came, under its own name."""
    source, output = tmp_path / name, tmp_path / f"out{name[2:]}"
    if name == "in.csv":
        content = "".join(f"{','.join(row)}\n" for row in (CALLED, CALLED.values()))
        source.write_bytes(content.encode("gb18030"))
    else:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist([CALLED]), source)
    [chunk] = read_chunks(source, 10)
    [(_row, record)] = records_of(chunk, ("channel", "context"))
    assert isinstance(record, dict)
    said = [{"speaker": "bot", "text": "还要再打吗"}]
    assert (record["text"], record["channel"], record["context"]) == ("好的", "sms", said)
    assert run(source, tiny_bundle) == []
    if name == "in.csv":
        [answered] = answered_rows(tmp_path)
        source.write_bytes(content.replace("短信", "抖音").encode())
    else:
        [answered] = pyarrow.parquet.read_table(output).to_pylist()
        other = pyarrow.Table.from_pylist([CALLED | {"渠道": "抖音"}])
        pyarrow.parquet.write_table(other, source)
    assert dict(list(answered.items())[: len(CALLED)]) == CALLED
    [(_row, problem)] = run(source, tiny_bundle)
    assert problem.startswith("channel: must be one of")


def test_a_column_of_the_fields_own_name_goes_first(tiny_bundle: Path, tmp_path: Path) -> None:
    """So does the one that is named; of several that are only called so none is guessed."""
    source = tmp_path / "in.csv"
    source.write_text("原文,text,渠道,channel\n一,二,抖音,sms\n", "utf-8")
    for column, text in (("text", "二"), ("原文", "一")):
        [chunk] = read_chunks(source, 10, Table(column))
        assert dict(records_of(chunk, ())) == {2: {"text": text, "channel": "sms"}}
    source.write_text("原文,内容,n\n一,二,3\n", "utf-8")
    remedy = "rename all but one, which is read as text, or name it by --text-column"
    with pytest.raises(ArchiveError, match=f"several columns 原文, 内容; {remedy}"):
        run(source, tiny_bundle)
    assert run(source, tiny_bundle, "内容") == []


def test_columns_of_any_type_are_carried_along(tiny_bundle: Path, tmp_path: Path) -> None:
    """Also those that Arrow cannot pick rows of, beside rows that are refused."""
    views = pyarrow.array([str(place) for place in range(6)], pyarrow.string_view())
    texts = ["", "好", "别打了", "", "", "好"]
    table = pyarrow.table({"text": texts, "view": views})
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    problems = run(tmp_path / "in.parquet", tiny_bundle)
    assert [row for row, _ in problems] == [1, 4, 5]
    found = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert found["view"].to_pylist() == ["1", "2", "5"]


def test_what_python_cannot_read_of_parquet_stops_no_other_row(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    """Texts that are no UTF-8, which Arrow does not look at, and times finer than Python's."""
    texts = pyarrow.array([b"a", b"\xff", b"b", b"c", b"\xff"]).view(pyarrow.string())
    times = pyarrow.array(range(5), pyarrow.timestamp("ns"))
    source = tmp_path / "in.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"text": texts, "at": times}), source)
    bad = [(2, "is not UTF-8"), (5, "is not UTF-8")]
    assert run(source, tiny_bundle) == bad
    found = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert found["at"].cast(pyarrow.int64()).to_pylist() == [0, 2, 3]
    rows = [row for chunk in read_chunks(source, 10) for row in records_of(chunk, ())]
    assert [(n, row) for n, row in rows if isinstance(row, str)] == bad


def test_tables_without_rows(tiny_bundle: Path, tmp_path: Path) -> None:
    """They have columns all the same, and so do their answers."""
    (tmp_path / "in.csv").write_text("text,n\n", "utf-8")
    empty = pyarrow.table({"text": pyarrow.array([], pyarrow.string())})
    pyarrow.parquet.write_table(empty, tmp_path / "in.parquet")
    for name in ("in.csv", "in.parquet"):
        assert run(tmp_path / name, tiny_bundle) == []
    assert (tmp_path / "out.csv").read_text("utf-8").startswith("text,n,prediction_label,")
    found = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert found.num_rows == 0
    assert found.column_names[:2] == ["text", "prediction_label"]
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.csv", "out.parquet"]


def test_groups_of_parquet_are_large(tiny_bundle: Path, tmp_path: Path) -> None:
    """Chunks of a run do not become row groups."""
    pyarrow.parquet.write_table(pyarrow.table({"text": ["好"] * 2_500}), tmp_path / "in.parquet")
    assert run(tmp_path / "in.parquet", tiny_bundle) == []
    assert pyarrow.parquet.ParquetFile(tmp_path / "out.parquet").num_row_groups == 1


@pytest.mark.parametrize("name", ["in.jsonl.gz", "in.csv.gz"])
def test_what_stands_before_a_break_is_answered(
    name: str, tiny_bundle: Path, tmp_path: Path
) -> None:
    """The place of the break is named, and how far a run is needs no count beforehand."""
    lines = [json.dumps({"text": os.urandom(60).hex()}) for _line in range(5_000)]
    if name == "in.csv.gz":
        lines = ["text", *(json.loads(line)["text"] for line in lines)]
    source = tmp_path / name
    source.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0)[:-60_000])
    found = all_of(source, tiny_bundle, Table())
    [(row, problem)] = [problem for answered in found for problem in answered.problems]
    assert problem == "cannot be read from here on: it is truncated or damaged"
    rows = len(gzip.decompress((tmp_path / f"out{name[2:]}").read_bytes()).splitlines())
    assert row == rows + 1
    assert rows > 1_000
    shares = [answered.share for answered in found]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.9
