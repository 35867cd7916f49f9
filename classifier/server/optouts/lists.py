"""The calls that list what the registry holds."""

from collections.abc import Callable
from itertools import starmap
from typing import TypeVar

from wurao.v1 import optouts_pb2 as pb

from classifier.optouts.listing import Filter, list_events, list_opt_outs
from classifier.server.optouts.actors import may_read_texts
from classifier.server.optouts.answers import event_to_wire, recorded_to_wire
from classifier.server.optouts.door import Context, Desk, Door
from classifier.server.optouts.pages import ListRequest, Page, read_page
from classifier.server.optouts.reading import Reading
from classifier.server.optouts.requests import event_filter, opt_out_filter

R = TypeVar("R", bound=ListRequest)


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
        desk = await self._open(context)
        wanted, page = await self._read(context, lambda desk: _asked(desk, request, opt_out_filter))
        found = await self._work(context, lambda: list_opt_outs(desk.registry, wanted))
        more = len(found) == wanted.limit
        return pb.ListOptOutsResponse(
            opt_outs=[recorded_to_wire(one, with_text=may_read_texts()) for one in found],
            next_page_token=page.token(found[-1].opt_out.record_id) if more else "",
        )

    async def ListEvents(
        self, request: pb.ListEventsRequest, context: Context
    ) -> pb.ListEventsResponse:
        """Return a page of events.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk = await self._open(context)
        wanted, page = await self._read(context, lambda desk: _asked(desk, request, event_filter))
        found = await self._work(context, lambda: list_events(desk.registry, wanted))
        more = len(found) == wanted.limit
        return pb.ListEventsResponse(
            events=list(starmap(event_to_wire, found)),
            next_page_token=page.token(found[-1][0].seq) if more else "",
        )


def _asked(
    desk: Desk, request: R, read: Callable[[Reading, R, Page], Filter]
) -> tuple[Filter, Page]:
    reading = desk.reading()
    page = read_page(reading, desk.registry.ring, request)
    return read(reading, request, page), page
