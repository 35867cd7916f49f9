"""Opt-outs and what belongs to them, as a table for people or as JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from classifier.optouts.audit.findings import Finding
from classifier.optouts.derived.review_queue import ReviewState
from classifier.optouts.listing import RecordedOptOut, get_opt_out
from classifier.optouts.records import OptOutState, Scope
from classifier.optouts.times import moment, now_us
from cli.optouts.desk import Desk
from cli.output import print_json, printable, table_console

_STYLES = {
    "active": "bold red",
    "under_review": "bold red",
    "no": "bold red",
    "yes": "green",
    "revoked": "dim",
    "open": "yellow",
    "suspended": "bold red",
}


def print_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table, in colour on a terminal.

    Args:
        title: Above it.
        headings: Of the columns.
        rows: A cell for each column; known states are coloured.
    """
    table = Table(title=printable(title))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(_cell, row))
    table_console().print(table)


def print_findings(title: str, findings: Iterable[Finding]) -> None:
    """Print what an audit found.

    Args:
        title: Above it.
        findings: In its order.
    """
    rows = ((one.fault, one.place, one.detail) for one in findings)
    print_table(title, ("fault", "number", "detail"), rows)


def _cell(content: object) -> Text:
    text = str(content)
    lines = map(printable, text.split("\n"))
    return Text("\n".join(lines), style=_STYLES.get(text, ""))


def local_time(microseconds: int) -> str:
    """Return a time in the zone of this machine; a dash for 0.

    Args:
        microseconds: Since 1970.
    """
    if not microseconds:
        return "-"
    return moment(microseconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def iso_time(microseconds: int) -> str | None:
    """Return a time in UTC as ISO 8601; None for 0.

    Args:
        microseconds: Since 1970.
    """
    return moment(microseconds).isoformat() if microseconds else None


def _in_words(scope: Scope) -> str:
    reach = f"{scope.reach} {scope.name}".strip()
    return f"{reach}, {scope.channel} only" if scope.channel else reach


def opt_out_to_dict(recorded: RecordedOptOut) -> dict[str, Any]:
    """Return an opt-out as plain data; its subject is masked.

    Args:
        recorded: From a listing.
    """
    opt_out, facts = recorded.opt_out, recorded.facts
    return {
        "opt_out_id": opt_out.record_id,
        "subject_id": opt_out.subject_id,
        "subject": recorded.subject.masked if recorded.subject else None,
        "state": _standing(recorded),
        "review_id": opt_out.record_id if recorded.review else None,
        "scope": {
            "reach": opt_out.scope.reach.value,
            "name": opt_out.scope.name,
            "channel": opt_out.scope.channel and opt_out.scope.channel.value,
        },
        "intake": opt_out.intake.value,
        "requested_at": iso_time(recorded.requested_us),
        "effective_at": iso_time(opt_out.since_us),
        "expires_at": iso_time(opt_out.until_us),
        "reasons": [reason.value for reason in recorded.reasons],
        "actor": recorded.actor,
        "facts": facts.to_json(),
        "ruling": recorded.ruling,
        "etag": opt_out.etag,
    }


def _standing(recorded: RecordedOptOut) -> str:
    """Return how an opt-out stands, as `OptOut.state` says it over gRPC."""
    state = recorded.opt_out.standing(now_us())
    if state is OptOutState.ACTIVE and recorded.review is ReviewState.OPEN:
        return "under_review"
    return state.value


def print_records(desk: Desk, title: str, ids: Iterable[int], *, as_json: bool) -> None:
    """Print opt-outs as they stand now.

    Args:
        desk: Where they are.
        title: Above the table.
        ids: Theirs, in the order of the rows.
        as_json: One JSON object a line instead.
    """
    found = [get_opt_out(desk.registry, desk.tenant, one) for one in ids]
    print_opt_outs(title, found, as_json=as_json)


def print_opt_outs(title: str, found: Iterable[RecordedOptOut], *, as_json: bool = False) -> None:
    """Print a table of opt-outs; subjects are masked.

    Args:
        title: Above it.
        found: In the order of the rows.
        as_json: One JSON object a line instead.
    """
    if as_json:
        for one in found:
            print_json(opt_out_to_dict(one))
        return
    headings = ("id", "subject", "state", "scope", "by", "since", "until", "recorded by")
    rows = (
        (
            one.opt_out.record_id,
            one.subject.masked if one.subject else "erased",
            _standing(one),
            _in_words(one.opt_out.scope),
            one.opt_out.intake.value,
            local_time(one.opt_out.since_us),
            local_time(one.opt_out.until_us),
            one.actor,
        )
        for one in found
    )
    print_table(title, headings, rows)
