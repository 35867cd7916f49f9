"""Archives of every kind: the answers are those of the scorer, in order, whatever happens."""

import csv
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from classifier.archive.files import Kind, Shape, count_rows, kind_of, read_chunks
from classifier.archive.run import Job, answer_archive
from classifier.errors import ArchiveError, OutputError, TableError
from classifier.model_bundle import load_bundle
from classifier.records import parse_line, prediction_to_record, turn_from_record
from classifier.turn_classifier import TurnClassifier
from tests.conftest import ROOT
from training.exchange.tables import write_csv

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def records(tiny_data: Path) -> Rows:
    """250 labelled turns."""
    text = (tiny_data / "test" / "short_answers.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def wanted(records: Rows, tiny_bundle: Path) -> Rows:
    """What the scorer says of each."""
    classifier = TurnClassifier(load_bundle(tiny_bundle))
    return [
        prediction_to_record(classifier.classify(turn_from_record(record))) for record in records
    ]


def run(source: Path, output: Path, bundle: Path, jobs: int = 2) -> list[tuple[int, str]]:
    """Answer an archive in small chunks and return its problems."""
    job = Job(source, output, bundle, second_reader=False, jobs=jobs, chunk_rows=60)
    problems = [problem for answered in answer_archive(job) for problem in answered.problems]
    assert sorted(path.name for path in output.parent.glob(f"{output.name}*")) == [output.name]
    return problems


def lines_of(records: Rows) -> bytes:
    """Return records as JSON Lines."""
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode()


def zstd(content: bytes) -> bytes:
    """Return packed bytes."""
    packed: bytes = pyarrow.Codec("zstd").compress(content, asbytes=True)
    return packed


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda content: content,
    ".gz": gzip.compress,
    ".zst": zstd,
}


@pytest.mark.parametrize("packed_in", PACKERS)
@pytest.mark.parametrize("packed_out", PACKERS)
def test_lines(
    packed_in: str, packed_out: str, records: Rows, wanted: Rows, tiny_bundle: Path, tmp_path: Path
) -> None:
    """Every field comes back with the scorer's prediction, in the order of the source."""
    source, output = tmp_path / f"in.jsonl{packed_in}", tmp_path / f"out.jsonl{packed_out}"
    source.write_bytes(PACKERS[packed_in](lines_of(records)))
    assert count_rows(source) == len(records)
    assert run(source, output, tiny_bundle, jobs=1 if packed_in else 2) == []
    found = [parse_line(line) for chunk in read_chunks(output, 99) for line in chunk.rows]
    assert [record.pop("prediction") for record in found] == wanted
    assert found == records


@pytest.mark.parametrize("packed", PACKERS)
def test_csv(packed: str, records: Rows, wanted: Rows, tiny_bundle: Path, tmp_path: Path) -> None:
    """Rows keep their cells, and get columns for the prediction."""
    write_csv(tmp_path / "plain.csv", records)
    plain = (tmp_path / "plain.csv").read_bytes()
    source, output = tmp_path / f"in.csv{packed}", tmp_path / f"out.csv{packed}"
    source.write_bytes(PACKERS[packed](plain))
    assert run(source, output, tiny_bundle) == []
    [chunk] = read_chunks(output, 999)
    assert chunk.head is not None
    rows = [dict(zip(chunk.head.names, row, strict=True)) for row in chunk.rows]
    before = list(csv.DictReader(io.StringIO(plain.decode("utf-8-sig"), newline="")))
    assert [{k: row[k] for k in before[0]} for row in rows] == before
    assert [row["prediction_label"] for row in rows] == [p["label"] for p in wanted]
    scores = [float(row["prediction_opt_out"]) for row in rows]
    assert scores == [p["scores"]["opt_out"] for p in wanted]
    assert [json.loads(row["prediction_evidence"]) for row in rows] == [
        p["evidence"] for p in wanted
    ]


