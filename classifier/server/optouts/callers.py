"""The calls about bots and campaigns."""

from wurao.v1 import optouts_pb2 as pb

from classifier.optouts.caller_cases import CallerCaseState
from classifier.optouts.desk.caller_desk import (
    MAX_STEP_CHARACTERS,
    Callers,
    CallerStatus,
    CallerStep,
)
from classifier.server.optouts.actors import person_of
from classifier.server.optouts.answers import timestamp
from classifier.server.optouts.door import Context, Desk, Door
from classifier.server.optouts.enums import CALLER_KINDS, inverse
from classifier.server.optouts.pages import Page, read_page

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
        tenant, page = await self._read(context, lambda desk: _page(desk, request))
        callers = Callers(desk.registry, desk.policies)
        after = page.after or ("", "")
        found = await self._work(context, lambda: callers.list(tenant, page.limit, after))
        last = found[-1] if len(found) == page.limit else None
        return pb.ListCallersResponse(
            callers=map(_status_to_wire, found),
            next_page_token=page.token(last.kind, last.name) if last else "",
        )


def _step(desk: Desk, request: pb.SuspendCallerRequest | pb.ReleaseCallerRequest) -> CallerStep:
    reading = desk.reading()
    release = request if isinstance(request, pb.ReleaseCallerRequest) else None
    notified = () if isinstance(request, pb.ReleaseCallerRequest) else tuple(request.notified)
    fields = {
        "tenant": reading.tenant(request.tenant),
        "request_id": reading.request_id(request.request_id),
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


def _page(desk: Desk, request: pb.ListCallersRequest) -> tuple[str, Page]:
    reading = desk.reading()
    page = read_page(reading, desk.registry.ring, request)
    tenant = reading.tenant(request.tenant)
    reading.finish()
    return tenant, page


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
