"""The calls about bots and campaigns."""

from wurao.v1 import optouts_pb2 as pb

from classifier.optouts.derived.caller_cases import CallerCaseState
from classifier.optouts.desk.caller_desk import Callers, CallerStatus, CallerStep
from classifier.optouts.records import MAX_REASON_CHARACTERS
from classifier.server.optouts.actors import person_of
from classifier.server.optouts.answers import timestamp
from classifier.server.optouts.door import Context, Door
from classifier.server.optouts.enums import CALLER_KINDS, inverse
from classifier.server.optouts.pages import Page, read_page
from classifier.server.optouts.reading import Reading

_STATES = {
    CallerCaseState.PROPOSED: pb.CALLER_STATE_SUSPENSION_PROPOSED,
    CallerCaseState.SUSPENDED: pb.CALLER_STATE_SUSPENDED,
}
_KINDS = inverse(CALLER_KINDS)


class CallerCalls(Door):
    """Suspends, releases and lists callers."""

    async def SuspendCaller(
        self, request: pb.SuspendCallerRequest, context: Context
    ) -> pb.SuspendCallerResponse:
        """Suspend a bot or campaign; every check answers no for it when this returns.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, step = await self._read(context, _step, request)
        callers = Callers(desk.registry, desk.policies)
        status = await desk.work(context, lambda: callers.suspend(step))
        return pb.SuspendCallerResponse(caller=_status_to_wire(status))

    async def ReleaseCaller(
        self, request: pb.ReleaseCallerRequest, context: Context
    ) -> pb.ReleaseCallerResponse:
        """End a suspension.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, step = await self._read(context, _step, request)
        callers = Callers(desk.registry, desk.policies)
        status = await desk.work(context, lambda: callers.release(step))
        return pb.ReleaseCallerResponse(caller=_status_to_wire(status))

    async def ListCallers(
        self, request: pb.ListCallersRequest, context: Context
    ) -> pb.ListCallersResponse:
        """Return a page of callers, by kind and name.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, (tenant, page) = await self._read(context, _page, request)
        callers = Callers(desk.registry, desk.policies)
        after = page.after or ("", "")
        found = await desk.work(context, lambda: callers.list(tenant, page.limit, after))
        return pb.ListCallersResponse(
            callers=map(_status_to_wire, found),
            next_page_token=page.after_all(found, lambda one: (one.kind, one.name)),
        )


def _step(
    reading: Reading, request: pb.SuspendCallerRequest | pb.ReleaseCallerRequest
) -> CallerStep:
    fields = {
        "tenant": reading.tenant(request.tenant),
        "request_id": reading.request_id(request.request_id),
        "actor": person_of(reading, request.actor),
        "kind": reading.choice("caller.kind", request.caller.kind, CALLER_KINDS, "caller"),
        "name": reading.needed("caller.name", request.caller.name),
        "reason": reading.text("reason", request.reason, MAX_REASON_CHARACTERS, needed=True),
    }
    reading.finish()
    if isinstance(request, pb.SuspendCallerRequest):
        notified, deleted, kept = tuple(request.notified), "", ""
    else:
        notified, deleted, kept = (), request.data_deleted, request.data_kept
    return CallerStep(**fields, notified=notified, data_deleted=deleted, data_kept=kept)


def _page(reading: Reading, request: pb.ListCallersRequest) -> tuple[str, Page]:
    page = read_page(reading, request)
    return reading.tenant(request.tenant), page


def _status_to_wire(status: CallerStatus) -> pb.CallerStatus:
    active = pb.CALLER_STATE_ACTIVE
    wire = pb.CallerStatus(
        caller=pb.Caller(kind=_KINDS[status.kind], name=status.name),
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
