"""Lists of numbers that go in and out, as a user types it."""

import json
from pathlib import Path

from tests.cli.optouts.conftest import NUMBER, Run, records


def test_a_list_goes_in_and_out(optouts: Run, tmp_path: Path) -> None:
    """What cannot be read is set aside and named; the same file again changes nothing."""
    source = tmp_path / "list.csv"
    source.write_text(f"手机号\n{NUMBER}\n=1+1\n13900139000\n", "utf-8")
    (counts,) = records(optouts("import", source, "--json", status=3))
    assert (counts["recorded"], counts["quarantined"]) == (2, 1)
    assert "1+1" in Path(str(counts["quarantine"])).read_text("utf-8")
    optouts("import", source, status=3)
    output = tmp_path / "out.jsonl"
    assert "2 opt-outs written" in optouts("export", "-o", output).stderr
    subjects = [json.loads(line)["subject"] for line in output.read_text("utf-8").splitlines()]
    assert subjects == [f"+86{NUMBER}", "+8613900139000"]


def test_every_contact_of_a_row_goes_in(optouts: Run, tmp_path: Path) -> None:
    """Whichever column stands first, the number blocks; it is told how ids and keys are read."""
    source = tmp_path / "list.csv"
    source.write_text(f"用户ID,手机号,姓名\n15000000001,{NUMBER},李四\n", "utf-8")
    done = optouts("import", source, "--json")
    (counts,) = records(done)
    assert (counts["recorded"], counts["quarantined"]) == (2, 0)
    assert "columns not read: 姓名" in done.stderr
    assert "not as numbers: 用户ID as userid:…" in done.stderr
    optouts("check", NUMBER, status=3)
    optouts("check", "userid:15000000001", status=3)
    optouts("check", "15000000001")
    lines = tmp_path / "list.jsonl"
    many = {f"tag {i}": "x" for i in range(30)}
    lines.write_text(json.dumps({"phone": "13900139000"} | many) + "\n")
    told = optouts("import", lines).stderr
    assert "columns not read: tag 0, " in told
    assert "tag 19, …" in told


def test_numbered_columns_block_and_unread_ones_are_told(optouts: Run, tmp_path: Path) -> None:
    """Each number of a person blocks; a script is told which columns were not read."""
    source = tmp_path / "list.csv"
    source.write_text(f"号码,号码2,手机,姓名\n{NUMBER},13900139000,13700137000,李四\n", "utf-8")
    (counts,) = records(optouts("import", source, "--json"))
    assert (counts["recorded"], counts["columns_not_read"]) == (3, ["姓名"])
    optouts("check", "13900139000", status=3)
    (again,) = records(optouts("import", source, "--json"))
    assert again["columns_not_read"] == ["姓名"]
    calls = tmp_path / "calls.csv"
    calls.write_text("caller,callee\n01062345678,13600136000\n", "utf-8")
    (counts,) = records(optouts("import", calls, "--json"))
    assert (counts["recorded"], counts["columns_not_read"]) == (1, ["caller"])
    optouts("check", "01062345678")


def test_the_encoding_is_found_or_demanded_and_told(optouts: Run, tmp_path: Path) -> None:
    """A list with a header in ASCII is read by its characters; it is said how it was read."""
    source = tmp_path / "list.csv"
    source.write_bytes(f"phone,reason,remark\n{NUMBER},隱私,x\n".encode("big5"))
    (counts,) = records(optouts("import", source, "--json"))
    assert (counts["recorded"], counts["encoding"]) == (1, "big5hkscs")
    (shown,) = records(optouts("list", "--json"))
    assert shown["reasons"] == ["privacy"]
    source.write_bytes("phone,remark\n13900139000,别打\n".encode("gb18030"))
    assert "--encoding gb18030 or --encoding big5" in optouts("import", source, status=1).stderr
    told = optouts("import", source, "--encoding", "gb18030").stdout
    assert "read as gb18030" in " ".join(told.split())


