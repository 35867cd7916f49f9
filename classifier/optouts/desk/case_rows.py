"""Cases as events open them, and as their rows and encrypted parts hold them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from classifier.errors import RecordMissingError
from classifier.optouts.derived.case_book import (
    ADDED,
    ANSWERED,
    CASES,
    CLOSED,
    OPENED,
    CaseKind,
    CaseState,
    Closing,
)
from classifier.optouts.desk.case import Case, CaseTexts, Feedback
from classifier.optouts.desk.limits import watch_limits
from classifier.optouts.desk.ruling_anew import rule_anew
from classifier.optouts.events.event import NEW_SUBJECT, Draft, Event
from classifier.optouts.events.tables import Row, Where
from classifier.optouts.policy.policy import Policy
from classifier.optouts.recording.repeats import earlier_event
from classifier.optouts.recording.subject_index import find_subject, place_subject, secret_naming
from classifier.optouts.records import Intake, Json
from classifier.optouts.store import Transaction, View
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.times import microseconds, moment, now_us

_LATER = (ADDED, ANSWERED, CLOSED)


def open_case(
    transaction: Transaction,
    ring: KeyRing,
    policy: Policy,
    feedback: Feedback,
    said_us: int = 0,
    counted: Sequence[str] = (),
) -> Row:
    """Open a case for what came in, and return its row.

    Args:
        transaction: To write in.
        ring: The keys.
        policy: Of the tenant.
        feedback: What, from whom, about whom.
        said_us: When, microseconds since 1970, where that was before now; the reply is due by it.
        counted: Counts of callers to which the record of the same turn has added.

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
        before = transaction.append(replace(draft, decided=decided | counted_already(counted)))
        if number == NEW_SUBJECT and feedback.subject is not None:
            place_subject(transaction, ring, feedback.subject, before.subject)
        watch_limits(transaction, before, policy)
        rule_anew(transaction, policy, case_row(transaction, feedback.tenant, before.seq))
    return case_row(transaction, feedback.tenant, before.seq)


def counted_already(counts: Sequence[str]) -> Json:
    """Return what the event of a grievance says of counts that it leaves as they are.

    Args:
        counts: To which the record of the same turn has added.
    """
    return {"counted": [*counts]} if counts else {}


def texts_of(view: View, cases: Sequence[Case]) -> list[CaseTexts]:
    """Return what was said, answered and noted in cases; what was erased is left out.

    Args:
        view: To look in.
        cases: As they stand, all of one tenant.

    Raises:
        KeysError: It cannot be decrypted.
    """
    later: defaultdict[int, list[Event]] = defaultdict(list)
    for event in _later_events(view, [case for case in cases if case.etag != case.case_id]):
        later[event.asked()["case"]].append(event)
    return [_texts_of(view, case, later[case.case_id]) for case in cases]


def _texts_of(view: View, case: Case, later: list[Event]) -> CaseTexts:
    found: dict[str, list[str]] = {kind: [] for kind in (OPENED, *_LATER)}
    parts = [(case.case_id, OPENED)]
    parts += [(event.seq, event.kind) for event in later if event.seq <= case.etag]
    for seq, kind in parts:
        if text := (view.secret(seq) or {}).get("text"):
            found[kind].append(text)
    return CaseTexts(
        said=(*found[OPENED], *found[ADDED]),
        answers=tuple(found[ANSWERED]),
        note="".join(found[CLOSED]),
    )


def _later_events(view: View, changed: list[Case]) -> list[Event]:
    """Return what came after cases were opened."""
    if not changed:
        return []
    first, last = min(one.case_id for one in changed), max(one.etag for one in changed)
    where = [Where("tenant", "=", changed[0].tenant), Where("kind", "in", _LATER)]
    where += [Where("seq", ">", first), Where("seq", "<=", last)]
    subjects = sorted({one.subject_id for one in changed})
    known = [number for number in subjects if number]
    found: list[Event] = []
    if known:
        found += view.events([*where, Where("subject", "in", known), Where("subject", "<>", 0)])
    if known != subjects:
        found += view.events([*where, Where("subject", "=", 0)])
    return found


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
