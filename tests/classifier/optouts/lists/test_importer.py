"""Imports: nothing dropped, nothing twice, on from where a crash stopped it."""

import csv
import json
import subprocess
import sys
import time
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from classifier.errors import ListError
from classifier.optouts.derived.opt_outs import OPT_OUTS
from classifier.optouts.listing import Filter, list_opt_outs
from classifier.optouts.lists.import_progress import ImportProgress
from classifier.optouts.lists.importer import ListImport
from classifier.optouts.lists.list_entries import Origin
from classifier.optouts.lists.list_file import look_at_list
from classifier.optouts.records import Contact, Intake, OptOut, OptOutState, Reach
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import parse_subject
from classifier.turns import Channel
from tests.classifier.optouts.conftest import listed_opt_outs

TABLE = """手机号,渠道,时间,原因,备注,姓名
13800138000,短信,2026-11-01 09:00,骚扰,别再发了,张三
139 0013 9000,电话,2026/11/02 10:00,,,李四
1.38E+10,短信,,,,
12345,短信,,,,
13700137000,鸽子,,,,
13600136000,短信,某一天,,,
"=HYPERLINK(""http://x"")",短信,,,,
,短信,,,,
００８６１３５００１３５０００,,,家人有病,,
"""


def job_of(registry: Registry, path: Path, region: str = "CN", encoding: str = "") -> ListImport:
    """Return the import of a list into the tenant acme."""
    shape = look_at_list(path, encoding)
    origin = Origin("acme", "lin", shape.digest, region, ZoneInfo("Asia/Shanghai"))
    return ListImport(registry, shape, origin)


def import_list(registry: Registry, path: Path, quarantine: Path, **how: bool) -> ImportProgress:
    """Import a list into the tenant acme."""
    return job_of(registry, path).run(quarantine, lambda _progress: None, **how)


def test_every_row_is_recorded_or_quarantined_with_line_and_reason(
    registry: Registry, tmp_path: Path
) -> None:
    """What can be read blocks from now on; what cannot is put away with its line and a reason."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text(TABLE, encoding="utf-8-sig")
    done = import_list(registry, path, bad)
    assert (done.recorded, done.known, done.quarantined) == (4, 0, 5)
    first = parse_subject("13800138000")
    assert not registry.check(Contact("acme"), [first]).allowed
    assert not registry.check(Contact("acme"), [parse_subject("+8613500135000")]).allowed
    (record,) = listed_opt_outs(registry, Filter("acme", first))
    assert record.intake is Intake.SMS
    with bad.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["_line"]) for row in rows] == [4, 5, 7, 8, 9]
    assert [row["_problem"].split(":")[0] for row in rows] == [
        "subject", "subject", "requested_at", "subject", "subject"
    ]  # fmt: skip
    assert "rounded by a spreadsheet" in rows[0]["_problem"]
    assert rows[3]["手机号"].startswith("'=HYPERLINK")
    assert rows[2]["手机号"] == "13600136000"


def test_a_mended_quarantine_file_is_a_list_itself(registry: Registry, tmp_path: Path) -> None:
    """Whoever mends the rows of a quarantine file imports that very file."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    path.write_text(TABLE, encoding="utf-8")
    import_list(registry, path, bad)
    mended = tmp_path / "mended.csv"
    mended.write_text(
        bad.read_text("utf-8").replace("某一天", "昨天").replace("12345", "13500135001"),
        encoding="utf-8",
    )
    again = import_list(registry, mended, tmp_path / "worse.csv")
    assert (again.recorded, again.quarantined) == (1, 4)