def test_a_finished_import_is_not_shown_as_new(optouts: Run, tmp_path: Path) -> None:
    """The same list again says when it went in, that nothing was done, and what to do about it."""
    source = tmp_path / "list.csv"
    source.write_text(f"手机号\n{NUMBER}\n", "utf-8")
    (new,) = records(optouts("import", source, "--json", "--actor", "lin"))
    assert (new["recorded"], new["imported_before"]) == (1, None)
    optouts("revoke", NUMBER, "--basis", "opted_in", "--reason", "letter", "--yes")
    (old,) = records(optouts("import", source, "--json", "--actor", "ben"))
    assert old["recorded"] == 1
    assert old["imported_before"]["by"] == "lin"  # type: ignore[index]
    shown = optouts("import", source)
    assert "by lin: nothing done" in shown.stdout
    assert "--again" in shown.stderr
    optouts("check", NUMBER)
    (again,) = records(optouts("import", source, "--again", "--json"))
    assert (again["recorded"], again["imported_before"]) == (1, None)
    optouts("check", NUMBER, status=3)


def test_a_state_in_unknown_words_blocks_and_is_told(optouts: Run, tmp_path: Path) -> None:
    """How many rows and which words are known, and nothing of a row; what is over is put away."""
    source = tmp_path / "list.csv"
    states = (NUMBER, "作废"), ("13900139000", "有效"), ("13700137000", "Expired"), ("1", "弃用")
    rows = "".join(f"{number},{state}\n" for number, state in (*states, ("13600136000", "")))
    source.write_text(f"手机号,状态\n{rows}", "utf-8")
    told = optouts("import", source, "--json", status=3)
    (counts,) = records(told)
    assert (counts["recorded"], counts["quarantined"], counts["unknown_states"]) == (3, 2, 1)
    assert "a word unknown here: 1; known are active" in told.stderr
    assert " 已失效 " in told.stderr
    assert "作废" not in told.stderr
    optouts("check", NUMBER, status=3)
    optouts("check", "13700137000")


def test_mended_rows_and_other_files_are_spared(optouts: Run, tmp_path: Path) -> None:
    """Neither the next list of that name nor a wrong --quarantine takes a file away."""
    source, aside, notes = (
        tmp_path / name for name in ("list.csv", "list.csv.quarantine.csv", "notes.txt")
    )
    source.write_text(f"手机号\n{NUMBER}\n=1+1\n", "utf-8")
    optouts("import", source, status=3)
    mended = aside.read_text("utf-8").replace("1+1", "13700137000 (mended)")
    aside.write_text(mended, "utf-8")
    notes.write_text("call Li", "utf-8")
    source.write_text("手机号\n13900139000\n", "utf-8")
    refused = optouts("import", source, status=1).stderr
    assert f"{aside}: is there already" in refused
    assert "import it first and remove it, or name another file with --quarantine" in refused
    for named in (source, notes):
        refused = optouts("import", source, "--quarantine", named, status=1).stderr
        assert str(named) in refused
    assert aside.read_text("utf-8") == mended
    assert notes.read_text("utf-8") == "call Li"
    (counts,) = records(optouts("import", source, "--quarantine", tmp_path / "new.csv", "--json"))
    assert counts["recorded"] == 1


def test_a_list_is_read_again_by_another_region(optouts: Run, tmp_path: Path) -> None:
    """A list imported without its region is not lost; rows that opted back in are told."""
    source = tmp_path / "hk.csv"
    source.write_text("手機號碼\n91234567\n+85262345678\n", "utf-8")
    optouts("import", source, status=3)
    optouts("revoke", "+85262345678", "--basis", "opted_in", "--reason", "letter", "--yes")
    done = optouts("import", source, "--region", "HK", "--json")
    (counts,) = records(done)
    assert (counts["recorded"], counts["ended"], counts["quarantined"]) == (1, 1, 0)
    assert "was ended since" in done.stderr
    optouts("check", "+85291234567", status=3)
