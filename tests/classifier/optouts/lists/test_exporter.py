"""Exports: safe to open, complete enough to come back."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from classifier.optouts.derived.data_handling import LIST_EXPORTED
from classifier.optouts.listing import Filter, list_opt_outs
from classifier.optouts.lists.exporter import Export, ListFormat, export_list
from classifier.optouts.lists.importer import ListImport
from classifier.optouts.lists.list_entries import Origin
from classifier.optouts.lists.list_file import look_at_list
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import Intake, OptOutRequest, Reach, Scope
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.subject import parse_subject
from classifier.optouts.times import now_us
from classifier.turns import Channel, ContextTurn, Reason, Speaker
from tests.classifier.optouts.conftest import clock_ahead, listed_events, listed_opt_outs

SHANGHAI = ZoneInfo("Asia/Shanghai")
SCORES = {"opt_out": 0.123456789, "complaint": 0.5, "normal": 0.376543211}
Ask = Callable[..., OptOutRequest]


def fill(registry: Registry, ask: Ask) -> None:
    """Record what is hard to write down."""
    context = (ContextTurn(Speaker.BOT, '您好,\n"要取消吗"'), ContextTurn(Speaker.USER, "="))
    registry.record(
        ask(1, text='=1+1,"引号"\n第二行', context=context, detected_us=1_700_000_000_123_456)
    )
    registry.record(
        ask(2, scope=Scope(Reach.CAMPAIGN, "@春", Channel.SMS), intake=Intake.REGULATOR, text="+1")
    )
    facts = {"caller": "机器人", "scores": SCORES, "list": [1, {"a": None}]}
    registry.record(ask(3, reasons=(Reason.HARASSMENT, Reason.LEGAL), facts=facts, text="'"))
    registry.record(ask(4, subject=parse_subject("Zhang.San@Example.com"), text=""))
    registry.record(
        ask(5, subject=parse_subject("wechat:-openId_1"), scope=Scope(Reach.PURPOSE, "x"))
    )


def export(
    registry: Registry, form: ListFormat, tenant: str = "acme", *, texts: bool = True, **more: bool
) -> bytes:
    """Export with texts."""
    out = io.BytesIO()
    wanted = Export(tenant, "lin", SHANGHAI, form, texts=texts, **more)
    export_list(registry, wanted, out, lambda _count: None)
    return out.getvalue()


@pytest.mark.parametrize("form", list(ListFormat))
def test_a_round_trip_loses_nothing(
    registry: Registry, second_registry: Registry, ask: Ask, form: ListFormat, tmp_path: Path
) -> None:
    """What one registry exports another imports, and exports the same again but for its numbers."""
    fill(registry, ask)
    first = tmp_path / f"first.{form}"
    first.write_bytes(export(registry, form))
    shape = look_at_list(first)
    assert shape.unread == ()
    origin = Origin("acme", "lin", shape.digest, "CN", SHANGHAI)
    done = ListImport(second_registry, shape, origin).run(tmp_path / "bad", lambda _p: None)
    assert (done.recorded, done.quarantined) == (5, 0)
    second = tmp_path / f"second.{form}"
    second.write_bytes(export(second_registry, form))
    assert _cells(first) == _cells(second)


def test_a_spreadsheet_opens_it_and_runs_nothing(registry: Registry, ask: Ask) -> None:
    """CSV begins with the mark of UTF-8, and no cell in it begins a formula."""
    fill(registry, ask)
    content = export(registry, ListFormat.CSV)
    assert content.startswith(b"\xef\xbb\xbf")
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row), row
    assert "'+8613800000001" in content.decode()


def test_who_took_the_numbers_out_is_an_event(registry: Registry, ask: Ask) -> None:
    """An export is in the log with its actor, and texts go out only where they were asked for."""
    fill(registry, ask)
    assert "引号" not in export(registry, ListFormat.CSV, texts=False).decode()
    (event,) = listed_events(registry, Filter("acme", kinds=[LIST_EXPORTED]))
    assert (event.actor, event.asked()["texts"]) == ("lin", False)


def test_revoked_records_go_out_only_where_asked_for(registry: Registry, ask: Ask) -> None:
    """The list is what blocks; its history goes out on request."""
    fill(registry, ask)
    subject = parse_subject("+8613800000001")
    registry.revoke(Revocation("acme", "x1", "lin", "opted_in", subject=subject))
    assert len(export(registry, ListFormat.JSON_LINES).splitlines()) == 4
    assert len(export(registry, ListFormat.JSON_LINES, every_state=True).splitlines()) == 5


def test_ended_records_go_out_only_where_asked_for(registry: Registry, ask: Ask) -> None:
    """What is past its end blocks nobody: it is no part of the list, and called expired."""
    facts = {"legal_basis": "subject_named_a_time", "until_us": ends_us(30)}
    registry.record(ask(1, facts=facts))
    registry.record(ask(2))
    assert len(export(registry, ListFormat.JSON_LINES).splitlines()) == 2
    with clock_ahead(40 * 86_400_000_000):
        (row,) = export(registry, ListFormat.JSON_LINES).splitlines()
        rows = export(registry, ListFormat.JSON_LINES, every_state=True).splitlines()
    assert json.loads(row)["subject"] == "+8613800000002"
    assert [json.loads(row)["state"] for row in rows] == ["expired", "active"]


@pytest.mark.parametrize("form", list(ListFormat))
def test_ends_come_back_as_they_were(
    registry: Registry, second_registry: Registry, ask: Ask, form: ListFormat, tmp_path: Path
) -> None:
    """To the microsecond, at midnight, cut by policy or refused by it: what stands is the end."""
    midnight = datetime.combine(datetime.now(SHANGHAI), time_of_day.min, SHANGHAI)
    midnight_us = int((midnight + timedelta(days=30)).timestamp()) * 1_000_000
    basis = {"legal_basis": "subject_named_a_time"}
    for i, end_us in enumerate((midnight_us, midnight_us + 1, ends_us(1_000))):
        registry.record(ask(i, facts=basis | {"until_us": end_us}))
    registry.record(ask(4, facts={"until_us": 1_600_000_000_000_000}))
    path = tmp_path / f"list.{form}"
    path.write_bytes(export(registry, form))
    shape = look_at_list(path)
    origin = Origin("acme", "lin", shape.digest, "CN", ZoneInfo("UTC"))
    for place, (recorded, known) in ((second_registry, (4, 0)), (registry, (0, 4))):
        done = ListImport(place, shape, origin).run(tmp_path / "bad", lambda _p: None)
        assert (done.recorded, done.known, done.quarantined) == (recorded, known, 0)
    ends = [one.until_us for one in listed_opt_outs(registry, Filter("acme"))]
    assert ends[:2] == [midnight_us, midnight_us + 1]
    assert ends[3] == 0
    assert [one.until_us for one in listed_opt_outs(second_registry, Filter("acme"))] == ends


def test_when_it_was_asked_goes_out_however_it_came(
    registry: Registry, second_registry: Registry, ask: Ask, tmp_path: Path
) -> None:
    """What a bot heard was asked when it was recorded; a list that comes from there says so too."""
    opt_out = registry.record(ask(1))
    path = tmp_path / "list.jsonl"
    path.write_bytes(export(registry, ListFormat.JSON_LINES))
    shape = look_at_list(path)
    origin = Origin("acme", "lin", shape.digest, "CN", SHANGHAI)
    for place, (recorded, known) in ((second_registry, (1, 0)), (registry, (0, 1))):
        done = ListImport(place, shape, origin).run(tmp_path / "bad", lambda _p: None)
        assert (done.recorded, done.known, done.quarantined) == (recorded, known, 0)
    (listed,) = list_opt_outs(second_registry, Filter("acme"))
    assert listed.requested_us == opt_out.since_us
    older = tmp_path / "older.jsonl"
    row = json.loads(path.read_text("utf-8"))
    older.write_text(json.dumps({name: row[name] for name in row if name != "requested_at"}))
    shape = look_at_list(older)
    origin = Origin("beta", "lin", shape.digest, "CN", SHANGHAI)
    ListImport(second_registry, shape, origin).run(tmp_path / "bad", lambda _p: None)
    again = json.loads(export(second_registry, ListFormat.JSON_LINES, tenant="beta"))
    assert again["requested_at"] == row["requested_at"]


def ends_us(days: int) -> int:
    """Return a time to come, microseconds since 1970."""
    return now_us() + days * 86_400_000_000


def test_a_tenant_exports_its_own(registry: Registry, ask: Ask) -> None:
    """Nobody takes out the list of another tenant."""
    registry.record(ask(1, tenant="other"))
    assert export(registry, ListFormat.JSON_LINES) == b""


def _cells(path: Path) -> list[dict[str, str]]:
    rows = []
    for row in look_at_list(path).rows():
        cells = {column.value: cell for column, cell in row.cells.items()} | dict(row.contacts)
        cells.pop("record_id")
        rows.append(cells)
    return rows
