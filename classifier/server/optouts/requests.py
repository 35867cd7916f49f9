"""From the wire to the requests of the registry."""

from dataclasses import replace

from wurao.v1 import optouts_pb2 as pb

from classifier.optouts.derived.opt_outs import MISTAKE, OPTED_IN
from classifier.optouts.events.facts import Facts, sound_scores
from classifier.optouts.listing import Filter
from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import (
    MAX_REASON_CHARACTERS,
    Contact,
    Intake,
    OptOutRequest,
    OptOutState,
)
from classifier.optouts.times import now_us
from classifier.server.optouts.actors import actor_of, person_of
from classifier.server.optouts.enums import INTAKES, REASONS, STATES
from classifier.server.optouts.pages import Page, read_page
from classifier.server.optouts.reading import Reading
from classifier.turns import MAX_TEXT_CHARACTERS

FilteredRequest = pb.ListOptOutsRequest | pb.ListEventsRequest | pb.ListGivenNoticesRequest

_MOST_KINDS = 50

_BASES: dict[int, str] = {
    pb.REVOCATION_BASIS_SUBJECT_OPTED_IN: OPTED_IN,
    pb.REVOCATION_BASIS_MISTAKE: MISTAKE,
}


def opt_out_request(reading: Reading, request: pb.RecordOptOutRequest) -> OptOutRequest:
    """Return the opt-out that a request wants recorded.

    Args:
        reading: Of this request.
        request: As it came.

    Raises:
        InvalidInputError: A limit is broken; fields are named as on the wire.
    """
    tenant = reading.tenant(request.tenant)
    request_id = reading.needed("request_id", request.request_id)
    subject = reading.subject("subject", request.subject)
    intake = reading.choice("intake", request.intake, INTAKES, Intake.IMPORT)
    scope = reading.scope("scope", request.scope)
    reasons = reading.choices("reasons", request.reasons, REASONS)
    text = reading.text("evidence.text", request.evidence.text, MAX_TEXT_CHARACTERS)
    requested_us = reading.microseconds("requested_at", request)
    reading.past("requested_at", requested_us)
    actor = actor_of(reading, request.actor)
    facts = _facts(reading, request)
    reading.finish()
    return OptOutRequest(
        tenant=tenant,
        request_id=request_id,
        subject=subject,
        intake=intake,
        actor=actor,
        scope=scope,
        reasons=reasons,
        text=text,
        facts=facts.to_json(),
        detected_us=requested_us,
        came_us=now_us(),
    )


def _facts(reading: Reading, request: pb.RecordOptOutRequest) -> Facts:
    shown = request.evidence
    scores = shown.scores
    return Facts(
        caller=reading.name("bot", request.bot),
        campaign=reading.name("campaign", request.campaign),
        purpose=reading.name("purpose", request.purpose),
        call_reference=reading.name("evidence.call_reference", shown.call_reference),
        conversation_id=reading.name("evidence.conversation_id", shown.conversation_id),
        turn_id=reading.name("evidence.turn_id", shown.turn_id),
        scores=(
            sound_scores((scores.opt_out, scores.complaint, scores.normal))
            if shown.HasField("scores")
            else ()  # others are left out: an opt-out is not refused for them
        ),
        model_version=reading.name("evidence.model_version", shown.model_version),
        rule=reading.name("evidence.rule", shown.rule),
        legal_basis=reading.name("legal_basis", request.legal_basis),
        until_us=reading.microseconds("expires_at", request),
    )


def contact(reading: Reading, request: pb.CheckContactRequest | pb.CheckContactsRequest) -> Contact:
    """Return the contact that a check is about.

    Args:
        reading: Of this request; not finished.
        request: As it came.
    """
    return Contact(
        tenant=reading.tenant(request.tenant),
        caller=reading.name("bot", request.bot),
        campaign=reading.name("campaign", request.campaign),
        purpose=reading.name("purpose", request.purpose),
        channel=reading.channel("channel", request.channel),
    )


def revocation(reading: Reading, request: pb.RevokeOptOutRequest) -> Revocation:
    """Return the revocation that a request wants.

    Args:
        reading: Of this request; not finished.
        request: As it came.
    """
    target = request.WhichOneof("target")
    record_id, subject = 0, None
    if target == "opt_out_id":
        record_id = reading.number("opt_out_id", request.opt_out_id)
    elif target == "subject":
        subject = reading.held_subject("subject", request.subject)
    else:
        reading.refuse("target", "is missing; send opt_out_id or subject")
    etag = reading.number("etag", request.etag) if request.etag else 0
    if etag and not record_id:
        reading.refuse("etag", "goes with opt_out_id only")
    basis = reading.choice("basis", request.basis, _BASES, "")
    note = reading.text("reason", request.reason, MAX_REASON_CHARACTERS, needed=True)
    return Revocation(
        tenant=reading.tenant(request.tenant),
        request_id=reading.request_id(request.request_id),
        actor=person_of(reading, request.actor),
        reason=basis,
        record_id=record_id,
        subject=subject,
        etag=etag,
        note=note,
    )


def opt_out_filter(reading: Reading, request: pb.ListOptOutsRequest) -> tuple[Filter, Page]:
    """Return which opt-outs a request wants listed.

    Args:
        reading: Of this request; not finished.
        request: As it came.
    """
    wanted, page = filter_of(reading, request)
    states: tuple[OptOutState, ...] = ()
    if pb.OPT_OUT_STATE_UNDER_REVIEW in request.states:
        reading.refuse("states", "ListReviews lists what is under review; it counts as active here")
    else:
        states = reading.choices("states", request.states, STATES)
    intakes = reading.choices("intakes", request.intakes, INTAKES)
    return replace(wanted, states=states, intakes=intakes), page


def event_filter(reading: Reading, request: pb.ListEventsRequest) -> tuple[Filter, Page]:
    """Return which events a request wants listed.

    Args:
        reading: Of this request; not finished.
        request: As it came.
    """
    wanted, page = filter_of(reading, request)
    few = reading.few("kinds", request.kinds, _MOST_KINDS)
    return replace(wanted, kinds=tuple(reading.needed("kinds", kind) for kind in few)), page


def filter_of(reading: Reading, request: FilteredRequest) -> tuple[Filter, Page]:
    """Return what requests for a list of the registry have in common: tenant, subject and times.

    Args:
        reading: Of this request; not finished.
        request: As it came.
    """
    page = read_page(reading, request)
    named = request.HasField("subject")
    wanted = Filter(
        tenant=reading.tenant(request.tenant),
        subject=reading.held_subject("subject", request.subject) if named else None,
        since_us=reading.microseconds("since", request),
        until_us=reading.microseconds("until", request),
        after=page.last,
        limit=page.limit,
    )
    return wanted, page
