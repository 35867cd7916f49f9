"""The calls about feedback and complaints: taken in, listed, answered, closed."""

from itertools import starmap

from wurao.v1 import optouts_pb2 as pb

from classifier.optouts.derived.case_book import CaseKind, CaseState, Closing
from classifier.optouts.desk.case import Case, CaseTexts, Feedback
from classifier.optouts.desk.cases import Cases
from classifier.optouts.records import Intake
from classifier.server.optouts.actors import actor_of, may_read_texts, person_of
from classifier.server.optouts.answers import timestamp
from classifier.server.optouts.door import Context, Desk, Door
from classifier.server.optouts.enums import CASE_STATES, CLOSINGS, FEEDBACK_KINDS, INTAKES, inverse
from classifier.server.optouts.pages import Page, fitting, read_page
from classifier.server.optouts.reading import Reading
from classifier.turns import MAX_TEXT_CHARACTERS

_KINDS, _INTAKES = inverse(FEEDBACK_KINDS), inverse(INTAKES)
_STATES, _CLOSINGS = inverse(CASE_STATES), inverse(CLOSINGS)
_Step = tuple[str, str, str, int, int]
"""Tenant, request id, actor, case and etag."""


class CaseCalls(Door):
    """Takes in feedback; lists, answers and closes the cases that it becomes."""

    async def RecordFeedback(
        self, request: pb.RecordFeedbackRequest, context: Context
    ) -> pb.RecordFeedbackResponse:
        """Take in feedback or a complaint as a case.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, feedback = await self._read(context, _feedback, request)
        case = await desk.work(context, lambda: _book(desk).open(feedback))
        return pb.RecordFeedbackResponse(case_id=str(case.case_id), due_at=timestamp(case.due_us))

    async def ListCases(
        self, request: pb.ListCasesRequest, context: Context
    ) -> pb.ListCasesResponse:
        """Return a page of cases, the one that is due first in front.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, (tenant, state, page) = await self._read(context, _list, request)
        texts = may_read_texts()

        def work() -> list[tuple[Case, CaseTexts]]:
            book = _book(desk)
            found = book.list(tenant, state, page.limit, page.after)
            said = book.texts(found) if texts else [CaseTexts()] * len(found)
            return list(zip(found, said, strict=True))

        found = await desk.work(context, work)
        sent = fitting(starmap(_case_to_wire, found))
        return pb.ListCasesResponse(
            cases=sent,
            next_page_token=page.after_all(
                found, lambda one: (one[0].due_us, one[0].case_id), len(sent)
            ),
        )

    async def AnswerCase(
        self, request: pb.AnswerCaseRequest, context: Context
    ) -> pb.AnswerCaseResponse:
        """Note an answer to the person; the first one stops the clock.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, (step, text) = await self._read(context, _answer, request)
        case = await desk.work(context, lambda: _told(desk, _book(desk).answer(*step, text)))
        return pb.AnswerCaseResponse(case=case)

    async def CloseCase(
        self, request: pb.CloseCaseRequest, context: Context
    ) -> pb.CloseCaseResponse:
        """Close a case with a reason.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, (step, closing, note) = await self._read(context, _closing, request)
        case = await desk.work(
            context, lambda: _told(desk, _book(desk).close(*step, closing, note))
        )
        return pb.CloseCaseResponse(case=case)


def _book(desk: Desk) -> Cases:
    return Cases(desk.registry, desk.policies)


def _told(desk: Desk, case: Case) -> pb.Case:
    (texts,) = _book(desk).texts([case])
    return _case_to_wire(case, texts)


def _feedback(reading: Reading, request: pb.RecordFeedbackRequest) -> Feedback:
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


def _list(reading: Reading, request: pb.ListCasesRequest) -> tuple[str, CaseState, Page]:
    page = read_page(reading, request)
    choices = {pb.CASE_STATE_UNSPECIFIED: CaseState.OPEN, **CASE_STATES}
    state = reading.choice("state", request.state, choices, CaseState.OPEN)
    return reading.tenant(request.tenant), state, page


def _answer(reading: Reading, request: pb.AnswerCaseRequest) -> tuple[_Step, str]:
    text = reading.text("text", request.text, MAX_TEXT_CHARACTERS, needed=True)
    return _step(reading, request), text


def _closing(reading: Reading, request: pb.CloseCaseRequest) -> tuple[_Step, Closing, str]:
    closing = reading.choice("closing", request.closing, CLOSINGS, Closing.SETTLED)
    note = reading.text("note", request.note, MAX_TEXT_CHARACTERS, needed=True)
    return _step(reading, request), closing, note


def _step(reading: Reading, request: pb.AnswerCaseRequest | pb.CloseCaseRequest) -> _Step:
    return (
        reading.tenant(request.tenant),
        reading.request_id(request.request_id),
        person_of(reading, request.actor),
        reading.number("case_id", request.case_id),
        reading.number("etag", request.etag),
    )


def _case_to_wire(case: Case, texts: CaseTexts) -> pb.Case:
    wire = pb.Case(
        case_id=str(case.case_id),
        tenant=case.tenant,
        kind=_KINDS[case.kind],
        state=_STATES[case.state],
        subject_id=str(case.subject_id) if case.subject_id else "",
        opt_out_id=str(case.record_id) if case.record_id else "",
        intake=_INTAKES[case.intake],
        bot=case.caller,
        campaign=case.campaign,
        text="\n".join(texts.said),
        answer="\n".join(texts.answers),
        note=texts.note,
        opened_at=timestamp(case.opened_us),
        due_at=timestamp(case.due_us),
        closing=_CLOSINGS[case.closing] if case.closing else pb.CASE_CLOSING_UNSPECIFIED,
        etag=str(case.etag),
    )
    if case.answered_us:
        wire.answered_at.CopyFrom(timestamp(case.answered_us))
    if case.closed_us:
        wire.closed_at.CopyFrom(timestamp(case.closed_us))
    return wire