def test_a_scope_in_the_list_is_kept(registry: Registry, tmp_path: Path) -> None:
    """A list may narrow the scope of a row by campaign and channel; a contradiction is put away."""
    path = tmp_path / "list.jsonl"
    path.write_text(
        '{"phone": "13800138000", "scope_reach": "campaign", "scope_name": "春", '
        '"scope_channel": "短信"}\n'
        '{"phone": "13900139000", "scope_reach": "campaign"}\n'
        '{"phone": "13700137000", "state": "revoked"}\n'
        '{"phone": "13600136000", "scope_channel": "抖音"}\n',
        encoding="utf-8",
    )
    done = import_list(registry, path, tmp_path / "bad.jsonl")
    assert (done.recorded, done.quarantined) == (1, 3)
    (record,) = listed_opt_outs(registry, Filter("acme"))
    assert (record.scope.reach, record.scope.name) == (Reach.CAMPAIGN, "春")
    assert record.scope.channel is Channel.SMS
    bad = (tmp_path / "bad.jsonl").read_text()
    assert '"_line": 2' in bad
    assert "邮件, 网页; leave it empty, or rename its column, to block on each" in bad


def test_what_beside_the_number_says_nothing_to_us_keeps_no_number_callable(
    registry: Registry, tmp_path: Path
) -> None:
    """A province is no country and a way of its own no error: the number counts, the word stays."""
    path = tmp_path / "list.csv"
    rows = "13800138000,广东,中国,APP推送\n13900139000,,+86,\n13700137000,,XX,鸽子\n"
    path.write_text("手机号,地区,国家,渠道\n" + rows, encoding="utf-8")
    done = import_list(registry, path, tmp_path / "bad.csv")
    assert (done.recorded, done.quarantined) == (3, 0)
    listed = list_opt_outs(registry, Filter("acme"))
    assert {one.opt_out.intake for one in listed} == {Intake.IMPORT}
    assert sorted(one.text for one in listed) == ["", "APP推送", "鸽子"]
    countries = tmp_path / "countries.csv"
    countries.write_text("手机号,国家\n91234567,中国香港\n0912345678,886\n", encoding="utf-8")
    assert import_list(registry, countries, tmp_path / "bad.csv").recorded == 2
    for number in ("+85291234567", "+886912345678"):
        assert not registry.check(Contact("acme"), [parse_subject(number)]).allowed


def test_a_request_in_the_future_is_put_away(registry: Registry, tmp_path: Path) -> None:
    """Nobody has asked yet; by a clock that is a little ahead they have."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    soon = datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(seconds=30)
    path.write_text(
        "手机号,时间,recorded_at\n13000000003,2126-01-01,\n13000000004,,2126-01-01\n"
        f"13000000005,{soon.isoformat()},\n"
    )
    done = import_list(registry, path, bad)
    assert (done.recorded, done.quarantined) == (1, 2)
    text = bad.read_text("utf-8")
    assert "requested_at: lies in the future" in text
    assert "recorded_at: lies in the future" in text


def test_an_end_counts_with_a_legal_basis_alone(registry: Registry, tmp_path: Path) -> None:
    """An end without one is told and blocks for good; what is over is put away, not dropped."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    day = datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=30)
    basis = '"{""legal_basis"": ""subject_named_a_time""}"'
    body = (
        f"13000000001,{day},{basis}\n13000000002,{day},\n13000000003,2020-01-01,{basis}\n"
        f"13000000004,永久,\n13000000005,3个月,{basis}\n"
    )
    path.write_text("手机号,失效时间,facts\n" + body)
    assert look_at_list(path).unread == ()
    done = import_list(registry, path, bad)
    assert (done.recorded, done.for_good, done.quarantined) == (3, 1, 2)
    ends = [record.until_us for record in listed_opt_outs(registry, Filter("acme"))]
    midnight = datetime.combine(day + timedelta(days=1), time_of_day.min, ZoneInfo("Asia/Shanghai"))
    assert ends == [int(midnight.timestamp()) * 1_000_000, 0, 0]
    text = bad.read_text("utf-8")
    assert "until: lies in the past" in text
    assert "until: is no time" in text
    other = tmp_path / "other.csv"
    other.write_text("手机号,失效时间,facts,姓名\n" + body)
    assert import_list(registry, other, tmp_path / "worse.csv").known == 3


