"""Whoever meets what was altered behind the registry's back is told what to do."""

import io
from collections.abc import Callable
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from classifier.errors import StoreError
from classifier.optouts.desk.caller_desk import Callers, CallerStep
from classifier.optouts.listing import Filter, list_events, list_opt_outs
from classifier.optouts.lists.exporter import Export, export_list
from classifier.optouts.policy.policy_file import read_policies
from classifier.optouts.records import OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.report.report_month import events_of, report_month
from classifier.optouts.times import moment
from tests.classifier.optouts.audit.conftest import tamper

_LATEST = "9223372036854775807"


def _export(registry: Registry) -> None:
    out = io.BytesIO()
    export_list(registry, Export("acme", "clerk", UTC), out, lambda _written: None)


def _list(registry: Registry) -> None:
    list_opt_outs(registry, Filter("acme"))


def _list_events(registry: Registry) -> None:
    list_events(registry, Filter("acme"))


@pytest.mark.parametrize("use", [_list, _export])
@pytest.mark.parametrize(
    "change", ["state = 'gone-astray'", f"until_us = {_LATEST}", f"since_us = {_LATEST}"]
)
def test_altered_row(filled: Registry, change: str, use: Callable[[Registry], None]) -> None:
    """A row that says what none can say is named, and its values are not told."""
    tamper(filled, "UPDATE opt_outs SET $ WHERE record = 4".replace("$", change))
    with pytest.raises(StoreError, match=r"opt_outs \(4\) .* verify`, then .* rebuild`") as caught:
        use(filled)
    assert "astray" not in f"{caught.value}{caught.value.__cause__}"
    assert filled.store.rebuild() > 0
    use(filled)


def test_altered_caller_case(filled: Registry) -> None:
    """The row of a caller's case is held to the same."""
    callers = Callers(filled, read_policies())
    status = callers.suspend(CallerStep("acme", "s1", "clerk", "caller", "bot-7", "complaints"))
    tamper(filled, "UPDATE caller_cases SET state = 'foo'")
    with pytest.raises(StoreError, match=rf"caller_cases \({status.case_id}\)"):
        callers.list("acme")


@pytest.mark.parametrize(
    ("change", "use"),
    [
        (f"time_us = {_LATEST}", _export),
        (f"time_us = {_LATEST}", _list_events),
        ("payload = '{}'", _list),
        ("payload = '{}'", _export),
        ("payload = '[5]'", _list),
        ("decided = 'x'", _list),
    ],
)
def test_damaged_event(filled: Registry, change: str, use: Callable[[Registry], None]) -> None:
    """An event that cannot be read as it was written is named."""
    tamper(filled, "UPDATE events SET $ WHERE seq = 4".replace("$", change))
    with pytest.raises(StoreError, match=r"event.* \(?4\)? cannot be read; .* restore a backup"):
        use(filled)


def test_an_event_that_is_gone(filled: Registry, ask: Callable[..., OptOutRequest]) -> None:
    """It is named; other subjects are recorded, and a report passes it over."""
    ((event, _hash),) = list_events(filled, Filter("acme", limit=1))
    tamper(filled, "DELETE FROM events WHERE seq = 4")
    with pytest.raises(StoreError, match="event 4 is gone; run `wurao optouts verify`"):
        _list(filled)
    filled.record(ask(20))
    month = report_month(f"{moment(event.time_us):%Y-%m}", ZoneInfo("UTC"))
    assert {one.seq for one in events_of(filled, "acme", month)} >= {3, 5}
