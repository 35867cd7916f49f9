"""What a name says of a file, and files that are damaged, locked or none at all."""

import os
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pyarrow.parquet.encryption as locking
import pytest

from classifier.archive.csv_rows import Table
from classifier.archive.files import count_rows, kind_of, read_chunks
from classifier.archive.rows import records_of
from classifier.archive.run import Job, answer_archive
from classifier.errors import ArchiveError


class OpenKeys(locking.KmsClient):  # type: ignore[misc]  # of an untyped package
    """Keys that are told to everybody."""

    def __init__(self, _connection: object) -> None:
        """Need nothing."""
        super().__init__()

    def wrap_key(self, key_bytes: bytes, _master: str) -> bytes:
        """Return a key as text."""
        return key_bytes.hex().encode()


def texts(count: int) -> pyarrow.Table:
    """A table of as many turns, none like another."""
    return pyarrow.table({"text": [f"{place * 7_919} 好的" for place in range(count)]})


def write_locked(path: Path) -> None:
    """Write an encrypted Parquet file."""
    keys = locking.CryptoFactory(OpenKeys)
    options = locking.EncryptionConfiguration(footer_key="f", column_keys={"c": ["text"]})
    locked = keys.file_encryption_properties(locking.KmsConnectionConfig(), options)
    table = texts(3)
    with pyarrow.parquet.ParquetWriter(path, table.schema, encryption_properties=locked) as file:
        file.write_table(table)


def test_parquet_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """Truncated, encrypted and not there, to whoever counts and whoever reads."""
    source = tmp_path / "in.parquet"
    for make, problem in (
        (lambda: None, "cannot be read: .*No such file"),
        (lambda: source.write_bytes(b"PAR1 is not all"), "is no Parquet file, or a damaged one"),
        (lambda: write_locked(source), "is encrypted"),
    ):
        make()
        with pytest.raises(ArchiveError, match=problem):
            count_rows(source)
        with pytest.raises(ArchiveError, match=problem):
            list(read_chunks(source, 10))


def damage(path: Path, group: int) -> None:
    """Write 4,000 turns in four groups of rows, and zeros over the texts of one."""
    pyarrow.parquet.write_table(texts(4_000), path, row_group_size=1_000)
    told = pyarrow.parquet.ParquetFile(path).metadata.row_group(group).column(0)
    content = bytearray(path.read_bytes())
    start = told.dictionary_page_offset
    content[start : start + told.total_compressed_size] = bytes(told.total_compressed_size)
    path.write_bytes(content)


def test_what_stands_before_damaged_parquet_is_answered(tiny_bundle: Path, tmp_path: Path) -> None:
    """The first row that is lost is named; where that is the first of all, so is the file."""
    source, output = tmp_path / "in.parquet", tmp_path / "out.parquet"
    job = Job(source, output, tiny_bundle, second_reader=False, jobs=1)
    damage(source, 0)
    with pytest.raises(ArchiveError, match="cannot be read: it is damaged"):
        list(answer_archive(job))
    assert not output.exists()
    damage(source, 2)
    problems = [problem for answered in answer_archive(job) for problem in answered.problems]
    assert problems == [(2_001, "cannot be read from here on: it is damaged")]
    found = pyarrow.parquet.read_table(output)
    assert found["text"].to_pylist() == texts(2_000)["text"].to_pylist()
    records = [record for chunk in read_chunks(source, 500) for _, record in records_of(chunk, ())]
    assert len(records) == 2_001
    assert records[-1] == problems[0][1]


def test_columns_that_nobody_reads_make_no_row_bad(tmp_path: Path) -> None:
    """Neither do times within a list, nor texts that are no UTF-8; those that are read do."""
    times = pyarrow.array([[1], [1_000]], pyarrow.list_(pyarrow.timestamp("ns")))
    broken = pyarrow.array([b"\xff", b"a"]).view(pyarrow.string())
    table = pyarrow.table({"text": ["好", "嗯"], "at": times, "note": broken})
    source = tmp_path / "in.parquet"
    pyarrow.parquet.write_table(table, source)
    [chunk] = read_chunks(source, 10, Table())
    assert [record for _, record in records_of(chunk, ())] == [{"text": "好"}, {"text": "嗯"}]
    [(_, bad), (_, good)] = records_of(chunk, ("at",))
    assert bad == "holds what cannot be read, perhaps a time finer than microseconds"
    assert isinstance(good, dict)
    assert next(iter(records_of(chunk, ("note",)))) == (1, "is not UTF-8")


@pytest.mark.parametrize("name", ["pipe.csv", "pipe.parquet", "pipe.jsonl.gz"])
def test_a_pipe_is_no_archive(name: str, tiny_bundle: Path, tmp_path: Path) -> None:
    """It is read more than once, which a pipe cannot be, and nobody may ever write into it."""
    source = tmp_path / name
    os.mkfifo(source)
    output = source.with_name(name.replace("pipe", "out"))
    job = Job(source, output, tiny_bundle, second_reader=False, jobs=1)
    with pytest.raises(ArchiveError, match=r"is a pipe or device.*save it to a file first"):
        list(answer_archive(job))
    with pytest.raises(ArchiveError, match="save it to a file first"):
        count_rows(source)
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv.zip", "a.jsonl.BZ2", "a.feather", "a.xml.gz"])
def test_names_of_other_kinds_are_refused(name: str) -> None:
    """They are not read line by line as JSON."""
    with pytest.raises(ArchiveError, match=r"is not known here; (save it as|unpack it)"):
        kind_of(Path(name))


@pytest.mark.parametrize("content", [b"", b"{\n"])
@pytest.mark.parametrize(("ending", "magic"), [("gz", b"\x1f\x8b"), ("zst", b"(\xb5/\xfd")])
def test_an_archive_without_answers_is_packed_all_the_same(
    ending: str, magic: bytes, content: bytes, tiny_bundle: Path, tmp_path: Path
) -> None:
    """To `gzip -d` and `zstd -d` no bytes at all are a file that breaks off."""
    source, output = tmp_path / "in.jsonl", tmp_path / f"out.jsonl.{ending}"
    source.write_bytes(content)
    for answered in answer_archive(Job(source, output, tiny_bundle, second_reader=False, jobs=1)):
        assert answered.rows == len(answered.problems) == 1
    assert output.read_bytes().startswith(magic)
    assert count_rows(output) == 0


def test_tsv_is_csv_between_tabs(tiny_bundle: Path, tmp_path: Path) -> None:
    """Whatever stands between the cells of the source."""
    source, output = tmp_path / "in.csv", tmp_path / "out.tsv"
    source.write_text("n,text\n1,好\n", "utf-8")
    list(answer_archive(Job(source, output, tiny_bundle, second_reader=False, jobs=1)))
    head, row = output.read_text("utf-8").splitlines()
    assert head.startswith("n\ttext\tprediction_label\t")
    assert row.startswith("1\t好\t")
