"""Bots and campaigns as a table for people or as JSON."""

from collections.abc import Iterable

from classifier.optouts.desk.caller_desk import CallerStatus
from cli.optouts.tables import iso_time, local_time, print_table
from cli.output import print_json

_HOUR = 3600


def print_callers(title: str, found: Iterable[CallerStatus], *, as_json: bool) -> None:
    """Print bots and campaigns, a row for each window.

    Args:
        title: Above the table.
        found: In the order of the rows.
        as_json: One JSON object a line instead.
    """
    if as_json:
        for status in found:
            print_json({
                "kind": status.kind,
                "name": status.name,
                "state": _state(status),
                "since": iso_time(status.since_us),
                "case_id": status.case_id or None,
                "cause": status.cause or None,
                "rates": {str(seconds): counts for seconds, counts in status.rates.items()},
            })
        return
    headings = (
        "kind", "name", "state", "since", "cause", "window", "contacts", "blocked", "opt-outs",
        "complaints", "privacy", "ignored",
    )  # fmt: skip
    rows = (
        (
            status.kind,
            status.name,
            _state(status),
            local_time(status.since_us),
            status.cause or "-",
            f"{seconds // _HOUR} h",
            *counts.values(),
        )
        for status in found
        for seconds, counts in status.rates.items()
    )
    print_table(title, headings, rows)


def _state(status: CallerStatus) -> str:
    return status.state.value if status.state else "active"
