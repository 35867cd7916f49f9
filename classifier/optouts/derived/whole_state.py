"""Every derived table and event kind of the registry, put together."""

from classifier.optouts.derived import (
    caller_cases,
    caller_counts,
    case_book,
    data_handling,
    opt_outs,
    review_queue,
)
from classifier.optouts.events.event_kinds import DerivedState, derived_state

_KINDS = (
    *opt_outs.KINDS,
    *caller_cases.SUSPENSION_KINDS,
    *review_queue.KINDS,
    *case_book.KINDS,
    *caller_counts.KINDS,
    *caller_cases.KINDS,
    *opt_outs.NOTICE_KINDS,
    *data_handling.KINDS,
)


def whole_state() -> DerivedState:
    """Return all that is derived from events; a module with tables of its own is added here."""
    tables = (
        opt_outs.OPT_OUTS,
        caller_cases.SUSPENSIONS,
        review_queue.REVIEWS,
        case_book.CASES,
        caller_counts.CALLER_HOURS,
        caller_cases.CALLER_CASES,
        opt_outs.CONFIRMATIONS,
        opt_outs.NOTICE_TEXTS,
        data_handling.LIST_IMPORTS,
    )
    return derived_state(tables, _KINDS)
