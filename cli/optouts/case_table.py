"""Cases as a table for people or as JSON."""

from collections.abc import Sequence

from classifier.optouts.desk.case import Case
from classifier.optouts.desk.cases import Cases
from cli.optouts.tables import iso_time, local_time, print_table
from cli.output import print_json


def print_cases(book: Cases, title: str, cases: Sequence[Case], *, as_json: bool) -> None:
    """Print cases with what was said, answered and noted.

    Args:
        book: Theirs.
        title: Above the table.
        cases: In the order of the rows.
        as_json: One JSON object a line instead.
    """
    found = list(zip(cases, book.texts(cases), strict=True))
    if as_json:
        for case, texts in found:
            print_json({
                "case_id": case.case_id,
                "kind": case.kind.value,
                "state": case.state.value,
                "text": "\n".join(texts.said),
                "answer": "\n".join(texts.answers),
                "note": texts.note,
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
        return
    headings = (
        "id", "kind", "state", "what was said", "about", "opened", "due", "answered", "closing",
        "answer, note",
    )  # fmt: skip
    rows = (
        (
            case.case_id,
            case.kind.value,
            case.state.value,
            "\n".join(texts.said) or "-",
            case.caller or case.campaign or "-",
            local_time(case.opened_us),
            local_time(case.due_us),
            local_time(case.answered_us),
            case.closing.value if case.closing else "-",
            "\n".join(filter(None, (*texts.answers, texts.note))) or "-",
        )
        for case, texts in found
    )
    print_table(title, headings, rows)
