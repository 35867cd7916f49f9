"""What people do is proven by the chain like the list itself."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from classifier.optouts.derived.whole_state import whole_state
from classifier.optouts.desk.caller_desk import Callers, CallerStep
from classifier.optouts.desk.notice_desk import NoticeDesk, Operator
from classifier.optouts.events.tables import Row, Table
from classifier.optouts.listing import Filter
from classifier.optouts.lists.importer import ListImport
from classifier.optouts.lists.list_entries import Origin
from classifier.optouts.lists.list_file import look_at_list
from classifier.optouts.policy.notices import read_notices
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.registry import Registry
from classifier.optouts.store import Transaction
from classifier.optouts.subjects.subject import parse_subject
from classifier.optouts.upkeep.retention import Retention
from classifier.turns import Channel
from tests.classifier.optouts.conftest import clock_ahead, listed_opt_outs


def tables(registry: Registry) -> dict[str, list[Row]]:
    """Return every derived row."""
    return registry.store.read(
        lambda view: {table.name: view.rows(table) for table in whole_state().tables}
    )


@pytest.fixture
def full(busy: Registry, policies: Policies, tmp_path: Path) -> Registry:
    """A registry after a month, an import and a confirmation: every derived table has rows."""
    path = tmp_path / "list.csv"
    path.write_text("号码\n13800138000\nabc\n")
    shape = look_at_list(path)
    origin = Origin("acme", "lin", shape.digest, "CN", ZoneInfo("Asia/Shanghai"))
    ListImport(busy, shape, origin).run(tmp_path / "bad.csv", lambda _progress: None)
    desk = NoticeDesk(busy, policies, read_notices(), Operator("某公司", "95000"))
    (record,) = listed_opt_outs(busy, Filter("acme", parse_subject("13800138000")))
    desk.confirm("acme", "confirm", "bot-7", record.record_id, Channel.SMS)
    step = CallerStep("acme", "suspend", "lin", "campaign", "夏", "投诉过多")
    Callers(busy, policies).suspend(step)
    return busy


@pytest.fixture
def used(full: Registry, policies: Policies) -> Registry:
    """The same after a purge of six years later."""
    with clock_ahead(6 * 366 * 86_400_000_000):
        purged = Retention(full, policies).purge("acme", "lin", dry_run=False)
    assert sum(found.count for found in purged) > 4
    return full


def test_everything_verifies(used: Registry) -> None:
    """After reviews, cases, suspensions, an import and a purge the store still verifies whole."""
    verification = used.store.verify()
    assert verification.findings == ()
    assert verification.complete


def test_a_rebuild_gives_the_same_rows(used: Registry) -> None:
    """Every derived row, rebuilt from the events alone, is the row that stood there."""
    before = tables(used)
    assert used.store.rebuild() == 0
    assert tables(used) == before
    assert sum(map(len, before.values())) > 10


@pytest.mark.parametrize("table", whole_state().tables, ids=lambda table: table.name)
def test_a_row_that_was_removed_is_found_and_comes_back(full: Registry, table: Table) -> None:
    """Whoever removes a review, case, count or record behind our back is found out."""
    rows = tables(full)[table.name]

    def remove(transaction: Transaction) -> None:
        transaction.delete(table, {column: rows[0][column] for column in table.key})

    full.store.write(remove)
    findings = full.store.verify().findings
    assert len(findings) == 1
    assert table.name in str(findings[0])
    assert full.store.rebuild() == 1
    assert tables(full)[table.name] == rows
