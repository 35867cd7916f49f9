"""The calls about bots and campaigns, and about what people say of them."""

from wurao.v1 import optouts_pb2 as pb

from classifier.optouts.caller_cases import CallerCaseState
from classifier.optouts.case_book import CaseKind
from classifier.optouts.desk.caller_desk import (
    MAX_STEP_CHARACTERS,
    Callers,
    CallerStatus,
    CallerStep,
)
from classifier.optouts.desk.case import Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.records import Intake
from classifier.server.optouts.actors import actor_of, person_of
from classifier.server.optouts.answers import timestamp
from classifier.server.optouts.door import Context, Desk, Door
from classifier.server.optouts.enums import CALLER_KINDS, FEEDBACK_KINDS, INTAKES
from classifier.turns import MAX_TEXT_CHARACTERS

_STATES = {
    CallerCaseState.PROPOSED: pb.CALLER_STATE_SUSPENSION_PROPOSED,
    CallerCaseState.SUSPENDED: pb.CALLER_STATE_SUSPENDED,
}
_KINDS = {name: wire for wire, name in CALLER_KINDS.items()}


class CallerCalls(Door):
    """Suspends, releases and lists callers; takes in feedback."""

    async def SuspendCaller(
        self, request: pb.SuspendCallerRequest, context: Context
    ) -> pb.SuspendCallerResponse:
        """Suspend a bot or campaign; every check answers no for it when this returns.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk = await self._open(context)
        step = await self._read(context, lambda desk: _step(desk, request))
        callers = Callers(desk.registry, desk.policies)
        status = await self._work(context, lambda: callers.suspend(step))
        return pb.SuspendCallerResponse(caller=_status_to_wire(status))

    async def ReleaseCaller(
        self, request: pb.ReleaseCallerRequest, context: Context
    ) -> pb.ReleaseCallerResponse:
        """End a suspension.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk = await self._open(context)
        step = await self._read(context, lambda desk: _step(desk, request))
        callers = Callers(desk.registry, desk.policies)
        status = await self._work(context, lambda: callers.release(step))
        return pb.ReleaseCallerResponse(caller=_status_to_wire(status))

    async def ListCallers(
        self, request: pb.ListCallersRequest, context: Context
    ) -> pb.ListCallersResponse:
        """Return a page of callers, by kind and name.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk = await self._open(context)
        tenant, after, limit = await self._read(context, lambda desk: _page(desk, request))
        callers = Callers(desk.registry, desk.policies)
        found = await self._work(context, lambda: callers.list(tenant))
        page = found[after : after + limit]
        more = after + limit < len(found)
        return pb.ListCallersResponse(
            callers=map(_status_to_wire, page), next_page_token=str(after + limit) if more else ""
        )

    async def RecordFeedback(
        self, request: pb.RecordFeedbackRequest, context: Context
    ) -> pb.RecordFeedbackResponse:
        """Take in feedback or a complaint as a case.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk = await self._open(context)
        feedback = await self._read(context, lambda desk: _feedback(desk, request))
        cases = Cases(desk.registry, desk.policies)
        case = await self._work(context, lambda: cases.open(feedback))
        return pb.RecordFeedbackResponse(case_id=str(case.case_id), due_at=timestamp(case.due_us))


def _step(desk: Desk, request: pb.SuspendCallerRequest | pb.ReleaseCallerRequest) -> CallerStep:
    reading = desk.reading()
    release = request if isinstance(request, pb.ReleaseCallerRequest) else None
    notified = () if isinstance(request, pb.ReleaseCallerRequest) else tuple(request.notified)
    fields = {
        "tenant": reading.tenant(request.tenant),
        "request_id": reading.needed("request_id", request.request_id),
        "actor": person_of(reading, request.actor),
        "kind": reading.choice("caller.kind", request.caller.kind, CALLER_KINDS, "caller"),
        "name": reading.needed("caller.name", request.caller.name),
        "reason": reading.text("reason", request.reason, MAX_STEP_CHARACTERS, needed=True),
    }
    reading.finish()
    return CallerStep(
        **fields,
        notified=notified,
        data_deleted=release.data_deleted if release else "",
        data_kept=release.data_kept if release else "",
    )


def _page(desk: Desk, request: pb.ListCallersRequest) -> tuple[str, int, int]:
    reading = desk.reading()
    limit, after = reading.page(request.page_size, request.page_token)
    tenant = reading.tenant(request.tenant)
    reading.finish()
    return tenant, after, limit


def _feedback(desk: Desk, request: pb.RecordFeedbackRequest) -> Feedback:
    reading = desk.reading()
    feedback = {
        "tenant": reading.tenant(request.tenant),
        "request_id": reading.needed("request_id", request.request_id),
        "actor": actor_of(reading, request.actor),
        "caller": reading.name("bot", request.bot),
        "campaign": reading.name("campaign", request.campaign),
        "call_reference": reading.name("call_reference", request.call_reference),
        "text": reading.text("text", request.text, MAX_TEXT_CHARACTERS, needed=True),
    }
    kind = reading.choice("kind", request.kind, FEEDBACK_KINDS, CaseKind.OPINION)
    intake = reading.choice("intake", request.intake, INTAKES, Intake.AGENT)
    subject = reading.subject("subject", request.subject) if request.HasField("subject") else None
    reading.finish()
    return Feedback(**feedback, kind=kind, intake=intake, subject=subject)


def _status_to_wire(status: CallerStatus) -> pb.CallerStatus:
    active = pb.CALLER_STATE_ACTIVE
    wire = pb.CallerStatus(
        caller=pb.Caller(kind=_KINDS[status.kind], name=status.name),  # type: ignore[arg-type]
        state=_STATES.get(status.state, active) if status.state else active,
        case_id=str(status.case_id) if status.case_id else "",
        cause=status.cause,
        rates=[
            pb.CallerRates(window_seconds=seconds, **counts)
            for seconds, counts in sorted(status.rates.items())
        ],
    )
    if status.since_us:
        wire.since.CopyFrom(timestamp(status.since_us))
    return wire
