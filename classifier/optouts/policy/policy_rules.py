"""The rules of a policy: what repeats and complaints change, ends of opt-outs, caller limits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from classifier.optouts.policy.periods import Period
from classifier.turns import Reason

CALLER_KINDS = ("caller", "campaign")
"""Of whom contacts are counted and limited: bots and campaigns."""

MOST_RULE_RISK = 100
"""The most that rules add to the risk of a review, each and all together."""


@dataclass(frozen=True, slots=True)
class SubjectHistory:
    """What the rules look at: one subject's requests and grievances, this one included.

    Attributes:
        requests: When each opt-out request came.
        complained: Whether this turn is a complaint, or a case holds one.
        reasons: Why the subject objects this time; privacy also where a case is about that.
    """

    requests: tuple[datetime, ...] = ()
    complained: bool = False
    reasons: frozenset[Reason] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule for repeats and complaints; every condition that is set must hold.

    Attributes:
        name: Shown in the record.
        requests_at_least: Least number of requests, this one included; 0 asks for none.
        within: Time before the latest request in which requests count; None for ever.
        complaint: Whether the subject must be complaining, or have complained.
        reasons: At least one of these must be given; empty asks for none.
        widen: Whether all campaigns, purposes and channels are blocked.
        keep: Lengthens the keeping of record and evidence; None leaves it.
        risk: Added to the risk of a review, 0 to `MOST_RULE_RISK`.
        open_case: Whether a case is opened.
    """

    name: str
    requests_at_least: int
    within: timedelta | None
    complaint: bool
    reasons: frozenset[Reason]
    widen: bool
    keep: Period | None
    risk: int
    open_case: bool

    def holds(self, history: SubjectHistory) -> bool:
        """Say whether the rule applies.

        Args:
            history: Of one subject, this request included.
        """
        requests = history.requests
        if self.within is not None and requests:
            start = max(requests) - self.within
            requests = tuple(moment for moment in requests if moment >= start)
        return (
            len(requests) >= self.requests_at_least
            and (history.complained or not self.complaint)
            and (bool(self.reasons & history.reasons) or not self.reasons)
        )


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """Why an opt-out may end by itself.

    Attributes:
        name: Named in the record.
        at_most: Longest life of such an opt-out.
        source: Where it comes from.
    """

    name: str
    at_most: Period
    source: str


class Countable(StrEnum):
    """What a limit of callers counts."""

    OPT_OUTS = "opt_outs"
    COMPLAINTS = "complaints"
    PRIVACY_COMPLAINTS = "privacy_complaints"
    IGNORED_OPT_OUTS = "ignored_opt_outs"


@dataclass(frozen=True, slots=True)
class CallerLimit:
    """When a bot or campaign must stop.

    Attributes:
        name: Named in the case.
        of: Kinds of caller, of `CALLER_KINDS`.
        counts: What is counted.
        window: Length of the sliding window.
        contacts_at_least: Below so many contacts in the window a share says nothing.
        share: Highest share of contacts, above 0 and at most 1; None where `count` is set.
        count: Highest count whatever the contacts; None where `share` is set.
        suspends: True makes the suspension, False proposes it to a person.
    """

    name: str
    of: frozenset[str]
    counts: Countable
    window: timedelta
    contacts_at_least: int
    share: float | None
    count: int | None
    suspends: bool

    def passed(self, counted: int, contacts: int) -> bool:
        """Say whether a caller has passed the limit.

        Args:
            counted: What it counts, in the window.
            contacts: Contacts of the caller in the window.
        """
        if self.count is not None:
            return counted > self.count
        return contacts >= self.contacts_at_least and counted > (self.share or 0) * contacts
