"""Jurisdiction profiles: what one place's law asks, each figure with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from classifier.optouts.policy.periods import Period, WorkingCalendar


class RecordKind(StrEnum):
    """What retention distinguishes."""

    OPT_OUT = "opt_out"
    NUMBER = "number"
    EVIDENCE = "evidence"
    REVIEW = "review"
    CASE = "case"
    ATTEMPT = "attempt"
    CALLER_CASE = "caller_case"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one profile.

    Attributes:
        period: The span.
        profile: Code of the profile, ``house`` for our own figure, or the name of a rule.
        source: Where the figure comes from.
    """

    period: Period
    profile: str
    source: str


@dataclass(frozen=True, slots=True)
class Due:
    """By when something must have happened.

    Attributes:
        at: The moment, with a time zone.
        figure: The figure that asks for it.
    """

    at: datetime
    figure: Figure


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How often, and for how long after the request, its receipt may be confirmed.

    Attributes:
        at_most: Number of confirmations, 0 or 1.
        within: Longest time after the request.
        profile: Code of the profile that gave it.
        source: Where the figure comes from.
    """

    at_most: int
    within: Period
    profile: str
    source: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One jurisdiction.

    Attributes:
        code: Such as ``CN``.
        name: For reports.
        working: Its working days.
        languages: Of its notices, the first one first.
        first_contact_notice: Whether the first contact must say how to refuse: whoever calls
            asks for the notice then, and a start looks whether there is a text.
        stop: Longest time from the request to the stop.
        reply: Longest time to a first answer.
        confirmation: What may be confirmed.
        keep: How long each kind of record is kept once it is settled.
    """

    code: str
    name: str
    working: WorkingCalendar
    languages: tuple[str, ...]
    first_contact_notice: bool
    stop: Figure
    reply: Figure
    confirmation: Confirmation
    keep: Mapping[RecordKind, Figure]
