"""Cases as a table for people or as JSON."""

from collections.abc import Iterable

from classifier.optouts.desk.case import Case
from cli.optouts.desk import Desk
from cli.optouts.tables import iso_time, local_time, print_table
from cli.output import print_json


def print_cases(desk: Desk, title: str, cases: Iterable[Case], *, as_json: bool) -> None:
    """Print cases with what was said.

    Args:
        desk: Whose.
        title: Above the table.
        cases: In the order of the rows.
        as_json: One JSON object a line instead.
    """
    from classifier.optouts.desk.cases import Cases

    book, rows = Cases(desk.registry, desk.policies), []
    for case in cases:
        said = book.said(case)
        if as_json:
            print_json({
                "case_id": case.case_id,
                "kind": case.kind.value,
                "state": case.state.value,
                "text": said,
                "subject_id": case.subject_id or None,
                "opt_out_id": case.record_id or None,
                "caller": case.caller or None,
                "campaign": case.campaign or None,
                "opened_at": iso_time(case.opened_us),
                "due_at": iso_time(case.due_us),
                "answered_at": iso_time(case.answered_us),
                "closed_at": iso_time(case.closed_us),
                "closing": case.closing and case.closing.value,
                "etag": case.etag,
            })
            continue
        rows.append((
            case.case_id,
            case.kind.value,
            case.state.value,
            said or "-",
            case.caller or case.campaign or "-",
            local_time(case.opened_us),
            local_time(case.due_us),
            local_time(case.answered_us),
            case.closing.value if case.closing else "-",
        ))
    if not as_json:
        headings = (
            "id", "kind", "state", "what was said", "about", "opened", "due", "answered", "closing",
        )  # fmt: skip
        print_table(title, headings, rows)
