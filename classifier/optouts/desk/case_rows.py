"""Cases as events open them, and as their rows and encrypted parts hold them."""

from dataclasses import replace

from classifier.errors import RecordMissingError
from classifier.optouts.derived.case_book import ADDED, CASES, OPENED, CaseKind, CaseState, Closing
from classifier.optouts.desk.case import Case, Feedback
from classifier.optouts.desk.limits import watch_limits
from classifier.optouts.desk.ruling_anew import rule_anew
from classifier.optouts.events.event import NEW_SUBJECT, Draft
from classifier.optouts.events.tables import Row, Where, of_subject
from classifier.optouts.policy.policy import Policy
from classifier.optouts.recording.repeats import earlier_event
from classifier.optouts.recording.subject_index import find_subject, place_subject, secret_naming
from classifier.optouts.records import Intake, Json
from classifier.optouts.store import Transaction, View
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.times import microseconds, moment, now_us


def open_case(
    transaction: Transaction, ring: KeyRing, policy: Policy, feedback: Feedback, said_us: int = 0
) -> Row:
    """Open a case for what came in, and return its row.

    Args:
        transaction: To write in.
        ring: The keys.
        policy: Of the tenant.
        feedback: What, from whom, about whom.
        said_us: When, microseconds since 1970, where that was before now; the reply is due by it.

    Raises:
        RequestConflictError: The request_id was used with other content.
    """
    number = 0
    if feedback.subject is not None:
        number = find_subject(transaction, ring, feedback.subject) or NEW_SUBJECT
    draft = _opening(feedback, number)
    before = earlier_event(transaction, draft)
    if before is None:
        due = policy.reply_due(moment(said_us or now_us()))
        decided = {"due_us": microseconds(due.at), "profile": due.figure.profile}
        before = transaction.append(replace(draft, decided=decided))
        if number == NEW_SUBJECT and feedback.subject is not None:
            place_subject(transaction, ring, feedback.subject, before.subject)
        watch_limits(transaction, before, policy)
        rule_anew(transaction, policy, case_row(transaction, feedback.tenant, before.seq))
    return case_row(transaction, feedback.tenant, before.seq)


def texts_of(view: View, case: Case) -> list[str]:
    """Return what was said in a case, oldest first; what was erased is left out.

    Args:
        view: To look in.
        case: As it stands.

    Raises:
        KeysError: It cannot be decrypted.
    """
    said = [case.case_id]
    if case.subject_id and case.etag != case.case_id:
        where = [*of_subject(case.subject_id, case.tenant), Where("kind", "=", ADDED)]
        where += [Where("seq", ">", case.case_id), Where("seq", "<=", case.etag)]
        added = view.events(where)
        said += [event.seq for event in added if event.asked()["case"] == case.case_id]
    secrets = [view.secret(seq) or {} for seq in said]
    return [secret["text"] for secret in secrets if secret.get("text")]


def _opening(feedback: Feedback, subject: int) -> Draft:
    secret: Json = {"text": feedback.text}
    if feedback.subject is not None:
        secret |= secret_naming(feedback.subject)
    return Draft(
        kind=OPENED,
        tenant=feedback.tenant,
        actor=feedback.actor,
        subject=subject,
        request_id=feedback.request_id,
        payload={
            "kind": feedback.kind,
            "record": 0,
            "intake": feedback.intake,
            "caller": feedback.caller,
            "campaign": feedback.campaign,
            "call_reference": feedback.call_reference,
        },
        secret=secret,
    )


def case_row(view: View, tenant: str, case_id: int) -> Row:
    """Return the row of a case.

    Args:
        view: To look in.
        tenant: Whose.
        case_id: The case.

    Raises:
        RecordMissingError: There is none in that tenant.
    """
    for row in view.rows(CASES, [Where("case_id", "=", case_id), Where("tenant", "=", tenant)]):
        return row
    raise RecordMissingError(f"there is no case {case_id} in this tenant")


def case_from_row(row: Row) -> Case:
    """Return the case that a row holds.

    Args:
        row: Of `CASES`.
    """
    return Case(
        case_id=row["case_id"],
        tenant=row["tenant"],
        kind=CaseKind(row["kind"]),
        subject_id=row["subject"],
        record_id=row["record"],
        intake=Intake(row["intake"]),
        caller=row["caller"],
        campaign=row["campaign"],
        state=CaseState(row["state"]),
        opened_us=row["opened_us"],
        due_us=row["due_us"],
        answered_us=row["answered_us"],
        closed_us=row["closed_us"],
        closing=Closing(row["closing"]) if row["closing"] else None,
        etag=row["etag"],
    )
