"""The calls about one subject's data: look, export, correct, erase."""

from wurao.v1 import optouts_pb2 as pb

from classifier.optouts.listing import RecordedOptOut, get_opt_out
from classifier.optouts.records import MAX_REASON_CHARACTERS
from classifier.optouts.report.subject_page import subject_page
from classifier.optouts.rights.correction import Correction
from classifier.optouts.rights.subject_rights import SubjectFile, SubjectRights
from classifier.optouts.subjects.subject import Subject
from classifier.server.optouts.actors import may_read_texts, person_of
from classifier.server.optouts.answers import recorded_to_wire, timestamp
from classifier.server.optouts.door import Context, Door
from classifier.server.optouts.enums import SUBJECT_KINDS, inverse
from classifier.server.optouts.reading import Reading

_KINDS = inverse(SUBJECT_KINDS)
_MOST_OPT_OUTS = 1_000
_GET_SUBJECT = "/wurao.v1.OptOutService/GetSubject"
_Asked = tuple[str, str, str, Subject]


class SubjectCalls(Door):
    """Answers subjects, and those who may look them up."""

    async def GetSubject(
        self, request: pb.GetSubjectRequest, context: Context
    ) -> pb.GetSubjectResponse:
        """Show what is held on one subject.

        Args:
            request: As it came.
            context: Of the call.
        """
        if request.reveal and not may_read_texts():
            await self._refuse_role(context, _GET_SUBJECT)
        desk, (tenant, target, actor) = await self._read(context, _target, request)
        texts = may_read_texts()

        def work() -> tuple[SubjectFile, list[RecordedOptOut]]:
            rights = SubjectRights(desk.registry)
            reveal = request.reveal
            file = rights.show(tenant, target, actor) if reveal else rights.look(tenant, target)
            numbers = [opt_out.record_id for opt_out in file.opt_outs[:_MOST_OPT_OUTS]]
            return file, [get_opt_out(desk.registry, tenant, number) for number in numbers]

        file, recorded = await desk.work(context, work)
        wire = pb.GetSubjectResponse(
            subject_id=str(file.subject_id),
            clear_value=file.subject.value if file.subject else "",
            opt_outs=[recorded_to_wire(one, with_text=texts) for one in recorded],
        )
        known = file.subject or next((one.subject for one in recorded if one.subject), None)
        if known is not None:
            wire.subject_kind = _KINDS[known.kind]
        if file.erased_us:
            wire.erased_at.CopyFrom(timestamp(file.erased_us))
        return wire

    async def ExportSubject(
        self, request: pb.ExportSubjectRequest, context: Context
    ) -> pb.ExportSubjectResponse:
        """Write out everything held on one subject.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, asked = await self._read(context, _asked, request)
        zone = desk.policies.of(asked[0]).zone

        def work() -> bytes:
            return subject_page(SubjectRights(desk.registry).export(*asked), zone)

        content = await desk.work(context, work)
        return pb.ExportSubjectResponse(
            media_type="text/html; charset=utf-8", file_name="subject.html", content=content
        )

    async def CorrectSubject(
        self, request: pb.CorrectSubjectRequest, context: Context
    ) -> pb.CorrectSubjectResponse:
        """Move what is held on a subject to the right one.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, correction = await self._read(context, _correction, request)
        rights = SubjectRights(desk.registry)

        def work() -> list[RecordedOptOut]:
            moved = rights.correct(correction)
            return [get_opt_out(desk.registry, one.tenant, one.record_id) for one in moved]

        texts = may_read_texts()
        recorded = await desk.work(context, work)
        return pb.CorrectSubjectResponse(
            opt_outs=[recorded_to_wire(one, with_text=texts) for one in recorded]
        )

    async def EraseSubject(
        self, request: pb.EraseSubjectRequest, context: Context
    ) -> pb.EraseSubjectResponse:
        """Erase clear number and texts of one subject; opt-outs in force still block.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, (asked, reason) = await self._read(context, _erasure, request)
        rights, despite = SubjectRights(desk.registry, desk.policies), request.despite_open_cases
        done = await desk.work(
            context, lambda: rights.erase(*asked, reason, despite_open_cases=despite)
        )
        return pb.EraseSubjectResponse(
            erased=done.erased, kept=done.kept, erased_at=timestamp(done.erased_us)
        )


def _target(reading: Reading, request: pb.GetSubjectRequest) -> tuple[str, Subject | int, str]:
    which = request.WhichOneof("target")
    target: Subject | int = 0
    if which == "subject":
        target = reading.held_subject("subject", request.subject)
    elif which == "subject_id":
        target = reading.number("subject_id", request.subject_id)
    else:
        reading.refuse("target", "is missing; send subject or subject_id")
    tenant = reading.tenant(request.tenant)
    actor = person_of(reading, request.actor) if request.reveal else ""
    return tenant, target, actor


def _asked(reading: Reading, request: pb.ExportSubjectRequest | pb.EraseSubjectRequest) -> _Asked:
    return (
        reading.tenant(request.tenant),
        reading.request_id(request.request_id),
        person_of(reading, request.actor),
        reading.held_subject("subject", request.subject),
    )


def _erasure(reading: Reading, request: pb.EraseSubjectRequest) -> tuple[_Asked, str]:
    asked = _asked(reading, request)
    return asked, reading.text("reason", request.reason, MAX_REASON_CHARACTERS, needed=True)


def _correction(reading: Reading, request: pb.CorrectSubjectRequest) -> Correction:
    return Correction(
        tenant=reading.tenant(request.tenant),
        request_id=reading.request_id(request.request_id),
        actor=person_of(reading, request.actor),
        wrong=reading.held_subject("subject", request.subject),
        right=reading.subject("correction", request.correction),
        reason=reading.text("reason", request.reason, MAX_REASON_CHARACTERS, needed=True),
    )
