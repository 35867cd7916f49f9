"""Ends reviews that a subject has made needless by saying plainly what was in doubt."""

from classifier.optouts.derived.opt_outs import RECORDED, scope_from_json
from classifier.optouts.derived.review_queue import RESOLVED, REVIEWS, ReviewState, Verdict
from classifier.optouts.derived.talks import asked_in
from classifier.optouts.desk.limits import POLICY
from classifier.optouts.events.event import Draft, Event
from classifier.optouts.events.tables import Where
from classifier.optouts.recording.changes import opt_outs_of
from classifier.optouts.records import OptOut, OptOutState
from classifier.optouts.store import Transaction


def close_confirmed(transaction: Transaction, event: Event) -> None:
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
