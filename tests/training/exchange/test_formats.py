"""Round trips through every format lose nothing; what tools write is read as they meant it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.errors import DataError, OutputError, TableError
from training.dataset import SPLITS
from training.exchange.completion import complete
from training.exchange.formats import (
    READERS,
    WRITERS,
    check_output,
    guess_format,
    read_records,
    write_labels,
)
from training.exchange.outflow import read_split_records

SUFFIXES = {
    "records": "jsonl", "doccano": "jsonl", "label-studio": "json", "rasa": "yml", "csv": "csv",
    "excel": "xlsx",
}  # fmt: skip
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)
awkward = st.sampled_from([
    "=1+1", "'=x", "-5", "@a", "1", "1.10", "true", "null", "[1]", "bot: 好", "a\nb", "a\r\nb",
    " x ", "\ufeff头", "_x000D_", "[北京](city)", "- 别打", "#", "\x0b", "\x85", "\u2028", '"', "'",
    "{}",
])  # fmt: skip
words = awkward | texts
records = st.fixed_dictionaries(
    {
        "id": words,
        "group": words,
        "channel": st.sampled_from(["voice", "sms"]),
        "industry": st.just("loan"),
        "script": st.just("hans"),
        "context": st.lists(
            st.fixed_dictionaries({"speaker": st.sampled_from(["bot", "user"]), "text": words}),
            max_size=3,
        ),
        "text": words,
        "label": st.sampled_from(["opt_out", "complaint", "normal"]),
        "kind": st.sampled_from(["busy", "abuse"]),
        "also_complaint": st.booleans(),
        "reasons": st.lists(st.sampled_from(["legal", "privacy"]), unique=True),
    },
    optional={"pair": words, "note": words, "score": st.integers(), "tags": st.lists(words)},
)


def there_and_back(name: str, folder: Path, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write records in a format and read them again."""
    path = folder / f"x.{SUFFIXES[name]}"
    WRITERS[name](path, wanted)
    found = list(READERS[name](path))
    assert [entry.problem for entry in found if entry.problem] == []
    return [entry.record for entry in found if entry.record is not None]


def ordered(found: list[dict[str, Any]]) -> list[str]:
    """Return records in an order that does not depend on the format."""
    return sorted(json.dumps(record, sort_keys=True, ensure_ascii=False) for record in found)


