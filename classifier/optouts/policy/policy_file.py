"""Reads the policy file; a wrong one stops the start with file, table, key and remedy."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from classifier.optouts.policy.periods import WorkingCalendar
from classifier.optouts.policy.policy import Policy
from classifier.optouts.policy.policy_rules import (
    CALLER_KINDS,
    MOST_RULE_RISK,
    CallerLimit,
    Countable,
    LegalBasis,
    Rule,
)
from classifier.optouts.policy.policy_table import PolicyTable, read_table
from classifier.optouts.policy.profiles import Confirmation, Figure, Profile, RecordKind
from classifier.turns import Reason

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ACTIONS = ("propose", "suspend")


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy of every tenant.

    Attributes:
        of_all: What holds for a tenant that the file does not name.
        of_tenants: Tenant -> what holds for it.
    """

    of_all: Policy
    of_tenants: Mapping[str, Policy]

    def of(self, tenant: str) -> Policy:
        """Return what holds for a tenant.

        Args:
            tenant: Its name.
        """
        return self.of_tenants.get(tenant, self.of_all)

    def all(self) -> list[Policy]:
        """Return what holds for all, and what holds for each tenant that the file names."""
        return [self.of_all, *self.of_tenants.values()]


def read_policies(path: Path | None = None) -> Policies:
    """Read a policy file.

    Args:
        path: The file; None takes the one of the package.

    Raises:
        PolicyError: There is no such file, it is not TOML, or an entry is wrong.
    """
    remedy = "name a policy file in WURAO_POLICY or leave it out for the one of the package"
    top, content = read_table(path, "policy.toml", remedy)
    policies = _read_top(top, hashlib.sha256(content).hexdigest()[:12])
    top.finish()
    return policies


def _read_top(top: PolicyTable, version: str) -> Policies:
    named = top.table("profiles")
    profiles = {code: _profile(code, named.table(code)) for code in named.names()}
    keep = top.table("keep")
    house = {kind: Figure(keep.period(kind), "house", "house figure") for kind in RecordKind}
    keep.finish()
    bases = top.table("legal_bases", {})
    general = Policy(
        version=version,
        profiles=_enabled(top, profiles),
        zone=_zone(top),
        claim=timedelta(minutes=top.integer("claim_minutes", 1, 10_000)),
        house_keep=house,
        rules=tuple(_rule(table) for table in top.tables("rules")),
        legal_bases={name: _basis(name, bases.table(name)) for name in bases.names()},
        caller_limits=tuple(_caller_limit(table) for table in top.tables("caller_limits")),
    )
    of_tenants = {}
    tenants = top.table("tenants", {})
    for tenant in tenants.names():
        table = tenants.table(tenant)
        of_tenants[tenant] = replace(
            general,
            profiles=_enabled(table, profiles) if "enabled" in table else general.profiles,
            zone=_zone(table) if "time_zone" in table else general.zone,
        )
        table.finish()
    return Policies(general, of_tenants)


def _enabled(table: PolicyTable, profiles: Mapping[str, Profile]) -> tuple[Profile, ...]:
    codes = table.texts("enabled", tuple(profiles))
    if not codes:
        table.refuse("enabled", f"must name at least one profile of {', '.join(profiles)}")
    return tuple(profiles[code] for code in dict.fromkeys(codes))


