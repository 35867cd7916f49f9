"""The calls about what people are told: the texts, giving one, which ones were given."""

from dataclasses import replace

from wurao.v1 import optouts_pb2 as pb

from classifier.optouts.derived.opt_outs import CONFIRMED, NOTICE_GIVEN
from classifier.optouts.desk.notice_desk import GivenNotice, NoticeDesk, Operator
from classifier.optouts.events.event import Event
from classifier.optouts.listing import list_events
from classifier.optouts.policy.language_tags import within
from classifier.optouts.policy.notices import Notice, Purpose
from classifier.server.optouts.actors import actor_of
from classifier.server.optouts.answers import timestamp
from classifier.server.optouts.door import Context, Desk, Door
from classifier.server.optouts.enums import NAMED_CHANNELS, NOTICE_PURPOSES, inverse
from classifier.server.optouts.pages import Page, read_page
from classifier.server.optouts.reading import Reading
from classifier.server.optouts.requests import filter_of
from classifier.turns import Channel

_PURPOSES, _CHANNELS = inverse(NOTICE_PURPOSES), inverse(NAMED_CHANNELS)


class NoticeCalls(Door):
    """Lists and gives notices."""

    async def ListNotices(
        self, request: pb.ListNoticesRequest, context: Context
    ) -> pb.ListNoticesResponse:
        """Return a page of the texts of the tenant's profiles.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, (wanted, page) = await self._read(context, _wanted, request)
        found = _texts(desk, *wanted)
        end = page.last + page.limit
        return pb.ListNoticesResponse(
            notices=map(_notice_to_wire, found[page.last : end]),
            next_page_token=page.token(end) if end < len(found) else "",
        )

    async def GiveNotice(
        self, request: pb.GiveNoticeRequest, context: Context
    ) -> pb.GiveNoticeResponse:
        """Return the text for an occasion, and note that it was given.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, asked = await self._read(context, _occasion, request)
        operator, occasion, record, call_reference = asked
        tenant, request_id, actor, purpose, channel, language = occasion
        notices = NoticeDesk(desk.registry, desk.policies, desk.notices, operator)

        def work() -> GivenNotice:
            about = (tenant, request_id, actor)
            if purpose is Purpose.CONFIRMATION:
                return notices.confirm(*about, record, channel, language)
            return notices.give(*about, purpose, channel, language, record, call_reference)

        given = await desk.work(context, work)
        return pb.GiveNoticeResponse(text=given.text, given=_given_to_wire(given.event))

    async def ListGivenNotices(
        self, request: pb.ListGivenNoticesRequest, context: Context
    ) -> pb.ListGivenNoticesResponse:
        """Return a page of the notices that were given.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, (wanted, page) = await self._read(context, filter_of, request)
        given = replace(wanted, kinds=(NOTICE_GIVEN, CONFIRMED))
        found = await desk.work(context, lambda: list_events(desk.registry, given))
        return pb.ListGivenNoticesResponse(
            notices=[_given_to_wire(event) for event, _hash in found],
            next_page_token=page.after_all(found, lambda one: (one[0].seq,)),
        )


_Occasion = tuple[str, str, str, Purpose, Channel, str]
"""Tenant, request id, actor, purpose, channel and language."""


def _occasion(
    reading: Reading, request: pb.GiveNoticeRequest
) -> tuple[Operator, _Occasion, int, str]:
    purpose = reading.choice("purpose", request.purpose, NOTICE_PURPOSES, Purpose.OPT_OUT)
    confirms = purpose is Purpose.CONFIRMATION
    record = 0
    if request.opt_out_id or confirms:
        record = reading.number("opt_out_id", request.opt_out_id)
    occasion = (
        reading.tenant(request.tenant),
        reading.request_id(request.request_id),
        actor_of(reading, request.actor) or "bot",
        purpose,
        reading.choice("channel", request.channel, NAMED_CHANNELS, Channel.VOICE),
        reading.name("language", request.language),
    )
    company = reading.needed("company", request.company)
    contact = reading.needed("contact", request.contact)
    call_reference = reading.name("call_reference", request.call_reference)
    return Operator(company, contact), occasion, record, call_reference


_Wanted = tuple[str, Purpose | None, str]
"""Tenant, purpose and language."""


def _wanted(reading: Reading, request: pb.ListNoticesRequest) -> tuple[_Wanted, Page]:
    page = read_page(reading, request)
    purposes = {pb.NOTICE_PURPOSE_UNSPECIFIED: None, **NOTICE_PURPOSES}
    purpose = reading.choice("purpose", request.purpose, purposes, None)
    language = reading.name("language", request.language)
    return (reading.tenant(request.tenant), purpose, language), page


def _texts(desk: Desk, tenant: str, purpose: Purpose | None, language: str) -> list[Notice]:
    return [
        notice
        for notice in desk.notices.of(desk.policies.of(tenant))
        if purpose in (None, notice.purpose) and (not language or within(notice.language, language))
    ]


def _notice_to_wire(notice: Notice) -> pb.Notice:
    return pb.Notice(
        notice_id=notice.id,
        version=notice.version,
        purpose=_PURPOSES[notice.purpose],
        language=notice.language,
        jurisdictions=notice.jurisdictions,
        channels=[_CHANNELS[channel] for channel in Channel if channel in notice.channels],
        text=notice.text,
    )


def _given_to_wire(event: Event) -> pb.GivenNotice:
    asked, notice = event.asked(), event.outcome()["notice"]
    purpose = asked.get("purpose", Purpose.CONFIRMATION)  # a confirmation has a kind of its own
    return pb.GivenNotice(
        given_id=str(event.seq),
        notice_id=notice["id"],
        version=notice["version"],
        digest=notice["digest"],
        purpose=_PURPOSES[Purpose(purpose)],
        channel=_CHANNELS[Channel(asked["channel"])],
        opt_out_id=str(asked["record"]) if asked["record"] else "",
        call_reference=asked.get("call_reference", ""),
        given_at=timestamp(event.time_us),
        actor=event.actor,
    )
