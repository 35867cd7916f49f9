"""Every derived table and event kind of the registry, put together."""

from classifier.optouts.derived import (
    caller_cases,
    caller_counts,
    callers,
    case_book,
    confirmations,
    list_imports,
    opt_outs,
    purges,
    review_queue,
    subject_events,
)
from classifier.optouts.events.event_kinds import DerivedState, derived_state

_MODULES = (
    opt_outs,
    callers,
    review_queue,
    case_book,
    caller_counts,
    caller_cases,
    confirmations,
    list_imports,
    purges,
    subject_events,
)


def whole_state() -> DerivedState:
    """Return all that is derived from events; a module with tables of its own is added here."""
    tables = (
        opt_outs.OPT_OUTS,
        callers.SUSPENSIONS,
        review_queue.REVIEWS,
        case_book.CASES,
        caller_counts.CALLER_HOURS,
        caller_cases.CALLER_CASES,
        confirmations.CONFIRMATIONS,
        list_imports.LIST_IMPORTS,
    )
    return derived_state(tables, (kind for module in _MODULES for kind in module.KINDS))
