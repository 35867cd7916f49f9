"""Every derived table and event kind of the registry, put together."""

from classifier.optouts import callers, opt_outs
from classifier.optouts.event_kinds import DerivedState, derived_state


def whole_state() -> DerivedState:
    """Return all that is derived from events; a module with tables of its own is added here."""
    tables = (opt_outs.OPT_OUTS, callers.SUSPENSIONS)
    return derived_state(tables, (*opt_outs.KINDS, *callers.KINDS))