@pytest.mark.parametrize("name", READERS)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wanted=st.lists(records, min_size=1, max_size=3))
def test_any_record_comes_back_whole(
    name: str, wanted: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Formulas, line breaks, control characters, unknown fields: nothing changes on the way."""
    assert ordered(there_and_back(name, tmp_path, wanted)) == ordered(wanted)


@pytest.mark.parametrize("name", READERS)
def test_frozen_parts_of_the_repository_come_back_whole(
    name: str, data_folder: Path, tmp_path: Path
) -> None:
    """Every fifth labelled turn of the frozen parts, by every format."""
    parts = [split for split in SPLITS if split != "train"]
    wanted = [r for split in parts for r in read_split_records(data_folder, split)][::5]
    assert len(wanted) > 1_000
    assert ordered(there_and_back(name, tmp_path, wanted)) == ordered(wanted)


@pytest.mark.parametrize("name", READERS)
def test_fields_called_as_columns_of_ours_come_back(name: str, tmp_path: Path) -> None:
    """A customer's 类别 or speaker is not taken for our label or for one who speaks."""
    theirs = {
        "分类": "退订",
        "'意图": "甲",
        "Text": "乙",
        "speaker": "机器人",
        "also complaint": "否",
    }
    wanted: dict[str, Any] = {"text": "别打了", "label": "opt_out", "kind": "busy"}
    wanted |= {"also_complaint": False, "reasons": [], **theirs}
    assert there_and_back(name, tmp_path, [wanted]) == [wanted]


def only(path: Path, name: str) -> dict[str, Any]:
    """Return the one record of a file."""
    [entry] = READERS[name](path)
    assert entry.record is not None, entry.problem
    return entry.record


def test_what_doccano_writes(tmp_path: Path) -> None:
    """Its own id is not ours; labels are what was clicked."""
    path = tmp_path / "all.jsonl"
    line = {
        "id": 7,
        "text": "别打了",
        "label": ["opt_out", "reason:legal"],
        "Comments": [],
        "channel": "sms",
    }
    path.write_text(json.dumps(line, ensure_ascii=False), "utf-8")
    assert guess_format(path) == "doccano"
    assert only(path, "doccano") == {
        "text": "别打了", "channel": "sms", "label": "opt_out", "also_complaint": False,
        "reasons": ["legal"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "labels", [[], ["opt_out", "normal"], ["opt_out", "angry"], "opt_out", [1]]
)
def test_doccano_line_without_one_label_is_refused(tmp_path: Path, labels: object) -> None:
    """A labeller who chose two labels, or none, has not decided."""
    path = tmp_path / "all.jsonl"
    path.write_text(json.dumps({"text": "好", "label": labels}), "utf-8")
    [entry] = READERS["doccano"](path)
    assert entry.record is None
    assert entry.problem.startswith("label: must")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("label-studio", b"{}", "is no list of tasks"),
        ("label-studio", b"[", "is not JSON"),
        ("label-studio", b'[{"text": "a", "label": "normal"}]', "as JSON, not JSON-MIN"),
        ("rasa", b"a: [", "is not YAML at line"),
        ("rasa", b"nlu: 3", "has no list named nlu"),
        ("csv", "别再给我打电话了".encode("gb18030"), "there is no text among them"),
        (
            "csv",
            "text\n别打了\n不要\n".encode() + b"\xff\xff\n",
            "x:4: is not UTF-8; name its",
        ),
        ("csv", "text\n".encode("utf-16") + b"\x00", "x:2: is not UTF-16"),
        ("csv", b'text,label\n"a,normal\n', "x:2: is no CSV: .*; mend the quotation marks"),
        ("csv", b"label\nnormal\n", "there is no text among them"),
        ("excel", b"PK", "is no Excel file"),
    ],
)
def test_wrong_files_are_named(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    """One line says what the file is not."""
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises((DataError, TableError), match=problem):
        list(READERS[name](path))
    with pytest.raises(DataError, match="cannot be read"):
        list(READERS[name](tmp_path / "nowhere"))


def test_the_first_label_tells_doccano(tmp_path: Path) -> None:
    """Lines without one say nothing; a list where a label should be is named, never a traceback."""
    path = tmp_path / "x.jsonl"
    path.write_text('{"text": "a"}\n{\n{"text": "b", "label": ["normal"]}\n', "utf-8")
    assert guess_format(path) == "doccano"
    *_others, last = read_records(path)
    assert "import it with --format doccano" in last.problem
    assert complete({"text": "a", "label": ["normal"]}, "other")[0]["kind"] == ""
    path.write_text('{"text": "a"}\n{"text": "b", "label": "normal"}\n', "utf-8")
    assert guess_format(path) == "records"
    with pytest.raises(DataError, match=r"old\.xls: .*save it as \.xlsx"):
        guess_format(tmp_path / "old.xls")
    with pytest.raises(DataError, match="say to `wurao data import` with --format what it is: rec"):
        guess_format(tmp_path / "x.bak")
    with pytest.raises(
        DataError, match=r"say with --format what it is: records, .*; or let it end"
    ):
        check_output(tmp_path / "x.bak")


def test_a_failed_export_leaves_what_was_there(tmp_path: Path) -> None:
    """The old file stays, nothing else does, and the message names the file that was meant."""
    for name, record in (
        ("x.yml", {"text": "a"}),
        ("x.xlsx", {"text": "a" * 40_000, "label": "normal"}),
        ("x.jsonl", {"text": "a", "reasons": {1}}),
    ):
        path = tmp_path / name
        path.write_text("old", "utf-8")
        with pytest.raises((OutputError, TypeError)) as failure:
            write_labels(path, [record])
        if failure.type is OutputError:
            assert str(failure.value).startswith(f"{path}: ")
        assert path.read_text("utf-8") == "old"
        path.unlink()
    nowhere = tmp_path / "nowhere" / "x.jsonl"
    with pytest.raises(OutputError, match=r"nowhere/x\.jsonl: cannot be written: No such file"):
        write_labels(nowhere, [{"text": "a"}])
    assert list(tmp_path.iterdir()) == []


def test_an_export_keeps_what_a_file_is(tmp_path: Path) -> None:
    """A link stays one, who may read stays so, and a pipe is written to."""
    target, link, pipe = tmp_path / "x.jsonl", tmp_path / "link.jsonl", tmp_path / "pipe"
    target.touch(0o600)
    link.symlink_to(target)
    write_labels(link, [{"text": "a"}])
    assert link.is_symlink()
    assert (target.read_text("utf-8"), target.stat().st_mode & 0o777) == ('{"text": "a"}\n', 0o600)
    os.mkfifo(pipe)
    with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), encoding="utf-8") as reader:
        write_labels(pipe, [{"text": "a"}], "records")
        assert reader.read() == '{"text": "a"}\n'


def test_bad_lines_stop_no_other(tmp_path: Path) -> None:
    """Each is named by its line."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"text": "\xff"}\n\n{"text": "a"}\n[]\n')
    found = list(read_records(path))
    assert [(entry.place.line, bool(entry.problem)) for entry in found] == [
        (1, True), (3, False), (4, True),
    ]  # fmt: skip