def test_parquet(records: Rows, wanted: Rows, tiny_bundle: Path, tmp_path: Path) -> None:
    """Columns keep their types; nested contexts are read as they are."""
    source, output = tmp_path / "in.parquet", tmp_path / "out.parquet"
    table = pyarrow.Table.from_pylist(records)
    pyarrow.parquet.write_table(table, source)
    assert count_rows(source) == len(records)
    assert run(source, output, tiny_bundle) == []
    found = pyarrow.parquet.read_table(output)
    assert found.select(table.schema.names).equals(table)
    assert found["prediction_label"].to_pylist() == [p["label"] for p in wanted]
    assert found["prediction_normal"].to_pylist() == [p["scores"]["normal"] for p in wanted]
    assert found["prediction_reasons"].to_pylist() == [p["reasons"] for p in wanted]


def test_bad_rows_are_named_and_stop_no_other(
    records: Rows, tiny_bundle: Path, tmp_path: Path
) -> None:
    """Each has its own line or row, over the borders of chunks."""
    lines = lines_of(records[:130]).splitlines(keepends=True)
    lines[0], lines[99] = b"{}\n", b'{"text": "\xff"}\n'
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"".join(lines))
    problems = run(source, output, tiny_bundle)
    assert [(row, text.split(":")[0]) for row, text in problems] == [(1, "text"), (100, "line")]
    assert len(output.read_bytes().splitlines()) == 128
    table = pyarrow.table({"text": ["好", None, "", "嗯"], "channel": ["sms", None, None, "fax"]})
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    problems = run(tmp_path / "in.parquet", tmp_path / "out.parquet", tiny_bundle)
    assert [row for row, _text in problems] == [2, 3, 4]
    (tmp_path / "in.csv").write_text("text,channel\n好,sms\n,\n嗯,fax\n", "utf-8")
    problems = run(tmp_path / "in.csv", tmp_path / "out.csv", tiny_bundle)
    assert [row for row, _text in problems] == [4]


def test_a_killed_run_goes_on(records: Rows, tiny_bundle: Path, tmp_path: Path) -> None:
    """Parts that were done are not done again, and the output is as if nothing had happened."""
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(lines_of(records) * 60)
    output.write_text("older", "utf-8")
    parts = tmp_path / "out.jsonl.parts"
    verb = ["classify", source, "-o", output, "--bundle", tiny_bundle, "--jobs", "1"]
    command = [sys.executable, "-m", "cli.main", *map(str, verb)]
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True) as killed:
        deadline = time.monotonic() + 120
        while len(list(parts.glob("*.json"))) < 4:
            assert time.monotonic() < deadline
            assert killed.poll() is None
            time.sleep(0.01)
        os.killpg(killed.pid, signal.SIGKILL)
    assert output.read_text("utf-8") == "older"
    done = {
        path: path.stat().st_mtime_ns
        for path in parts.glob("*.part")
        if path.with_suffix(".json").is_file()
    }
    job = Job(source, output, tiny_bundle, second_reader=True, jobs=2)
    outcomes = []
    for answered in answer_archive(job):
        outcomes.append(answered)
        if len(outcomes) == 1:
            assert {path: path.stat().st_mtime_ns for path in done} == done
    assert sum(answered.resumed for answered in outcomes) >= 3
    assert [answered.rows for answered in outcomes][-1] == 60 * len(records)
    texts = [json.loads(line)["text"] for line in output.read_bytes().splitlines()]
    assert texts == [record["text"] for record in records] * 60
    assert not parts.exists()


def test_parts_of_another_source_are_refused(
    records: Rows, tiny_bundle: Path, tmp_path: Path
) -> None:
    """Answers to different files are never mixed."""
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(lines_of(records))
    job = Job(source, output, tiny_bundle, second_reader=False, jobs=1, chunk_rows=60)
    next(answer_archive(job))
    source.write_bytes(lines_of(records[1:]))
    with pytest.raises(ArchiveError, match="remove that folder to begin anew"):
        next(answer_archive(job))


