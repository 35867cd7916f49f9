"""Labels in and out on the command line."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.cli.test_commands import wurao
from tests.conftest import ROOT
from training.checks import check_data


def test_labels_go_out_are_changed_and_come_back(small_data: Path, tmp_path: Path) -> None:
    """Export, label anew, import, see the conflict, settle it: the data set stays sound."""
    table = tmp_path / "turns.csv"
    assert "3 turns in" in wurao("data", "export", table, "--data", small_data).stdout
    rows = table.read_text("utf-8-sig")
    rows = rows.replace("不需要 谢谢,normal,not_interested", "不需要 谢谢,opt_out,indirect")
    rows += "n1,gn,voice,loan,hans,,以后都别找我了,opt_out,stop_contact,false,,\r\n"
    table.write_text(rows, "utf-8")
    refused = wurao("data", "import", table, "--data", small_data, "--sheet", "一月", status=1)
    assert "only Excel files have sheets" in refused.stderr
    tried = wurao("data", "import", table, "--data", small_data, "--dry-run", status=1)
    assert "1 new turns would go to" in tried.stdout
    assert not (small_data / "train" / "turns_2.jsonl").exists()
    result = wurao("data", "import", table, "--data", small_data, "--into", "turns_2", status=1)
    assert "1 new turns went to" in result.stdout
    assert "2 known already" in result.stdout
    assert "label opt_out here, normal at" in result.stderr
    conflicts = tmp_path / "turns.conflicts.jsonl"
    line = json.loads(conflicts.read_text("utf-8"))
    conflicts.write_text(json.dumps(line | {"decision": "take"}), "utf-8")
    assert "1 take" in wurao("data", "settle", conflicts, "--data", small_data).stdout
    splits, problems = check_data(small_data)
    assert problems == []
    assert [turn.label for turn in splits["train"]] == [
        "opt_out",
        "complaint",
        "opt_out",
        "opt_out",
    ]
    again = wurao("data", "import", table, "--data", small_data)
    assert "0 new turns" in again.stdout
    assert "4 known already" in again.stdout


def test_wrong_files_have_a_clear_error(small_data: Path, tmp_path: Path) -> None:
    """A format that nobody can guess and a decision file that is none are named."""
    path = tmp_path / "labels.txt"
    path.write_text("{}", "utf-8")
    result = wurao("data", "import", path, "--data", small_data, status=1)
    assert "say to `wurao data import` with --format what it is" in result.stderr
    assert (
        "is no conflict of" in wurao("data", "settle", path, "--data", small_data, status=1).stderr
    )


def test_nothing_is_written_where_it_does_not_belong(small_data: Path, tmp_path: Path) -> None:
    """Names with a folder and places that cannot be written are refused, and nothing goes in."""
    path = tmp_path / "week.jsonl"
    texts = [("新的一句", "normal"), ("以后别再打了", "normal")]
    lines = [json.dumps({"text": text, "label": label}) for text, label in texts]
    path.write_text("\n".join(lines), "utf-8")
    before = sorted(small_data.rglob("*"))
    options = ("data", "import", path, "--data", small_data)
    for name in ("../test/evil", "nodir/x"):
        refused = wurao(*options, "--into", name, status=2)
        assert "must be the plain name of a file" in refused.stderr
    nowhere = wurao(*options, "--conflicts", tmp_path / "nodir" / "x.jsonl", status=1)
    assert "nodir/x.jsonl: cannot be written: No such file or directory" in nowhere.stderr
    for split in ("train", "hard"):
        among = wurao(*options, "--conflicts", small_data / split / "x.jsonl", status=1)
        assert "name a place outside of the data with --conflicts" in among.stderr
    assert sorted(small_data.rglob("*")) == before


def test_an_import_says_what_to_look_at(small_data: Path, tmp_path: Path) -> None:
    """New ids and personal data are told by id, without the words; JSON on request."""
    path = tmp_path / "week.csv"
    rows = ("id,text,label", "a1,我是王小明 13812345678别打了,opt_out", "a2,好的好的,normal")
    path.write_text("\n".join(rows), "utf-8")
    options = ("data", "import", path, "--data", small_data, "--into", "week.jsonl")
    plain = json.loads(wurao(*options, "--dry-run", "--json").stdout)
    assert (plain["written"], plain["new"], list(plain["renamed"].values())) == (
        False,
        2,
        ["a1", "a2"],
    )
    [(name, kinds)] = plain["personal"].items()
    assert "[PHONE]" in kinds
    said = wurao(*options)
    assert "2 new turns had ids of other turns and got new ones: i-" in said.stderr
    assert "1 new turns seem to hold personal data (1 [" in said.stderr
    assert name in said.stderr
    assert "1381234" not in said.stderr + said.stdout
    assert f"2 new turns went to {small_data / 'train' / 'week.jsonl'};" in said.stdout
    assert check_data(small_data)[1] == []


def test_places_that_cannot_be_written_are_named_at_once(small_data: Path, tmp_path: Path) -> None:
    """No folder, or a format that holds no turns without labels: said before any work."""
    source, nowhere = small_data / "train" / "turns.jsonl", tmp_path / "nowhere" / "x.csv"
    missing = f"{nowhere}: cannot be written: there is no folder {nowhere.parent}"
    no_bundle = ("--data", small_data, "--bundle", tmp_path / "none")
    failed = wurao("data", "export", nowhere, "--data", small_data, status=1)
    assert missing in failed.stderr
    failed = wurao("data", "select", source, "-o", nowhere, *no_bundle, status=1)
    assert missing in failed.stderr
    failed = wurao("data", "select", source, "-o", tmp_path / "x.yml", *no_bundle, status=1)
    assert "Rasa has no place for turns without a label" in failed.stderr


def test_any_file_of_labels_goes_out_in_any_format(tmp_path: Path) -> None:
    """What cannot be written is named by its line; decisions that are null are none."""
    source, target = tmp_path / "in.jsonl", tmp_path / "out.csv"
    export = ("data", "export", target, "--from", source)
    source.write_text('{"text": "别打了", "label": ["opt_out"]}\n', "utf-8")
    assert "1 turns in" in wurao(*export).stdout
    assert "别打了,opt_out" in target.read_text("utf-8-sig")
    source.write_text('{"text": "嗯", "label": "normal", "reasons": null}\n', "utf-8")
    for name in ("doccano", "label-studio", "rasa"):
        assert "1 turns in" in wurao(*export, "--format", name).stdout
        assert "null" not in target.read_text("utf-8")
    source.write_text('{"text": "嗯", "label": "normal"}\n{"label": "normal"}\n', "utf-8")
    for name in ("doccano", "rasa"):
        failed = wurao(*export, "--format", name, status=1)
        assert f"{source}:2: text: must be a string; every record needs one" in failed.stderr


def test_no_file_is_written_over_what_it_is_made_of(small_data: Path, tmp_path: Path) -> None:
    """Not the turns that are picked from, not those that go out, by whatever name."""
    source, link = tmp_path / "in.jsonl", tmp_path / "link.jsonl"
    source.write_text('{"text": "别打了", "label": "opt_out"}\n', "utf-8")
    link.symlink_to(source)
    train = small_data / "train" / "turns.jsonl"
    before = source.read_bytes(), train.read_bytes()
    for verb in (
        ("select", source, "-o", source, "--bundle", tmp_path / "none"),
        ("export", link, "--from", source),
        ("export", train),
    ):
        refused = wurao("data", *verb, "--data", small_data, status=2)
        assert "would overwrite the input" in refused.stderr
    assert (source.read_bytes(), train.read_bytes()) == before


def test_nothing_is_written_among_the_labelled_turns(small_data: Path, tmp_path: Path) -> None:
    """No page, no labels that go out, no turns that have none yet; nor over what is compared."""
    source, split = tmp_path / "in.csv", small_data / "train"
    source.write_text("text,label\n别打了,opt_out\n", "utf-8")
    before = {path: path.read_bytes() for path in small_data.rglob("*.*")}
    among = "would write among the labelled turns; name a place outside of the data"
    for verb, problem in (
        (("check", "--new", source, "--page", source), "would overwrite the input"),
        (("check", "--page", split / "turns.jsonl"), among),
        (("check", "--page", small_data / "frozen.toml"), among),
        (("export", split / "turns.jsonl", "--from", source), among),
        (("select", source, "-o", split / "new.jsonl"), among),
        (("select", source, "-o", small_data / "hard" / "new.jsonl"), among),
    ):
        assert problem in wurao("data", *verb, "--data", small_data, status=2).stderr
    assert {path: path.read_bytes() for path in small_data.rglob("*.*")} == before


def test_a_seed_out_of_range_is_refused(small_data: Path, tmp_path: Path) -> None:
    """Before anything is read, and without a traceback."""
    source = small_data / "train" / "turns.jsonl"
    for seed in (-1, 2**32):
        verb = ("data", "select", source, "-o", tmp_path / "x.jsonl", "--seed", seed)
        assert "is not in the range" in wurao(*verb, "--data", small_data, status=2).stderr


def test_fields_that_nobody_knows_are_named(small_data: Path, tmp_path: Path) -> None:
    """Numbers and names in them count as personal data, under the name over them."""
    path = tmp_path / "week.csv"
    path.write_text("文本,标签,客户电话,姓名\n好的好的,正常,13812345678,王小明\n", "utf-8")
    options = ("data", "import", path, "--data", small_data)
    plain = json.loads(wurao(*options, "--dry-run", "--json").stdout)
    assert plain["unknown"] == {"姓名": 1, "客户电话": 1}
    assert list(plain["personal"].values()) == [["[PHONE]", "[NAME]"]]
    said = wurao(*options).stderr
    assert "fields that nobody here knows went in too: '姓名' in 1, '客户电话' in 1;" in said
    assert "1 new turns seem to hold personal data (1 [PHONE], 1 [NAME])" in said
    assert "13812345678" not in said


def test_an_import_keeps_others_out_until_it_has_written(small_data: Path, tmp_path: Path) -> None:
    """Else two at once would each take in what the other does not know yet."""
    source, out = tmp_path / "week.csv", tmp_path / "out"
    os.mkfifo(source)
    named = ("--into", "week", "--conflicts", tmp_path / "conflicts.jsonl")
    verb = ["data", "import", source, "--data", small_data, *named]
    command = [sys.executable, "-m", "cli.main", *map(str, verb)]
    folder = os.open(small_data, os.O_RDONLY)
    with (
        out.open("wb") as said,
        subprocess.Popen(command, cwd=ROOT, stdout=said) as run,
        source.open("wb") as writing,  # waits until the import reads, which is after the data
    ):
        with pytest.raises(BlockingIOError):
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        writing.write("text,label\n好的好的,normal\n".encode())
    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(folder)
    assert run.returncode == 0
    assert "1 new turns went to" in out.read_text("utf-8")


def test_the_name_of_an_output_tells_its_format(tmp_path: Path) -> None:
    """What stood there before does not, in whatever format it was."""
    source, target = tmp_path / "in.csv", tmp_path / "out.jsonl"
    source.write_text("text,label\n别打了,opt_out\n", "utf-8")
    target.write_text('{"text": "a", "label": ["normal"]}\n', "utf-8")
    wurao("data", "export", target, "--from", source)
    assert json.loads(target.read_text("utf-8"))["label"] == "opt_out"


def test_turns_are_picked_for_labelling(
    small_data: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    """`wurao data select` writes masked turns with reasons and names bad lines; JSON on request."""
    source, output = tmp_path / "calls.jsonl", tmp_path / "next.jsonl"
    texts = ["我姓王 你们怎么有我电话的", "不需要 谢谢", "那行明天再说吧"]
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    source.write_text("\n".join([*lines, "{"]), "utf-8")
    options = ("--data", small_data, "--bundle", tiny_bundle, "-o", output, "--random", "0")
    shares = ("--uncertainty", "0.6")
    result = wurao("data", "select", source, *options, *shares, status=1)
    assert "2 of 2 new turns in" in result.stdout
    assert "1 turns are in the data set already: 1 normal" in result.stdout
    assert f"{source}:4: line: is not JSON" in result.stderr
    picked = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    assert sorted(record["text"] for record in picked) == [
        "我姓[NAME] 你们怎么有我电话的",
        "那行明天再说吧",
    ]
    counted = json.loads(
        wurao("data", "select", source, *options, *shares, "--json", status=1).stdout
    )
    assert counted["picked"] == 2
    assert counted["bad"] == 1
    refused = wurao("data", "select", source, *options, status=1)
    assert "the shares must be 0 or more and sum to 1" in refused.stderr


def test_turns_of_any_table_are_picked(small_data: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    """A table of an office is told its column; its encoding is found, as by `wurao classify`."""
    source, output = tmp_path / "calls.csv", tmp_path / "next.jsonl"
    rows = "那行明天再说吧;;机器人：您好\n你们怎么有我电话的;急;\n"
    source.write_text(f"坐席备注;急;上文\n{rows}", "gb18030")
    options = ("--data", small_data, "--bundle", tiny_bundle, "-o", output)
    assert "--text-column" in wurao("data", "select", source, *options, status=1).stderr
    wurao("data", "select", source, *options, "--text-column", "坐席备注")
    source.write_text(f"内容;备注;上文\n{rows}", "gb18030")
    told = output.read_text("utf-8")
    wurao("data", "select", source, *options)
    assert output.read_text("utf-8") == told
    picked = {r["text"]: r["context"] for r in map(json.loads, told.splitlines())}
    said = [{"speaker": "bot", "text": "您好"}]
    assert picked == {"你们怎么有我电话的": [], "那行明天再说吧": said}
    columns = tmp_path / "calls.parquet"
    said = pyarrow.table({"内容": ["那行明天再说吧"], "text": ["客户经理的备注"]})
    pyarrow.parquet.write_table(said, columns)
    wurao("data", "select", columns, *options, "--text-column", "内容")
    assert json.loads(output.read_text("utf-8"))["text"] == "那行明天再说吧"
    plain = tmp_path / "calls.jsonl"
    plain.write_text("{}\n")
    refused = wurao("data", "select", plain, *options, "--encoding", "gb18030", status=2)
    assert "JSON Lines has `text`" in refused.stderr


def test_what_may_not_be_written_is_named(small_data: Path) -> None:
    """One line with the file, for a user without the right to."""
    path = small_data / "frozen.toml"
    small_data.chmod(0o555)
    limits = "--bounding-set=-dac_override,-dac_read_search"
    as_user = [] if os.getuid() else ["setpriv", limits]
    verb = ("-m", "cli.main", "data", "freeze", "--data", str(small_data))
    command = [*as_user, sys.executable, *verb]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    small_data.chmod(0o755)
    assert result.returncode == 1
    assert result.stderr.startswith(f"wurao: {path}: cannot be written: Permission denied; it is")