def test_half_a_surrogate_pair_spoils_its_row_alone(registry: Registry, tmp_path: Path) -> None:
    """Wherever it stands in a row, that row is put away and all others are recorded."""
    path = tmp_path / "list.jsonl"
    path.write_text(
        '{"phone": "13200000001"}\n'
        '{"phone": "a\\ud800b@x.com"}\n'
        '{"phone": "wechat:\\ud83dabc"}\n'
        '{"phone": "13200000003", "text": "\\ud800"}\n'
        '{"phone": "13200000004", "scope_reach": "campaign", "scope_name": "\\ud800"}\n'
        '{"phone": "13200000005", "record_id": "\\ud800"}\n'
        r'{"phone": "13200000006", "context": "[{\"speaker\":\"bot\",\"text\":\"\\ud800\"}]"}'
        '\n{"phone": "13200000002"}\n'
    )
    done = import_list(registry, path, tmp_path / "bad.jsonl")
    assert (done.recorded, done.quarantined) == (2, 6)
    problems = [json.loads(line) for line in (tmp_path / "bad.jsonl").read_text().splitlines()]
    assert [row["_line"] for row in problems] == [2, 3, 4, 5, 6, 7]
    assert "half a surrogate pair" in problems[0]["_problem"]


def test_two_runs_at_once_do_not_both_go_on(registry: Registry, tmp_path: Path) -> None:
    """A second run over the same list ends with an error, and no row is recorded twice."""
    path = tmp_path / "list.csv"
    path.write_text("号码\n" + "".join(f"1380013{i:04d}\n" for i in range(3000)))
    other = job_of(registry, path)

    def meanwhile(progress: ImportProgress) -> None:
        if progress.recorded == 1000:
            other.run(tmp_path / "other.csv", lambda _progress: None)

    with pytest.raises(ListError, match="another run"):
        job_of(registry, path).run(tmp_path / "bad.csv", meanwhile)
    assert registry.store.read(lambda view: view.count(OPT_OUTS)) == 3000


CHILD = """
import sys
from pathlib import Path
from zoneinfo import ZoneInfo
from classifier.optouts.subjects.keys import keys_from_file
from classifier.optouts.lists.importer import ListImport
from classifier.optouts.lists.list_entries import Origin
from classifier.optouts.lists.list_file import look_at_list
from classifier.optouts.open_registry import open_registry

place, keys, path, bad = sys.argv[1:]
registry = open_registry(place, keys_from_file(Path(keys)))
shape = look_at_list(Path(path))
origin = Origin("acme", "lin", shape.digest, "CN", ZoneInfo("Asia/Shanghai"))
ListImport(registry, shape, origin).run(Path(bad), lambda p: print(p.line, flush=True))
print("done", flush=True)
"""


def test_a_killed_import_goes_on_where_it_was(
    place: str, key_file: Path, registry: Registry, tmp_path: Path
) -> None:
    """Killed again and again, an import ends as if it had never been: no row lost, none twice."""
    path, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    rows = 6000
    lines = [f"1380{i:07d}" if i % 10 else f"bad{i}" for i in range(rows)]
    path.write_text("号码\n" + "\n".join(lines) + "\n")
    kills = 0
    for delay in (0.0, 0.05, 0.15, 0.3, None):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, place, str(key_file), str(path), str(bad)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        with child, child.stdout:
            if delay is None:
                assert child.stdout.read().endswith("done\n")
                continue
            child.stdout.readline()
            time.sleep(delay)
            kills += child.poll() is None
            child.kill()
    assert kills >= 2
    opt_outs = registry.store.read(lambda view: view.count(OPT_OUTS))
    assert opt_outs == rows - rows // 10
    assert len({record.subject_id for record in all_opt_outs(registry)}) == opt_outs
    with bad.open(encoding="utf-8-sig", newline="") as file:
        put_away = [int(row["_line"]) for row in csv.DictReader(file)]
    assert put_away == [i + 2 for i in range(0, rows, 10)]


def all_opt_outs(registry: Registry) -> list[OptOut]:
    return listed_opt_outs(registry, Filter("acme", states=[OptOutState.ACTIVE], limit=1_000_000))