def test_what_a_power_cut_left_empty_is_done_again(
    records: Rows, wanted: Rows, tiny_bundle: Path, tmp_path: Path
) -> None:
    """A part that is not whole does not count; what nothing is known of is not taken either."""
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(lines_of(records))
    job = Job(source, output, tiny_bundle, second_reader=False, jobs=1, chunk_rows=60)
    with closing(answer_archive(job)) as answers:
        for _answered in range(3):
            next(answers)
    parts = tmp_path / "out.jsonl.parts"
    (parts / "00000000.part").write_bytes(b"")
    (parts / "00000001.json").write_bytes(b"")
    about = (parts / "about.json").read_bytes()
    (parts / "about.json").write_bytes(b"")
    with pytest.raises(ArchiveError, match=f"^{parts}: .*remove that folder to begin anew"):
        next(answer_archive(job))
    (parts / "about.json").write_bytes(about)
    resumed = [answered.resumed for answered in answer_archive(job)]
    assert resumed[:3] == [False, False, True]
    found = [json.loads(line)["prediction"] for line in output.read_bytes().splitlines()]
    assert found == wanted


def test_two_runs_into_one_output(records: Rows, tiny_bundle: Path, tmp_path: Path) -> None:
    """The second is refused before it does anything, and told who the first is."""
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(lines_of(records))
    job = Job(source, output, tiny_bundle, second_reader=False, jobs=1, chunk_rows=60)
    with closing(answer_archive(job)) as answers:
        next(answers)
        with pytest.raises(ArchiveError, match=f"process {os.getpid()} on .* the same output"):
            next(answer_archive(job))
    assert next(answer_archive(job)).resumed


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("in.csv", b"label\nnormal\n", "there is no column text; its columns are label; name"),
        ("in.csv", b"text\n\xff\n", "is not UTF-8"),
        ("in.csv", b"", "there is no column text; it has none"),
        ("in.jsonl.gz", b"nothing packed", "cannot be read"),
        ("in.parquet.gz", b"", "Parquet packs itself"),
        ("in.jsonl.zst", b"nothing packed", "cannot be read"),
        ("in.parquet", b"PAR1", "is no Parquet file"),
    ],
)
def test_broken_archives_are_named(
    tmp_path: Path, tiny_bundle: Path, name: str, content: bytes, problem: str
) -> None:
    """One line says what is wrong; no output appears."""
    source = tmp_path / name
    source.write_bytes(content)
    output = tmp_path / f"out{''.join(source.suffixes)}"
    job = Job(source, output, tiny_bundle, second_reader=False, jobs=1)
    with pytest.raises((ArchiveError, TableError), match=problem):
        list(answer_archive(job))
    assert not output.exists()


def test_shapes_are_not_mixed_and_output_errors_are_named(
    records: Rows, tiny_bundle: Path, tmp_path: Path
) -> None:
    """CSV in, CSV out; a folder that is not there is the output's fault."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(lines_of(records))
    job = Job(source, tmp_path / "out.csv", tiny_bundle, second_reader=False, jobs=1)
    with pytest.raises(ArchiveError, match="must be jsonl like its source"):
        list(answer_archive(job))
    job = Job(source, tmp_path / "no" / "out.jsonl", tiny_bundle, second_reader=False, jobs=1)
    with pytest.raises(OutputError, match=r"out\.jsonl: cannot be written"):
        list(answer_archive(job))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jsonl", Kind(Shape.LINES)),
        ("a.2026.CSV.GZ", Kind(Shape.CSV, "gz")),
        ("a.parquet", Kind(Shape.PARQUET)),
        ("a.zst", Kind(Shape.LINES, "zst")),
        ("a", Kind(Shape.LINES)),
    ],
)
def test_names_say_what_a_file_is(name: str, kind: Kind) -> None:
    """What a name does not say is JSON Lines."""
    assert kind_of(Path(name)) == kind


def test_two_runs_in_one_process_keep_their_models(
    records: Rows, tiny_bundle: Path, make_variant: Callable[..., Path], tmp_path: Path
) -> None:
    """All rows of an output are answered by one, whichever run goes on meanwhile."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(lines_of(records))
    two = make_variant(tmp_path / "b", stop=1.0)
    bundles = {tmp_path / "1.jsonl": tiny_bundle, tmp_path / "2.jsonl": two}
    runs = [
        answer_archive(Job(source, to, bundle, second_reader=False, jobs=1, chunk_rows=60))
        for to, bundle in bundles.items()
    ]
    for _both in zip_longest(*runs):
        pass
    for output, bundle in bundles.items():
        lines = map(json.loads, output.read_text("utf-8").splitlines())
        versions = {line["prediction"]["model_version"] for line in lines}
        assert versions == {load_bundle(bundle).manifest.version}
