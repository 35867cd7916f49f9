"""What is heard in calls: a subject has one case in each, with every grievance that it voiced."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from classifier.optouts.derived.caller_counts import grievances_counted
from classifier.optouts.derived.case_book import ADDED, CASES, OPENED, CaseKind, grievance
from classifier.optouts.derived.opt_outs import asked_us
from classifier.optouts.desk.case import Case, Feedback
from classifier.optouts.desk.case_rows import (
    case_from_row,
    case_row,
    counted_already,
    open_case,
    texts_of,
)
from classifier.optouts.desk.limits import watch_limits
from classifier.optouts.desk.ruling_anew import rule_anew
from classifier.optouts.events.event import Draft, Event
from classifier.optouts.events.facts import facts_from_json
from classifier.optouts.events.open_fields import hidden_id, keyed_digest
from classifier.optouts.events.tables import Row, Where, of_subject
from classifier.optouts.policy.policy import Policy
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.recording.subject_index import find_subject, subject_in
from classifier.optouts.records import Intake
from classifier.optouts.registry import Registry
from classifier.optouts.store import Transaction, View
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.subjects.subject import Subject


class CallCases:
    """The cases that calls open."""

    def __init__(self, registry: Registry, policies: Policies) -> None:
        """Put the book together.

        Args:
            registry: Whose cases.
            policies: Of every tenant; say when an answer is due.
        """
        self._registry = registry
        self._policies = policies

    def hear(self, feedback: Feedback, call: str) -> Case:
        """Open the case of a subject in a call, or add to it; one that is closed is left alone.

        A grievance about privacy makes a case of privacy of it. What was said before in the same
        words adds nothing.

        Args:
            feedback: What was heard. Its request_id names the turn and begins with `call`.
            call: Names the call, by nobody's name or number.
        """
        policy, ring = self._policies.of(feedback.tenant), self._registry.ring
        clean = feedback.in_the_open(ring)
        spare_id = f"{call}-{uuid.uuid4().hex}"

        def work(transaction: Transaction) -> Row:
            who, heard = clean.subject, clean
            number = find_subject(transaction, ring, who) if who else 0
            taken = transaction.event_of_request(heard.tenant, heard.request_id)
            if taken is not None:
                known = _same_case(transaction, taken, heard) if taken.subject == number else None
                if known is not None:
                    return known
                heard = replace(heard, request_id=spare_id)  # other words, or ids of long ago
            row = _case_of_call(transaction, heard.tenant, number, call) if number else None
            if row is None:
                return open_case(transaction, ring, policy, heard)
            _add(transaction, policy, heard, row)
            return case_row(transaction, heard.tenant, row["case_id"])

        return case_from_row(self._registry.store.write(work))


def call_name(ring: KeyRing, subject: Subject, call_reference: str, conversation: str) -> str:
    """Return with what the request ids of a call's complaints begin.

    Ids as they came and as they are kept, where those with a number are hidden, give one name.

    Args:
        ring: The keys.
        subject: Who is called.
        call_reference: Of the call, or empty.
        conversation: Its id, or empty; where both are, no other call has that name.
    """
    ids = [hidden_id(one, subject, ring) for one in (call_reference, conversation)]
    return f"complaint-{keyed_digest(ring, *ids) if any(ids) else uuid.uuid4().hex}"


def keep_complaint(
    transaction: Transaction, ring: KeyRing, policy: Policy, made: Event, actor: str
) -> None:
    """Give a turn in doubt that turned out to be a complaint its case, or add it to its call's.

    Nothing is opened where a rule opened one for that turn already, nor of what was erased.

    Args:
        transaction: To write in.
        ring: The keys.
        policy: Of the tenant.
        made: The event that recorded the turn; the reply is due by its time.
        actor: Who says that it is a complaint.
    """
    asked, secret = made.asked(), transaction.secret(made.seq) or {}
    who = subject_in(secret)
    of_turn = [*of_subject(made.subject, made.tenant), Where("record", "=", made.seq)]
    if who is None or not secret.get("text") or transaction.rows(CASES, of_turn):
        return
    facts = facts_from_json(asked["facts"])
    call = call_name(ring, who, facts.call_reference, facts.conversation_id)
    said = Feedback(
        tenant=made.tenant,
        request_id=f"{call}-review-{made.seq}",
        actor=actor,
        kind=grievance(asked["reasons"]),
        text=secret["text"],
        intake=Intake(asked["intake"]),
        subject=who,
        caller=facts.caller,
        campaign=facts.campaign,
        call_reference=facts.call_reference,
    )
    row = _case_of_call(transaction, made.tenant, made.subject, call)
    counted = grievances_counted(asked)
    if row is None:
        open_case(transaction, ring, policy, said, asked_us(made), counted)
    else:
        _add(transaction, policy, said, row, counted)


def _same_case(view: View, taken: Event, heard: Feedback) -> Row | None:
    """Return the case that holds these words already; None where they are new, or it is gone."""
    number = taken.asked().get("case", taken.seq)
    for row in view.rows(CASES, [Where("case_id", "=", number)]):
        texts = _said(view, row)
        return row if heard.text in texts or not texts else None
    return None


def _said(view: View, row: Row) -> tuple[str, ...]:
    (texts,) = texts_of(view, [case_from_row(row)])
    return texts.said


def _case_of_call(view: View, tenant: str, subject: int, call: str) -> Row | None:
    where = [*of_subject(subject, tenant), Where("closed_us", "=", 0)]
    for row in reversed(view.rows(CASES, where)):
        event = view.event(row["case_id"])
        if event.kind == OPENED and event.request_id.startswith(call):
            return row
    return None


def _add(
    transaction: Transaction,
    policy: Policy,
    heard: Feedback,
    row: Row,
    counted: Sequence[str] = (),
) -> None:
    raised = heard.kind is CaseKind.PRIVACY and row["kind"] != CaseKind.PRIVACY
    if not raised and heard.text in _said(transaction, row):
        return
    addition = Draft(
        kind=ADDED,
        tenant=heard.tenant,
        actor=heard.actor,
        subject=row["subject"],
        request_id=heard.request_id,
        payload={
            "case": row["case_id"],
            "kind": heard.kind,
            "intake": heard.intake,
            "caller": heard.caller,
            "campaign": heard.campaign,
            "call_reference": heard.call_reference,
        },
        decided={"raised": raised} | counted_already(counted),
        secret={"text": heard.text},
    )
    event = transaction.append(addition)
    if raised:
        watch_limits(transaction, event, policy)
        rule_anew(transaction, policy, case_row(transaction, heard.tenant, row["case_id"]))
