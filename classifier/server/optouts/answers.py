"""From the nouns of the registry to the wire."""

import json

from google.protobuf.timestamp_pb2 import Timestamp
from wurao.v1 import classifier_pb2
from wurao.v1 import optouts_pb2 as pb

from classifier.errors import InvalidInputError, RegistryError
from classifier.messages import violations_to_wire
from classifier.optouts.derived.review_queue import ReviewState
from classifier.optouts.events.event import Event
from classifier.optouts.events.facts import Facts, facts_from_json
from classifier.optouts.listing import RecordedOptOut
from classifier.optouts.records import Decision, OptOut, OptOutRequest, Reach, Scope
from classifier.optouts.times import now_us
from classifier.server.optouts.enums import (
    BLOCK_REASONS,
    CHANNELS,
    INTAKES,
    REASONS,
    STATES,
    SUBJECT_KINDS,
    inverse,
)
from classifier.server.optouts.refusals import reason_of

_INTAKES, _STATES = inverse(INTAKES), inverse(STATES)
_CHANNELS, _REASONS, _KINDS = inverse(CHANNELS), inverse(REASONS), inverse(SUBJECT_KINDS)


def timestamp(microseconds: int) -> Timestamp:
    """Return a time.

    Args:
        microseconds: Since 1970.
    """
    seconds, rest = divmod(microseconds, 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000)


def scope_to_wire(scope: Scope) -> pb.Scope:
    """Return a scope as it is sent.

    Args:
        scope: Any.
    """
    wire = pb.Scope(channel=_CHANNELS[scope.channel])
    if scope.reach is not Reach.ALL:
        setattr(wire, scope.reach.value, scope.name)
    return wire


def _bare_to_wire(opt_out: OptOut) -> pb.OptOut:
    wire = pb.OptOut(
        opt_out_id=str(opt_out.record_id),
        tenant=opt_out.tenant,
        subject_id=str(opt_out.subject_id),
        scope=scope_to_wire(opt_out.scope),
        intake=_INTAKES[opt_out.intake],
        state=_STATES[opt_out.standing(now_us())],
        effective_at=timestamp(opt_out.since_us),
        etag=str(opt_out.etag),
    )
    if opt_out.until_us:
        wire.expires_at.CopyFrom(timestamp(opt_out.until_us))
    return wire


def new_to_wire(opt_out: OptOut, request: OptOutRequest) -> pb.OptOut:
    """Return a record that a request has just made, without a look at the store.

    Args:
        opt_out: As it stands.
        request: Which made it.
    """
    recorded = RecordedOptOut(
        opt_out=opt_out,
        actor=request.actor,
        requested_us=request.detected_us,
        reasons=request.reasons,
        facts=facts_from_json(request.facts),
        ruling={},
        subject=request.subject,
        text="",
    )
    return recorded_to_wire(recorded)


def recorded_to_wire(recorded: RecordedOptOut, *, with_text: bool = False) -> pb.OptOut:
    """Return a record with what was recorded about it.

    Args:
        recorded: From a listing.
        with_text: Whether the caller may read what was said.
    """
    wire = _bare_to_wire(recorded.opt_out)
    facts = recorded.facts
    if recorded.subject is not None:
        wire.subject_kind = _KINDS[recorded.subject.kind]
    if recorded.review is not None:
        wire.review_id = wire.opt_out_id  # a review bears the number of its record
        if recorded.review is ReviewState.OPEN and wire.state == pb.OPT_OUT_STATE_ACTIVE:
            wire.state = pb.OPT_OUT_STATE_UNDER_REVIEW
    if recorded.requested_us:
        wire.requested_at.CopyFrom(timestamp(recorded.requested_us))
    wire.reasons.extend(_REASONS[reason] for reason in recorded.reasons)
    wire.actor = recorded.actor
    wire.ruling = json.dumps(recorded.ruling, ensure_ascii=False) if recorded.ruling else ""
    wire.bot, wire.campaign, wire.purpose = facts.caller, facts.campaign, facts.purpose
    wire.evidence.CopyFrom(evidence_to_wire(facts, recorded.text if with_text else ""))
    return wire


def evidence_to_wire(facts: Facts, text: str) -> pb.Evidence:
    """Return what shows that a request was made.

    Args:
        facts: What is known around it.
        text: What was said, or empty where the caller may not read it.
    """
    evidence = pb.Evidence(
        text=text,
        call_reference=facts.call_reference,
        conversation_id=facts.conversation_id,
        turn_id=facts.turn_id,
        model_version=facts.model_version,
        rule=facts.rule,
    )
    if facts.scores:
        opt_out, complaint, normal = facts.scores
        scores = classifier_pb2.Scores(opt_out=opt_out, complaint=complaint, normal=normal)
        evidence.scores.CopyFrom(scores)
    return evidence


def decision_to_wire(decision: Decision) -> pb.CheckContactResponse:
    """Return the answer to a check.

    Args:
        decision: What the registry says.
    """
    if decision.allowed:
        return pb.CheckContactResponse(allowed=True)
    return pb.CheckContactResponse(
        reason=BLOCK_REASONS[decision.why],
        since=timestamp(decision.since_us),
        opt_out_id=str(decision.opt_out_id or ""),
    )


def event_to_wire(event: Event, chained: bytes) -> pb.Event:
    """Return an entry of the audit log.

    Args:
        event: As it was appended.
        chained: Its chain hash.
    """
    details = {"asked": event.asked(), "outcome": event.outcome()}
    return pb.Event(
        sequence=event.seq,
        at=timestamp(event.time_us),
        kind=event.kind,
        tenant=event.tenant,
        subject_id=str(event.subject) if event.subject else "",
        object_id=str(_object_of(event)),
        actor=event.actor,
        details=json.dumps(details, ensure_ascii=False),
        hash=chained.hex(),
    )


def _object_of(event: Event) -> int:
    asked, outcome = event.asked(), event.outcome()
    found: int = asked.get("record") or asked.get("case") or outcome.get("case") or event.seq
    return found


def item_error(error: InvalidInputError | RegistryError) -> pb.ItemError:
    """Return why one item was refused.

    Args:
        error: What the registry or the reading raised.
    """
    if not isinstance(error, InvalidInputError):
        return pb.ItemError(reason=reason_of(error))
    wire = violations_to_wire(error.violations)
    return pb.ItemError(reason="INVALID_ARGUMENT", violations=wire)