def _zone(table: PolicyTable) -> ZoneInfo:
    name = table.text("time_zone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.refuse("time_zone", 'is not a known time zone; write one such as "Asia/Shanghai"')


def _profile(code: str, table: PolicyTable) -> Profile:
    keep = table.table("keep", {})
    kinds = tuple(RecordKind)
    for kind in keep.names():
        if kind not in kinds:
            table.refuse(f"keep.{kind}", f"is no record kind; correct it to {', '.join(kinds)}")
    stop, reply = table.table("stop"), table.table("reply")
    profile = Profile(
        code=code,
        name=table.text("name"),
        working=WorkingCalendar(
            zone=_zone(table),
            rest_days=_rest_days(table),
            holidays=_dates(table, "holidays"),
            extra_working_days=_dates(table, "extra_working_days"),
        ),
        languages=table.texts("languages"),
        first_contact_notice=table.boolean("first_contact_notice"),
        stop=_figure(code, stop),
        reply=_figure(code, reply),
        confirmation=_confirmation(code, table.table("confirmation")),
        keep={RecordKind(kind): _figure(code, keep.table(kind)) for kind in keep.names()},
    )
    if not profile.languages:
        table.refuse("languages", 'must name at least one language, such as ["zh-Hans"]')
    table.finish()
    return profile


def _figure(code: str, table: PolicyTable) -> Figure:
    figure = Figure(table.period("period"), code, table.text("source"))
    table.finish()
    return figure


def _confirmation(code: str, table: PolicyTable) -> Confirmation:
    confirmation = Confirmation(
        at_most=table.integer("at_most", 0, 1),
        within=table.period("within"),
        profile=code,
        source=table.text("source"),
    )
    table.finish()
    return confirmation


def _rest_days(table: PolicyTable) -> frozenset[int]:
    days = frozenset(_WEEKDAYS.index(day) for day in table.texts("rest_days", _WEEKDAYS))
    if len(days) == len(_WEEKDAYS):
        table.refuse("rest_days", "leaves no working day; take at least one out")
    return days


def _dates(table: PolicyTable, key: str) -> frozenset[date]:
    days = set()
    for text in table.texts(key):
        try:
            days.add(date.fromisoformat(text))
        except ValueError:
            table.refuse(key, 'must hold dates such as "2027-01-01"')
    return frozenset(days)


def _rule(table: PolicyTable) -> Rule:
    when, then = table.table("when"), table.table("then")
    within = when.integer("within_days", 1, 36_500) if "within_days" in when else None
    reasons = when.texts("reasons", tuple(reason.value for reason in Reason))
    rule = Rule(
        name=table.text("name"),
        requests_at_least=when.integer("requests_at_least", 0, default=0),
        within=timedelta(days=within) if within else None,
        complaint=when.boolean("complaint", default=False),
        reasons=frozenset(Reason(reason) for reason in reasons),
        widen=then.choice("scope", ("all", "as_asked"), "as_asked") == "all",
        keep=then.period("keep") if "keep" in then else None,
        risk=then.integer("risk", 0, MOST_RULE_RISK, default=0),
        open_case=then.boolean("open_case", default=False),
    )
    if not (rule.requests_at_least or rule.complaint or rule.reasons):
        table.refuse("when", "names no condition; add requests_at_least, complaint or reasons")
    if within and not rule.requests_at_least:
        when.refuse("within_days", "bounds no count; add requests_at_least, or take it out")
    for part in (when, then, table):
        part.finish()
    return rule


def _basis(name: str, table: PolicyTable) -> LegalBasis:
    basis = LegalBasis(name, table.period("at_most"), table.text("source"))
    table.finish()
    return basis


def _caller_limit(table: PolicyTable) -> CallerLimit:
    if ("share" in table) == ("count" in table):
        table.refuse("share", "or count must be set, and not both; keep one of them")
    if "count" in table and "contacts_at_least" in table:
        table.refuse("contacts_at_least", "goes with share alone, count needs none; take it out")
    of = table.texts("of", CALLER_KINDS)
    if not of:
        table.refuse("of", 'must name "caller", "campaign" or both')
    limit = CallerLimit(
        name=table.text("name"),
        of=frozenset(of),
        counts=Countable(table.choice("counts", tuple(Countable))),
        window=timedelta(hours=table.integer("hours", 1, 24 * 366)),
        contacts_at_least=table.integer("contacts_at_least", 0, default=0),
        share=table.share("share") if "share" in table else None,
        count=table.integer("count", 0) if "count" in table else None,
        suspends=table.choice("action", _ACTIONS) == "suspend",
    )
    table.finish()
    return limit
