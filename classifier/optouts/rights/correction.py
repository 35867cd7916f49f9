"""Moves the records of a subject that was taken down wrongly to the right one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from classifier.errors import FieldViolation, InvalidRequestError, RecordMissingError
from classifier.optouts.derived.opt_outs import (
    CORRECTED,
    RECORDED,
    REVOKED,
    asked_us,
    later_rules,
    scope_to_json,
)
from classifier.optouts.derived.review_queue import REVIEWS, ReviewState
from classifier.optouts.events.event import NEW_SUBJECT, Draft, Event
from classifier.optouts.events.open_fields import masked
from classifier.optouts.events.tables import SECRETS, Where
from classifier.optouts.recording.changes import opt_out_of, opt_outs_of
from classifier.optouts.recording.repeats import earlier_event
from classifier.optouts.recording.subject_index import (
    clear_subject,
    find_subject,
    place_subject,
    secret_naming,
)
from classifier.optouts.records import OptOut, OptOutState
from classifier.optouts.store import Transaction
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.subjects.subject import Subject
from classifier.optouts.times import now_us


@dataclass(frozen=True, slots=True)
class Correction:
    """A name that was taken down wrongly.

    Attributes:
        tenant: Whose records.
        request_id: Makes a repeat harmless.
        actor: Who reports it.
        wrong: As it was taken down.
        right: As it should be.
        reason: Why, naming neither; kept encrypted with the wrong one.
    """

    tenant: str
    request_id: str
    actor: str
    wrong: Subject = field(repr=False)
    right: Subject = field(repr=False)
    reason: str = field(default="", repr=False)


def correct_subject(
    transaction: Transaction,
    ring: KeyRing,
    correction: Correction,
    follow: Callable[[Transaction, Event], None],
) -> list[OptOut]:
    """Record each opt-out in force of the wrong subject for the right one, and revoke the former.

    What was said moves with it: the wrong subject said nothing of it.

    Args:
        transaction: To write in.
        ring: The keys.
        correction: From which to which.
        follow: Appends what follows from the event that moved them.

    Returns:
        The records of the right subject.

    Raises:
        InvalidRequestError: Both are the same subject.
        RecordMissingError: The wrong one has no record in force.
        RequestConflictError: The request_id was used with other content.
    """
    if correction.wrong == correction.right:
        problem = "is the very subject that it corrects; send another"
        raise InvalidRequestError([FieldViolation("correction", problem)])
    actor = masked(correction.actor, correction.wrong, is_name=True)
    correction = replace(correction, actor=masked(actor, correction.right, is_name=True))
    tenant = correction.tenant
    wrong = find_subject(transaction, ring, correction.wrong)
    right = find_subject(transaction, ring, correction.right)
    secret: dict[str, Any] = {"note": correction.reason}
    if clear_subject(transaction, wrong) is not None:  # not erased; the moved records named it
        secret |= secret_naming(correction.wrong)
    draft = Draft(
        kind=REVOKED,
        tenant=tenant,
        actor=correction.actor,
        subject=wrong,
        request_id=correction.request_id,
        payload={"reason": CORRECTED, "record": 0, "right": right},
        secret=secret,
    )
    event = earlier_event(transaction, draft)
    if event is None:
        time_us = now_us()
        active = [
            opt_out
            for opt_out in (opt_outs_of(transaction, tenant, wrong) if wrong else [])
            if opt_out.standing(time_us) is OptOutState.ACTIVE
        ]
        if not active:
            raise RecordMissingError("there is no active opt-out to correct")
        event = _move(transaction, ring, correction, draft, active)
        follow(transaction, event)
    return [opt_out_of(transaction, tenant, record) for record in event.outcome()["moved"]]


def _move(
    transaction: Transaction,
    ring: KeyRing,
    correction: Correction,
    draft: Draft,
    active: list[OptOut],
) -> Event:
    right, moved = draft.payload["right"], list[int]()
    for opt_out in active:
        number = _record_again(transaction, opt_out, correction, right or NEW_SUBJECT)
        if not right:
            right = number
            place_subject(transaction, ring, correction.right, right)
        moved.append(transaction.head().seq)
    records = [opt_out.record_id for opt_out in active]
    held = [row["seq"] for row in transaction.rows(SECRETS, [Where("seq", "in", records)])]
    for seq in held:
        transaction.delete(SECRETS, {"seq": seq})
    decided = {"records": records, "moved": moved, "events": held}
    payload = draft.payload | {"right": right}
    return transaction.append(replace(draft, payload=payload, decided=decided))


def _record_again(
    transaction: Transaction, opt_out: OptOut, correction: Correction, right: int
) -> int:
    first = transaction.event(opt_out.record_id)
    secret = (transaction.secret(opt_out.record_id) or {}) | secret_naming(correction.right)
    scope = scope_to_json(opt_out.scope)
    decided = first.outcome() | {"scope": scope, "until_us": opt_out.until_us}
    if later := later_rules(transaction, opt_out.record_id, opt_out.subject_id):
        held = decided["facts"].get("rules", [])
        decided["facts"] = decided["facts"] | {"rules": [*held, *later]}
    asked = first.asked()
    # It was asked for then, though the right subject has been refused only since now.
    moved = {"corrects": opt_out.record_id, "detected_us": asked_us(first)}
    # What has been decided about it stays decided.
    waits = [Where("record", "=", opt_out.record_id), Where("state", "=", ReviewState.OPEN.value)]
    moved["doubtful"] = bool(transaction.rows(REVIEWS, waits))
    draft = Draft(
        kind=RECORDED,
        tenant=opt_out.tenant,
        actor=correction.actor,
        subject=right,
        payload=asked | moved,
        decided=decided,
        secret=secret,
    )
    return transaction.append(draft).subject
