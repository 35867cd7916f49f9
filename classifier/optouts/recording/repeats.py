"""Tells a request that comes again from one that only borrows its id."""

from classifier.errors import RequestConflictError
from classifier.optouts.events.event import Draft, Event, canonical
from classifier.optouts.store import View


def earlier_event(view: View, draft: Draft) -> Event | None:
    """Return the event that a request made when it came first; None where it is new.

    The secret part is compared as long as it is not erased.

    Args:
        view: To look in.
        draft: What the request would append; what was decided plays no part.

    Raises:
        RequestConflictError: The request_id was used with other content.
        KeysError: The secret part cannot be decrypted.
    """
    if not draft.request_id:
        return None
    event = view.event_of_request(draft.tenant, draft.request_id)
    if event is None:
        return None
    same_subject = draft.subject == event.subject  # one not seen before equals none
    same = event.kind == draft.kind and event.payload == canonical(draft.payload)
    if not (same and same_subject and bool(event.commitment) == (draft.secret is not None)):
        raise RequestConflictError
    secret = view.secret(event.seq)
    if secret is not None and secret != draft.secret:
        raise RequestConflictError
    return event
