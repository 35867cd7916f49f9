"""The calls that record opt-outs, check contacts and revoke."""

from collections import Counter
from functools import partial

from wurao.v1 import optouts_pb2 as pb

from classifier.errors import FieldViolation, InvalidInputError, RegistryError
from classifier.optouts.events.open_fields import in_the_open
from classifier.optouts.listing import RecordedOptOut, get_opt_out
from classifier.optouts.records import Contact, OptOut, OptOutRequest
from classifier.optouts.subjects.subject import Subject
from classifier.server.optouts.actors import may_read_texts
from classifier.server.optouts.answers import (
    decision_to_wire,
    item_error,
    new_to_wire,
    recorded_to_wire,
)
from classifier.server.optouts.door import Context, Desk, Door
from classifier.server.optouts.enums import CHANNELS
from classifier.server.optouts.reading import DEFAULT_TENANT, plain_subject
from classifier.server.optouts.refusals import abort_registry
from classifier.server.optouts.requests import contact, opt_out_request, revocation
from classifier.server.status import abort_invalid

MAX_RECORDS = 1_000
MAX_CHECKS = 10_000


class ContactCalls(Door):
    """Records, checks, revokes."""

    async def RecordOptOut(
        self, request: pb.RecordOptOutRequest, context: Context
    ) -> pb.RecordOptOutResponse:
        """Record one opt-out; in force when this returns.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, asked = await self._read(context, opt_out_request, request)
        opt_out = await desk.work(context, lambda: desk.registry.record(asked))
        told = in_the_open(asked, desk.registry.ring)
        return pb.RecordOptOutResponse(opt_out=new_to_wire(opt_out, told))

    async def RecordOptOuts(
        self, request: pb.RecordOptOutsRequest, context: Context
    ) -> pb.RecordOptOutsResponse:
        """Record many opt-outs, a record or an error for each.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk = self._desk
        await _check_size(context, "requests", len(request.requests), MAX_RECORDS)
        asked: list[OptOutRequest | InvalidInputError] = []
        for wire in request.requests:
            try:
                asked.append(opt_out_request(desk.reading(), wire))
            except InvalidInputError as error:
                asked.append(error)
        good = [one for one in asked if isinstance(one, OptOutRequest)]
        recorded = iter(
            await desk.work(context, lambda: desk.registry.record_many(good)) if good else []
        )
        results = []
        for wire, one in zip(request.requests, asked, strict=True):
            result = pb.RecordOptOutsResult(request_id=wire.request_id)
            outcome = one if isinstance(one, InvalidInputError) else next(recorded)
            if isinstance(one, OptOutRequest) and isinstance(outcome, OptOut):
                told = in_the_open(one, desk.registry.ring)
                result.recorded.opt_out.CopyFrom(new_to_wire(outcome, told))
            elif isinstance(outcome, InvalidInputError | RegistryError):
                result.error.CopyFrom(item_error(outcome))
            results.append(result)
        return pb.RecordOptOutsResponse(results=results)

    async def CheckContact(
        self, request: pb.CheckContactRequest, context: Context
    ) -> pb.CheckContactResponse:
        """Say whether one subject may be contacted.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk = self._desk
        try:
            wanted, subject = _one_check(desk, request)
            if desk.registry.store.instant:  # every contact waits for this: no thread
                decision = desk.registry.check(wanted, (subject,))
            else:
                decision = await desk.work(
                    context, partial(desk.registry.check, wanted, (subject,))
                )
        except InvalidInputError as error:
            await abort_invalid(context, error)
        except RegistryError as error:
            await abort_registry(context, error)
        desk.counter.count(wanted, decision)
        return decision_to_wire(decision)

    async def CheckContacts(
        self, request: pb.CheckContactsRequest, context: Context
    ) -> pb.CheckContactsResponse:
        """Say of many subjects whether they may be contacted, an answer or an error for each.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk = self._desk
        await _check_size(context, "subjects", len(request.subjects), MAX_CHECKS)
        return await desk.work(context, lambda: _many_checks(desk, request))

    async def RevokeOptOut(
        self, request: pb.RevokeOptOutRequest, context: Context
    ) -> pb.RevokeOptOutResponse:
        """End opt-outs.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, wanted = await self._read(context, revocation, request)

        def work() -> list[RecordedOptOut]:
            revoked = desk.registry.revoke(wanted)
            return [get_opt_out(desk.registry, one.tenant, one.record_id) for one in revoked]

        texts = may_read_texts()
        recorded = await desk.work(context, work)
        return pb.RevokeOptOutResponse(
            opt_outs=[recorded_to_wire(one, with_text=texts) for one in recorded]
        )


def _one_check(desk: Desk, request: pb.CheckContactRequest) -> tuple[Contact, Subject]:
    return _plain_check(desk, request) or _checked(desk, request)


def _plain_check(desk: Desk, request: pb.CheckContactRequest) -> tuple[Contact, Subject] | None:
    tenant, bot, campaign, purpose = request.tenant, request.bot, request.campaign, request.purpose
    subject = plain_subject(request.subject, tenant + bot + campaign + purpose, desk.region)
    if subject is None or request.channel not in CHANNELS:
        return None
    channel = CHANNELS[request.channel]
    return Contact(tenant or DEFAULT_TENANT, bot, campaign, purpose, channel), subject


def _checked(desk: Desk, request: pb.CheckContactRequest) -> tuple[Contact, Subject]:
    reading = desk.reading()
    wanted = contact(reading, request)
    subject = reading.subject("subject", request.subject)
    reading.finish()
    return wanted, subject


def _many_checks(desk: Desk, request: pb.CheckContactsRequest) -> pb.CheckContactsResponse:
    reading = desk.reading()
    wanted = contact(reading, request)
    reading.finish()
    results = [pb.CheckContactsResult() for _ in request.subjects]
    places, subjects = [], []
    for i, wire in enumerate(request.subjects):
        reading.violations.clear()
        subject = reading.subject(f"subjects[{i}]", wire)
        if reading.violations:
            results[i].error.CopyFrom(item_error(InvalidInputError(reading.violations)))
        else:
            places.append(i)
            subjects.append(subject)
    decisions = desk.registry.check_many(wanted, subjects) if subjects else []
    for decision, times in Counter(decisions).items():
        desk.counter.count(wanted, decision, times)
    for i, decision in zip(places, decisions, strict=True):
        results[i].answer.CopyFrom(decision_to_wire(decision))
    return pb.CheckContactsResponse(results=results)


async def _check_size(context: Context, field: str, size: int, at_most: int) -> None:
    if not 1 <= size <= at_most:
        problem = f"has {size:,} entries; 1 to {at_most:,}"
        await abort_invalid(context, InvalidInputError([FieldViolation(field, problem)]))
