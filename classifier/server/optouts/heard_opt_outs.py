"""What Classify* leaves in the registry when it is told whom it listens to."""

import uuid
from dataclasses import replace

from msgspec import Struct
from wurao.v1 import classifier_pb2, subjects_pb2

from classifier.errors import RecordMissingError, RequestConflictError
from classifier.optouts.derived.case_book import grievance
from classifier.optouts.desk.call_cases import CallCases, call_name
from classifier.optouts.desk.case import Feedback
from classifier.optouts.events.facts import Facts
from classifier.optouts.events.open_fields import keyed_digest
from classifier.optouts.records import Intake, OptOut, OptOutRequest, OptOutState
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.subjects.subject import Subject
from classifier.optouts.times import now_us
from classifier.server.optouts.door import Context, Desk, Door
from classifier.server.optouts.reading import DEFAULT_TENANT, Reading, plain_subject
from classifier.server.security.caller import current_caller
from classifier.turns import Action, Label, Prediction, Turn


class HeardContact(Struct, frozen=True):
    """In which contact a turn was said. Most turns leave nothing, so little is made of it.

    Attributes:
        subject: Who is contacted.
        wire: As it came, with nothing wrong.
        sitting: Of a stream that names no call: a name that no other has, so that its complaints
            are one case. Nothing of it is recorded.
    """

    subject: Subject
    wire: subjects_pb2.Contact
    sitting: str = ""

    def __repr__(self) -> str:
        """Return it without what came, which holds the number."""
        return f"HeardContact({self.subject!r})"

    def __rich_repr__(self) -> list[tuple[str, Subject]]:
        """Return it without what came, which holds the number."""
        return [("subject", self.subject)]

    @property
    def tenant(self) -> str:
        """Whose registry."""
        return self.wire.tenant or DEFAULT_TENANT

    @property
    def facts(self) -> Facts:
        """Bot, campaign, purpose and call."""
        wire = self.wire
        return Facts(
            caller=wire.bot,
            campaign=wire.campaign,
            purpose=wire.purpose,
            call_reference=wire.call_reference,
        )


class HeardOptOuts(Door):
    """Records what a classifier heard, before it answers."""

    def contact(self, wire: subjects_pb2.Contact) -> HeardContact:
        """Return the contact that a request names.

        Args:
            wire: As it came.

        Raises:
            InvalidInputError: A limit is broken; fields are named as on the wire.
        """
        desk = self._desk
        names = wire.tenant + wire.bot + wire.campaign + wire.purpose + wire.call_reference
        subject = plain_subject(wire.subject, names, desk.region)
        return HeardContact(subject or _checked_subject(desk.reading(), wire), wire)

    async def keep(
        self,
        context: Context,
        contact: HeardContact,
        turn: Turn,
        ids: tuple[str, str],
        prediction: Prediction,
        came_us: int,
    ) -> classifier_pb2.Recorded | None:
        """Record what was heard, where something was; in force when this returns.

        Args:
            context: Of the call; ends where the registry fails.
            contact: In which it was said.
            turn: What was said.
            ids: Of conversation and turn.
            prediction: What the classifier says of it.
            came_us: When it came in, microseconds since 1970.

        Returns:
            What was recorded, or None where nothing had to be.
        """
        doubtful = prediction.action is Action.CLARIFY
        if prediction.label is Label.NORMAL and not doubtful:
            return None
        desk = self._desk
        if prediction.label is Label.COMPLAINT and not doubtful:
            cases, ring = CallCases(desk.registry, desk.policies), desk.registry.ring
            conversation = ids[0] or contact.sitting
            call = call_name(ring, contact.subject, contact.wire.call_reference, conversation)
            feedback = _feedback(contact, turn, f"{call}-{_hash_of(ring, ids[1])}", prediction)
            case = await desk.work(context, lambda: cases.hear(feedback, call))
            return classifier_pb2.Recorded(case_id=str(case.case_id))
        request_id = _request_id(desk.registry.ring, contact, ids)
        request = _request(contact, turn, ids, request_id, prediction, came_us)
        opt_out = await desk.work(context, lambda: _record(desk, request))
        record = str(opt_out.record_id)
        # A review bears the number of its record.
        return classifier_pb2.Recorded(opt_out_id=record, review_id=record if doubtful else "")


def _checked_subject(reading: Reading, wire: subjects_pb2.Contact) -> Subject:
    reading.tenant(wire.tenant)
    subject = reading.subject("contact.subject", wire.subject)
    for name in ("bot", "campaign", "purpose", "call_reference"):
        reading.name(f"contact.{name}", getattr(wire, name))
    reading.finish()
    return subject


def _request(
    contact: HeardContact,
    turn: Turn,
    ids: tuple[str, str],
    request_id: str,
    prediction: Prediction,
    came_us: int,
) -> OptOutRequest:
    conversation_id, turn_id = ids
    return OptOutRequest(
        tenant=contact.tenant,
        request_id=request_id,
        subject=contact.subject,
        intake=Intake(turn.channel),
        actor=current_caller().name,
        reasons=prediction.reasons,
        text=turn.text,
        context=turn.context,
        facts=replace(
            contact.facts,
            conversation_id=conversation_id,
            turn_id=turn_id,
            label=prediction.label.value,
            also_complaint=prediction.also_complaint,
            scores=prediction.scores,
            model_version=prediction.model_version,
            rule=prediction.rule,
        ).to_json(),
        doubtful=prediction.action is Action.CLARIFY,
        came_us=came_us,
    )


def _request_id(ring: KeyRing, contact: HeardContact, ids: tuple[str, str]) -> str:
    """Return the same id for the same turn of the same call, so that a retry records nothing twice.

    The ids alone are hashed, never the subject.
    """
    conversation_id, turn_id = ids
    call = contact.facts.call_reference or conversation_id
    if not (call and turn_id):
        return f"turn-{uuid.uuid4().hex}"
    return f"turn-{_hash_of(ring, contact.facts.call_reference, conversation_id, turn_id)}"


def _hash_of(ring: KeyRing, *ids: str) -> str:
    """Return a keyed digest of ids, which may hold numbers; of none one that no other has."""
    return keyed_digest(ring, *ids) if any(ids) else uuid.uuid4().hex


def _feedback(
    contact: HeardContact, turn: Turn, request_id: str, prediction: Prediction
) -> Feedback:
    facts = contact.facts
    return Feedback(
        tenant=contact.tenant,
        request_id=request_id,
        actor=current_caller().name,
        kind=grievance(prediction.reasons),
        text=turn.text,
        intake=Intake(turn.channel),
        subject=contact.subject,
        caller=facts.caller,
        campaign=facts.campaign,
        call_reference=facts.call_reference,
    )


def _record(desk: Desk, request: OptOutRequest) -> OptOut:
    try:
        opt_out = desk.registry.record(request)
    except (RequestConflictError, RecordMissingError):
        # The same turn heard anew, in other words or by another model, or under ids of long ago
        # whose record was purged: that counts too.
        return desk.registry.record(replace(request, request_id=f"turn-{uuid.uuid4().hex}"))
    if opt_out.standing(now_us()) is OptOutState.ACTIVE:
        return opt_out
    # Its record was ended since, so it is recorded anew: nobody answers "recorded" while contact
    # is allowed. A retry finds the same id again.
    again = f"turn-{_hash_of(desk.registry.ring, request.request_id, str(opt_out.etag))}"
    return _record(desk, replace(request, request_id=again))
