"""The calls that list what the registry holds."""

from itertools import starmap

from wurao.v1 import optouts_pb2 as pb

from classifier.optouts.listing import list_events, list_opt_outs
from classifier.server.optouts.actors import may_read_texts
from classifier.server.optouts.answers import event_to_wire, recorded_to_wire
from classifier.server.optouts.door import Context, Door
from classifier.server.optouts.pages import fitting
from classifier.server.optouts.requests import event_filter, opt_out_filter


class ListCalls(Door):
    """Lists opt-outs and events."""

    async def ListOptOuts(
        self, request: pb.ListOptOutsRequest, context: Context
    ) -> pb.ListOptOutsResponse:
        """Return a page of opt-outs.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, (wanted, page) = await self._read(context, opt_out_filter, request)
        found = await desk.work(context, lambda: list_opt_outs(desk.registry, wanted))
        sent = fitting(recorded_to_wire(one, with_text=may_read_texts()) for one in found)
        return pb.ListOptOutsResponse(
            opt_outs=sent,
            next_page_token=page.after_all(found, lambda one: (one.opt_out.record_id,), len(sent)),
        )

    async def ListEvents(
        self, request: pb.ListEventsRequest, context: Context
    ) -> pb.ListEventsResponse:
        """Return a page of events.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, (wanted, page) = await self._read(context, event_filter, request)
        found = await desk.work(context, lambda: list_events(desk.registry, wanted))
        sent = fitting(starmap(event_to_wire, found))
        return pb.ListEventsResponse(
            events=sent,
            next_page_token=page.after_all(found, lambda one: (one[0].seq,), len(sent)),
        )
