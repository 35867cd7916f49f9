"""What a complaint or a correction changes about the opt-outs that a subject has in force."""

from collections.abc import Collection
from dataclasses import replace

from classifier.optouts.derived.case_book import CaseKind, grievances_of
from classifier.optouts.derived.opt_outs import (
    CORRECTED,
    REVOKED,
    RULED_ANEW,
    all_later_rules,
    scope_to_json,
)
from classifier.optouts.derived.talks import talks
from classifier.optouts.desk.limits import POLICY
from classifier.optouts.events.event import Draft, Event
from classifier.optouts.events.tables import Row
from classifier.optouts.policy.policy import Policy
from classifier.optouts.policy.policy_rules import Rule, SubjectHistory
from classifier.optouts.recording.changes import opt_outs_of, requests_of
from classifier.optouts.records import Json, OptOut, OptOutState, Scope
from classifier.optouts.store import Transaction
from classifier.optouts.times import moment, now_us
from classifier.turns import Reason


def with_grievances(history: SubjectHistory, grievances: Collection[CaseKind]) -> SubjectHistory:
    """Return a history with what the subject complained of elsewhere.

    Args:
        history: Of the subject's requests.
        grievances: Of which kinds its complaints are.
    """
    private = {Reason.PRIVACY} if CaseKind.PRIVACY in grievances else set[Reason]()
    complained = history.complained or bool(grievances)
    return replace(history, complained=complained, reasons=history.reasons | private)


def rule_anew(transaction: Transaction, policy: Policy, case: Row) -> None:
    """Hold the opt-outs in force of whoever complains against the rules, by what was complained of.

    They are widened and kept longer as if they had come after the complaint; nothing is narrowed.

    Args:
        transaction: In which the case was opened, or became one about privacy.
        policy: Of the tenant.
        case: Its row.
    """
    tenant, subject = case["tenant"], case["subject"]
    if subject and grievances_of(transaction, tenant, subject):
        cause = {"case": case["case_id"]}
        _rule(transaction, policy, tenant, subject, cause, with_repeats=False)


def rule_moved(transaction: Transaction, policy: Policy, event: Event) -> None:
    """Hold the opt-outs of the right subject of a correction against the rules, by all it said.

    Args:
        transaction: The event's own.
        policy: Of the tenant.
        event: Any; of other kinds nothing follows here.
    """
    asked = event.asked()
    if event.kind == REVOKED and asked["reason"] == CORRECTED:
        cause = {"correction": event.seq}
        _rule(transaction, policy, event.tenant, asked["right"], cause, with_repeats=True)


def _rule(
    transaction: Transaction,
    policy: Policy,
    tenant: str,
    subject: int,
    cause: Json,
    *,
    with_repeats: bool,
) -> None:
    grievances = grievances_of(transaction, tenant, subject)
    time_us = now_us()
    requests = tuple(
        moment(one.time_us) for one in talks(requests_of(transaction, tenant, subject))
    )
    later = all_later_rules(transaction, subject)
    for opt_out in opt_outs_of(transaction, tenant, subject):
        if opt_out.standing(time_us) is not OptOutState.ACTIVE:
            continue
        made = transaction.event(opt_out.record_id)
        asked = made.asked()
        alone = SubjectHistory(
            requests,
            bool(asked["facts"].get("also_complaint")),
            frozenset(Reason(reason) for reason in asked["reasons"]),
        )
        held = set(made.outcome()["facts"].get("rules", []))
        held |= set(later[opt_out.record_id])
        if not with_repeats:
            held |= {rule.name for rule in policy.rules_for(alone)}
        more = policy.rules_for(with_grievances(alone, grievances))
        if new := [rule for rule in more if rule.name not in held]:
            transaction.append(_ruled(opt_out, new, policy, cause))


def _ruled(opt_out: OptOut, rules: list[Rule], policy: Policy, cause: Json) -> Draft:
    widened = any(rule.widen for rule in rules)
    return Draft(
        kind=RULED_ANEW,
        tenant=opt_out.tenant,
        actor=POLICY,
        subject=opt_out.subject_id,
        payload={"record": opt_out.record_id} | cause,
        decided={
            "scope": scope_to_json(Scope() if widened else opt_out.scope),
            "until_us": 0 if widened else opt_out.until_us,
            "facts": {"policy": policy.version, "rules": [rule.name for rule in rules]},
        },
    )
