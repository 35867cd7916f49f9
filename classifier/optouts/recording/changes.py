"""What writes do inside a transaction: record an opt-out, revoke records."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from classifier.errors import (
    FieldViolation,
    InvalidRequestError,
    RecordChangedError,
    RecordMissingError,
    ResolvedError,
)
from classifier.optouts.derived.case_book import grievances_of
from classifier.optouts.derived.opt_outs import (
    MISTAKE,
    NO_REQUEST,
    OPT_OUTS,
    OPTED_IN,
    RECORDED,
    REVOKED,
    opt_out_from_row,
    scope_to_json,
)
from classifier.optouts.derived.review_queue import REVIEWS, ReviewState, refuse_claimed
from classifier.optouts.derived.talks import Asked, asked_at, asked_in, same_talk, talks
from classifier.optouts.events.event import NEW_SUBJECT, Draft, Event
from classifier.optouts.events.tables import Where, of_subject
from classifier.optouts.recording.repeats import earlier_event
from classifier.optouts.recording.rulings import Rules
from classifier.optouts.recording.subject_index import (
    draft_about,
    find_subject,
    place_subject,
    secret_naming,
)
from classifier.optouts.records import Json, OptOut, OptOutRequest, OptOutState
from classifier.optouts.store import Transaction, View
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.subjects.subject import Subject
from classifier.optouts.times import now_us


@dataclass(frozen=True, slots=True)
class Revocation:
    """The wish to let contact happen again.

    Attributes:
        tenant: Of the records.
        request_id: Makes a repeat harmless.
        actor: Who reports it.
        reason: Why, in a word or code; no personal data.
        record_id: The one record to revoke, or 0 for all active ones of the subject.
        subject: Whose records, where no `record_id` is given.
        etag: As the caller last saw the record; 0 to do without.
        note: Free text, kept encrypted.
    """

    tenant: str
    request_id: str
    actor: str
    reason: str
    record_id: int = 0
    subject: Subject | None = None
    etag: int = 0
    note: str = field(default="", repr=False)


def record_opt_out(
    transaction: Transaction, ring: KeyRing, rules: Rules, request: OptOutRequest
) -> tuple[OptOut, Event | None]:
    """Record an opt-out.

    Args:
        transaction: To write in.
        ring: The keys.
        rules: On scope and retention.
        request: What was asked.

    Returns:
        The record as it stands, and the event where it is new.

    Raises:
        RequestConflictError: The request_id was used with other content.
    """
    number = find_subject(transaction, ring, request.subject)
    draft = _draft_of(request, number or NEW_SUBJECT)
    before = earlier_event(transaction, draft)
    if before is not None:
        return opt_out_of(transaction, request.tenant, before.seq), None
    earlier_us = _earlier_requests(transaction, request, number) if number else []
    grievances = grievances_of(transaction, request.tenant, number) if number else ()
    ruling = rules.rule(request, earlier_us, grievances)
    draft.decided.update(
        scope=scope_to_json(ruling.scope), until_us=ruling.until_us, facts=ruling.facts
    )
    if request.came_us:
        draft.decided["came_us"] = request.came_us
    event = transaction.append(draft)
    if not number:
        place_subject(transaction, ring, request.subject, event.subject)
    opt_out = OptOut(
        record_id=event.seq,
        tenant=event.tenant,
        subject_id=event.subject,
        scope=ruling.scope,
        intake=request.intake,
        since_us=event.time_us,
        until_us=ruling.until_us,
        state=OptOutState.ACTIVE,
        etag=event.seq,
    )
    return opt_out, event


def revoke_opt_outs(
    transaction: Transaction, ring: KeyRing, revocation: Revocation
) -> list[OptOut]:
    """Revoke records.

    Args:
        transaction: To write in.
        ring: The keys.
        revocation: Which, and why.

    Returns:
        The records as they stand now.

    Raises:
        RecordMissingError: There is no such record, or none of the subject is in force.
        ResolvedError: The one record is over already.
        RecordChangedError: It changed since the caller saw it.
        RequestConflictError: The request_id was used with other content.
        ClaimedError: It would be a mistake, and somebody else has claimed its review.
        InvalidRequestError: It would be a mistake, in doubt, and whoever says so recorded it.
    """
    tenant = revocation.tenant
    if revocation.record_id:
        found = [opt_out_of(transaction, tenant, revocation.record_id)]
    else:
        number = find_subject(transaction, ring, revocation.subject) if revocation.subject else 0
        found = opt_outs_of(transaction, tenant, number) if number else []
    draft = Draft(
        kind=REVOKED,
        tenant=tenant,
        actor=revocation.actor,
        request_id=revocation.request_id,
        payload={"reason": revocation.reason, "record": revocation.record_id},
        secret={"note": revocation.note} if revocation.note else None,
    )
    number = found[0].subject_id if found else 0
    draft = draft_about(transaction, ring, draft, number, revocation.subject)
    before = earlier_event(transaction, draft)
    if before is None:
        time_us = now_us()
        active = [one for one in found if one.standing(time_us) is OptOutState.ACTIVE]
        if not active and revocation.record_id:
            raise ResolvedError("this opt-out is over already")
        if not active:
            raise RecordMissingError("there is no active opt-out to revoke")
        if revocation.etag and any(opt_out.etag != revocation.etag for opt_out in active):
            raise RecordChangedError("the record changed since it was read; read it again")
        records = [opt_out.record_id for opt_out in active]
        if revocation.reason == MISTAKE:
            actors = {revocation.actor, draft.actor}
            _refuse_release(transaction, records, actors, time_us)
        before = transaction.append(replace(draft, decided={"records": records}))
    return [opt_out_of(transaction, tenant, record) for record in before.outcome()["records"]]


def refuse_recorder(view: View, record_id: int, actors: Collection[str]) -> None:
    """Refuse whoever would call a turn no opt-out that they recorded themselves.

    Who recorded it before it was moved to another subject is refused as well as who moved it.

    Args:
        view: To look in.
        record_id: The opt-out, in doubt.
        actors: Who decides, as named and as `draft_about` has it kept.

    Raises:
        InvalidRequestError: They recorded it.
    """
    made: int | None = record_id
    while made:
        event = view.event(made)
        if event.actor in actors:
            problem = "recorded this turn; somebody else must decide that it was no opt-out"
            raise InvalidRequestError([FieldViolation("actor", problem)])
        made = event.asked().get("corrects")


def opt_out_of(view: View, tenant: str, record_id: int) -> OptOut:
    """Return one record.

    Args:
        view: To look in.
        tenant: Whose.
        record_id: Its number.

    Raises:
        RecordMissingError: There is none in that tenant.
    """
    where = [Where("record", "=", record_id), Where("tenant", "=", tenant)]
    for row in view.rows(OPT_OUTS, where):
        return opt_out_from_row(row)
    raise RecordMissingError(f"there is no opt-out {record_id} in this tenant")


def opt_outs_of(view: View, tenant: str, subject: int) -> list[OptOut]:
    """Return the records of a subject, oldest first.

    Args:
        view: To look in.
        tenant: Whose.
        subject: Its number.
    """
    where = [Where("subject", "=", subject), Where("tenant", "=", tenant)]
    return [opt_out_from_row(row) for row in view.rows(OPT_OUTS, where)]


def _refuse_release(view: View, records: list[int], actors: Collection[str], time_us: int) -> None:
    """Hold a mistake to what a false alarm is held to, as long as the review is open."""
    where = [Where("record", "in", records), Where("state", "=", ReviewState.OPEN.value)]
    for review in view.rows(REVIEWS, where):
        refuse_claimed(review, actors, time_us)
        refuse_recorder(view, review["record"], actors)


def requests_of(view: View, tenant: str, subject: int) -> list[Asked]:
    """Return when a subject asked, oldest record first; what no longer counts is left out.

    Args:
        view: To look in.
        tenant: Whose.
        subject: Its number.
    """
    records = opt_outs_of(view, tenant, subject)
    over = _no_longer_counted(view, tenant, subject, records)
    asked = [record.record_id for record in records if record.record_id not in over]
    return [asked_in(event) for event in view.events([Where("seq", "in", asked)])] if asked else []


def _earlier_requests(view: View, request: OptOutRequest, subject: int) -> list[int]:
    """Return when a subject asked in other talks than this."""
    time_us = request.detected_us or request.came_us or now_us()
    now = asked_at(time_us, request.facts)
    requests = requests_of(view, request.tenant, subject)
    earlier = [one for one in requests if not same_talk(one, now)]
    return [one.time_us for one in talks(earlier)]


def _no_longer_counted(view: View, tenant: str, subject: int, records: list[OptOut]) -> set[int]:
    if all(record.state is OptOutState.ACTIVE for record in records):
        return set()
    ended = view.events([*of_subject(subject, tenant), Where("kind", "=", REVOKED)])
    return {
        record
        for event in ended
        if event.asked()["reason"] in {OPTED_IN, *NO_REQUEST}
        for record in event.outcome()["records"]
    }


def _draft_of(request: OptOutRequest, number: int) -> Draft:
    secret: Json = secret_naming(request.subject)
    if request.text:
        secret["text"] = request.text
    if request.context:
        secret["context"] = [{"speaker": t.speaker, "text": t.text} for t in request.context]
    return Draft(
        kind=RECORDED,
        tenant=request.tenant,
        actor=request.actor,
        subject=number,
        request_id=request.request_id,
        payload={
            "intake": request.intake,
            "scope": scope_to_json(request.scope),
            "reasons": list(request.reasons),
            "doubtful": request.doubtful,
            "detected_us": request.detected_us,
            "facts": dict(request.facts),
        },
        secret=secret,
    )
