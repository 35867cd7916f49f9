"""The policy file at work on each new record: scope, end, risk, and the cases that follow."""

from collections.abc import Collection, Sequence
from datetime import datetime

from classifier.optouts.derived.case_book import OPENED, CaseKind, grievance
from classifier.optouts.derived.opt_outs import RECORDED, asked_us, scope_from_json
from classifier.optouts.derived.review_queue import RESOLVED, REVIEWS, ReviewState, Verdict
from classifier.optouts.derived.talks import asked_in
from classifier.optouts.desk.limits import POLICY, watch_limits
from classifier.optouts.desk.ruling_anew import rule_moved, with_grievances
from classifier.optouts.events.event import Draft, Event
from classifier.optouts.events.tables import Where
from classifier.optouts.policy.policy import Policy
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.policy.policy_rules import MOST_RULE_RISK, Rule, SubjectHistory
from classifier.optouts.recording.changes import opt_outs_of
from classifier.optouts.recording.rulings import Ruling
from classifier.optouts.records import Json, OptOut, OptOutRequest, OptOutState, Scope
from classifier.optouts.registry import Follower
from classifier.optouts.store import Transaction
from classifier.optouts.times import microseconds, moment, now_us


class PolicyRules:
    """Decides by the policy file; see `rulings.Rules`."""

    def __init__(self, policies: Policies) -> None:
        """Keep the policies.

        Args:
            policies: Of every tenant.
        """
        self._policies = policies

    def rule(
        self,
        request: OptOutRequest,
        earlier_us: Sequence[int],
        grievances: Collection[CaseKind] = (),
    ) -> Ruling:
        """See `rulings.Rules.rule`."""
        policy = self._policies.of(request.tenant)
        time_us = now_us()
        received = moment(request.detected_us or request.came_us or time_us)
        requests = (*map(moment, earlier_us), received)
        alone = SubjectHistory(
            requests, bool(request.facts.get("also_complaint")), frozenset(request.reasons)
        )
        rules = policy.rules_for(with_grievances(alone, grievances))
        widened = any(rule.widen for rule in rules)
        facts = _shown(policy, received, rules)
        # What was complained of before has its case already.
        if any(rule.open_case for rule in policy.rules_for(alone)):
            facts["open_case"] = True
        until_us = 0 if widened else _end(policy, request, received, time_us, facts)
        return Ruling(Scope() if widened else request.scope, until_us, facts)


def followers(policies: Policies) -> tuple[Follower, ...]:
    """Return what follows from a new record or a correction.

    A case where a rule asks for it, the end of reviews that it makes needless, caller limits, and
    rules that hold for the right subject of a correction.

    Args:
        policies: Of every tenant.
    """

    def open_cases(transaction: Transaction, event: Event) -> None:
        if event.kind == RECORDED and event.outcome()["facts"].get("open_case"):
            transaction.append(_case_of(event, policies.of(event.tenant)))

    def limits(transaction: Transaction, event: Event) -> None:
        watch_limits(transaction, event, policies.of(event.tenant))

    def moved(transaction: Transaction, event: Event) -> None:
        rule_moved(transaction, policies.of(event.tenant), event)

    return (open_cases, _close_confirmed, limits, moved)


def _shown(policy: Policy, received: datetime, rules: tuple[Rule, ...]) -> Json:
    due = policy.stop_due(received)
    facts: Json = {
        "policy": policy.version,
        "profiles": list(policy.codes),
        "stop": {
            "due": due.at.isoformat(),
            "profile": due.figure.profile,
            "source": due.figure.source,
        },
        "rules": [rule.name for rule in rules],
    }
    if risk := min(MOST_RULE_RISK, sum(rule.risk for rule in rules)):
        facts["risk"] = risk
    return facts


def _end(
    policy: Policy, request: OptOutRequest, received: datetime, time_us: int, facts: Json
) -> int:
    """Return when the record ends by itself; 0, for good, unless a named basis allows an end."""
    name, until_us = request.facts.get("legal_basis"), request.facts.get("until_us")
    if name is None and until_us is None:
        return 0
    basis = policy.legal_bases.get(str(name))
    if basis is None or not isinstance(until_us, int):
        facts["legal_basis"] = "refused: not one of the policy's, or no end named; kept for good"
        return 0
    latest = microseconds(basis.at_most.after(received, policy.profiles[0].working))
    end_us = min(until_us, latest)
    if end_us <= time_us:
        facts["legal_basis"] = "refused: the end is over already; kept for good"
        return 0
    facts["legal_basis"] = basis.name
    return end_us


def _case_of(event: Event, policy: Policy) -> Draft:
    asked = event.asked()
    facts = asked["facts"]
    due = policy.reply_due(moment(asked_us(event)))
    return Draft(
        kind=OPENED,
        tenant=event.tenant,
        actor=POLICY,
        subject=event.subject,
        payload={
            "kind": grievance(asked["reasons"]),
            "record": event.seq,
            "intake": asked["intake"],
            "caller": str(facts.get("caller", "")),
            "campaign": str(facts.get("campaign", "")),
        },
        decided={"due_us": microseconds(due.at), "profile": due.figure.profile},
    )


def _close_confirmed(transaction: Transaction, event: Event) -> None:
    """End the open reviews of a subject in a call in which it has now plainly opted out.

    The doubtful record goes on refusing. A review stays open whose record refuses more than what
    was said plainly.

    Args:
        transaction: The event's own.
        event: A new record.
    """
    if event.kind != RECORDED or event.asked()["doubtful"] or event.outcome()["until_us"]:
        return
    if event.subject == event.seq:  # of whom nothing was known before
        return
    call, scope = asked_in(event).call, scope_from_json(event.outcome()["scope"])
    if not call:
        return
    for record in _in_doubt(transaction, event):
        if not record.scope.lies_within(scope):
            continue
        if asked_in(transaction.event(record.record_id)).call == call:
            payload = {
                "record": record.record_id,
                "verdict": Verdict.SUBJECT_CONFIRMED,
                "confirmed_by": event.seq,
            }
            draft = Draft(RESOLVED, event.tenant, POLICY, event.subject, payload=payload)
            transaction.append(draft)


def _in_doubt(transaction: Transaction, event: Event) -> list[OptOut]:
    records = opt_outs_of(transaction, event.tenant, event.subject)
    active = {one.record_id: one for one in records if one.state is OptOutState.ACTIVE}
    where = [Where("record", "in", list(active)), Where("state", "=", ReviewState.OPEN.value)]
    return [active[row["record"]] for row in transaction.rows(REVIEWS, where)]
