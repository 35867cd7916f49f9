"""Holds each bot and campaign against the limits of the policy, as events come in."""

from classifier.optouts.derived.caller_cases import (
    CALLER_CASES,
    PROPOSED,
    SUSPENDED,
    of_caller,
    open_case,
)
from classifier.optouts.derived.caller_counts import CALLER_HOURS, HOUR_US, callers_in, callers_of
from classifier.optouts.derived.case_book import ADDED, OPENED
from classifier.optouts.derived.opt_outs import RECORDED
from classifier.optouts.events.event import Draft, Event
from classifier.optouts.events.tables import Row, Where
from classifier.optouts.policy.policy import Policy
from classifier.optouts.policy.policy_rules import CallerLimit
from classifier.optouts.records import CLOCK_SKEW_MICROSECONDS
from classifier.optouts.store import Transaction, View

POLICY = "policy"
"""Who acts where the policy does."""


def watch_limits(transaction: Transaction, event: Event, policy: Policy) -> None:
    """Propose or make the suspension of whoever this event has taken over a limit.

    What a person has released or dismissed is counted anew from the next hour on.

    Args:
        transaction: The event's own.
        event: A new record, a new case, or what was added to one.
        policy: Of its tenant.
    """
    asked = event.asked()
    if event.kind == RECORDED:
        callers = callers_of(asked["facts"])
    elif event.kind in {OPENED, ADDED}:
        callers = callers_in(asked)
    else:
        return
    for kind, name in callers:
        limit, counted, contacts = passed_limit(transaction, event, kind, name, policy)
        if limit is None:
            continue
        case = open_case(transaction, event.tenant, kind, name)
        if case is not None and (case["suspended_us"] or not limit.suspends):
            continue
        transaction.append(
            Draft(
                kind=SUSPENDED if limit.suspends else PROPOSED,
                tenant=event.tenant,
                actor=POLICY,
                payload={"kind": kind, "name": name, "cause": limit.name},
                decided={"counted": counted, "contacts": contacts, "policy": policy.version},
            )
        )


def passed_limit(
    view: View, event: Event, kind: str, name: str, policy: Policy
) -> tuple[CallerLimit | None, int, int]:
    """Return the gravest limit that a caller has passed, with what was counted.

    Args:
        view: To count in.
        event: The windows end with its hour.
        kind: ``caller`` or ``campaign``.
        name: Of the caller.
        policy: Of its tenant.

    Returns:
        The limit, or None; its count and the contacts in its window.
    """
    found: tuple[CallerLimit | None, int, int] = (None, 0, 0)
    limits = [limit for limit in policy.caller_limits if kind in limit.of]
    if not limits:
        return found
    longest = max(limit.window for limit in limits)
    rows = hours_of(view, event.tenant, kind, name, event.time_us, int(longest.total_seconds()))
    decided_hour = _last_decision_us(view, event, kind, name) // HOUR_US
    rows = [row for row in rows if row["hour"] > decided_hour]
    for limit in limits:
        counts = totals(rows, event.time_us, int(limit.window.total_seconds()))
        counted, contacts = counts[limit.counts], counts["contacts"]
        if limit.passed(counted, contacts):
            if limit.suspends:
                return limit, counted, contacts
            found = (limit, counted, contacts) if found[0] is None else found
    return found


def hours_of(view: View, tenant: str, kind: str, name: str, now_us: int, seconds: int) -> list[Row]:
    """Return the hours of a caller that a window touches.

    Args:
        view: To look in.
        tenant: Whose.
        kind: ``caller`` or ``campaign``.
        name: Of the caller.
        now_us: End of the window.
        seconds: Length of the window.
    """
    inside = [
        Where("hour", ">", _last_before(now_us, seconds)),
        # What a clock that was ahead left would stand in every window until that time is past.
        Where("hour", "<=", (now_us + CLOCK_SKEW_MICROSECONDS) // HOUR_US),
    ]
    return view.rows(CALLER_HOURS, [*of_caller(tenant, kind, name), *inside])


def totals(rows: list[Row], now_us: int, seconds: int) -> dict[str, int]:
    """Return the sum of each count over a window, whole hours at its beginning.

    Args:
        rows: Of `hours_of`, for this window or a longer one.
        now_us: End of the window.
        seconds: Length of the window.
    """
    first = _last_before(now_us, seconds)
    inside = [row for row in rows if row["hour"] > first]
    return {count: sum(row[count] for row in inside) for count in CALLER_HOURS.columns[4:]}


def _last_decision_us(view: View, event: Event, kind: str, name: str) -> int:
    # One of a clock that was ahead would mute the limits until that time comes.
    past = Where("closed_us", "<=", event.time_us + CLOCK_SKEW_MICROSECONDS)
    rows = view.rows(CALLER_CASES, [*of_caller(event.tenant, kind, name), past])
    return max((row["closed_us"] for row in rows), default=0)


def _last_before(now_us: int, seconds: int) -> int:
    return (now_us - seconds * 1_000_000) // HOUR_US
