"""From a subject to its number, through keyed hashes: the database never holds the name."""

import re
from collections.abc import Sequence
from dataclasses import replace

from classifier.errors import InvalidSubjectError, KeysError
from classifier.optouts.events.event import Draft
from classifier.optouts.events.open_fields import (
    MASK,
    NUMBERS,
    hidden_id,
    hidden_whole,
    masked,
    may_hold_subject,
)
from classifier.optouts.events.tables import SUBJECTS, Row, Where, of_subject
from classifier.optouts.records import Json
from classifier.optouts.store import Transaction, View
from classifier.optouts.subjects.keys import KeyRing, subject_tag
from classifier.optouts.subjects.subject import Subject, SubjectKind, parse_subject

_CALL = "call_reference"  # as the payload of a notice has it


def find_subject(view: View, ring: KeyRing, subject: Subject) -> int:
    """Return the number of a subject, 0 where it was never seen.

    Args:
        view: To look in.
        ring: The keys.
        subject: In its normal form.
    """
    return find_subjects(view, ring, [subject])[0]


def find_subjects(view: View, ring: KeyRing, subjects: Sequence[Subject]) -> list[int]:
    """Return the number of each subject, 0 where it was never seen.

    Args:
        view: To look in.
        ring: The keys.
        subjects: In their normal forms, at least one.
    """
    hashes = [ring.subject_hashes(subject) for subject in subjects]
    wanted = [digest for few in hashes for digest in few]
    known = view.subject_numbers(wanted)
    return [next((known[digest] for digest in few if digest in known), 0) for few in hashes]


def place_subject(transaction: Transaction, ring: KeyRing, subject: Subject, number: int) -> None:
    """Write down the number of a subject not seen before.

    Args:
        transaction: To write in.
        ring: The keys.
        subject: In its normal form.
        number: That of the event which names it first.
    """
    version = transaction.head().key_version
    transaction.insert(SUBJECTS, subject_row(ring, subject, number, version))


def subject_row(ring: KeyRing, subject: Subject, number: int, version: int) -> Row:
    """Return what leads from a subject to its number.

    Args:
        ring: The keys.
        subject: In its normal form.
        number: Of the subject.
        version: Of the key.
    """
    digest = ring.subject_hash(subject, version)
    tag = subject_tag(ring, number, digest, version)
    return {"id": number, "hash": digest, "key_version": version, "tag": tag}


def clear_subject(view: View, number: int, tenant: str | None = None) -> Subject | None:
    """Return a subject in the clear, from the newest event that still holds it.

    Args:
        view: To look in.
        number: Of the subject.
        tenant: From events of this tenant alone.

    Raises:
        KeysError: A newer part, or the one that holds it, cannot be decrypted.
    """
    events = view.events([*of_subject(number, tenant), Where("commitment", "<>", b"")])
    for secret in view.secrets([event.seq for event in events]):
        if (subject := subject_in(secret)) is not None:
            return subject
    return None


def secret_naming(subject: Subject) -> Json:
    """Return the secret part of an event that holds a subject in the clear and nothing else.

    Args:
        subject: In its normal form.
    """
    return {"subject": {"kind": subject.kind.value, "value": subject.value}}


def subject_in(secret: Json) -> Subject | None:
    """Return the subject that the secret part of an event names, or None.

    Args:
        secret: As `secret_naming` made it, and whatever else is in it.
    """
    named = secret.get("subject")
    return Subject(SubjectKind(named["kind"]), named["value"]) if named else None


def draft_about(
    view: View, ring: KeyRing, draft: Draft, number: int, subject: Subject | None = None
) -> Draft:
    """Return a draft as one about a subject: neither who acts nor the call names the subject.

    Nothing that is done fails because the clear name is gone or cannot be decrypted: a phone number
    of the actor is then told by its hash, and a call reference that may hold the name is hidden.

    Args:
        view: To look in.
        ring: The keys.
        draft: Of what is done.
        number: Of the subject, 0 for none.
        subject: It in the clear, where the request names it.
    """
    call = draft.payload.get(_CALL, "")
    wanted = [text for text in (draft.actor, call) if may_hold_subject(text)]
    if subject is None and number and wanted:
        subject = _readable_subject(view, number, draft.tenant)
    actor = masked(draft.actor, subject, is_name=True)
    hidden = hidden_id(call, subject, ring)
    if subject is None and number:

        def left(found: re.Match[str]) -> str:
            return MASK if _is_of(view, ring, found[0], number) else found[0]

        actor = NUMBERS.sub(left, actor)
        hidden = hidden_whole(call, ring) if may_hold_subject(call) else call
    payload = draft.payload | {_CALL: hidden} if call else draft.payload
    return replace(draft, subject=number, actor=actor, payload=payload)


def _readable_subject(view: View, number: int, tenant: str) -> Subject | None:
    try:
        return clear_subject(view, number, tenant)
    except KeysError:
        return None


def _is_of(view: View, ring: KeyRing, value: str, number: int) -> bool:
    try:
        return find_subject(view, ring, parse_subject(value)) == number
    except InvalidSubjectError:
        return False
