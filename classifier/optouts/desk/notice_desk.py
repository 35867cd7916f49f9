"""Gives notices and notes that they were given; at most one confirmation, and in time."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from classifier.errors import FieldViolation, InvalidRequestError, ResolvedError
from classifier.optouts.changes import opt_out_of
from classifier.optouts.confirmations import CONFIRMATIONS, CONFIRMED, NOTICE_GIVEN
from classifier.optouts.desk.times import microseconds, moment, now_us
from classifier.optouts.events import Draft, Event, canonical
from classifier.optouts.notices import Notice, Notices, Purpose
from classifier.optouts.policy_file import Policies
from classifier.optouts.records import Json
from classifier.optouts.registry import Registry
from classifier.optouts.repeats import earlier_event
from classifier.optouts.store import Transaction, View
from classifier.optouts.tables import Where
from classifier.turns import Channel


@dataclass(frozen=True, slots=True)
class Operator:
    """Who is named in notices.

    Attributes:
        company: Its name.
        contact: Where questions go.
    """

    company: str
    contact: str

    @property
    def digest(self) -> str:
        """SHA-256, 12 hexadecimal digits: an event keeps it, and no number."""
        both = canonical([self.company, self.contact])
        return hashlib.sha256(both.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class GivenNotice:
    """A notice to be said or sent now.

    Attributes:
        event: That notes it.
        notice: The text with its version.
        text: Filled in.
    """

    event: Event
    notice: Notice
    text: str


class NoticeDesk:
    """The notices of one registry."""

    def __init__(
        self,
        registry: Registry,
        policies: Policies,
        notices: Notices,
        operator: Operator,
        clock: Callable[[], int] = now_us,
    ) -> None:
        """Put the desk together.

        Args:
            registry: Where it is noted.
            policies: Of every tenant; say what may be confirmed, and until when.
            notices: The texts.
            operator: Named in them.
            clock: Gives the time in microseconds since 1970.
        """
        self._registry = registry
        self._policies = policies
        self._notices = notices
        self._operator = operator
        self._clock = clock

    def give(
        self,
        tenant: str,
        request_id: str,
        actor: str,
        purpose: Purpose,
        channel: Channel,
        language: str = "",
        record_id: int = 0,
        call_reference: str = "",
    ) -> GivenNotice:
        """Return the text for an occasion and note that it was given.

        Args:
            tenant: Who speaks.
            request_id: Makes a repeat harmless: the same text is given again.
            actor: The bot that says it.
            purpose: What it is for; a confirmation is given by `confirm`.
            channel: Where it is said.
            language: Preferred.
            record_id: The opt-out that it belongs to, or 0.
            call_reference: Of the contact, such as the first one.

        Raises:
            InvalidRequestError: There is no such text.
            RecordMissingError: There is no such opt-out in the tenant.
            RequestConflictError: The request_id was used with other content.
        """
        if purpose is Purpose.CONFIRMATION:
            raise InvalidRequestError([FieldViolation("purpose", "is given once, by confirm")])
        notice = self._find(tenant, purpose, channel, language)
        draft = Draft(
            kind=NOTICE_GIVEN,
            tenant=tenant,
            actor=actor,
            request_id=request_id,
            payload={
                "record": record_id,
                "purpose": purpose,
                "channel": channel,
                "language": language,
                "call_reference": call_reference,
                "operator": self._operator.digest,
            },
            decided={"notice": _named(notice)},
        )

        def work(transaction: Transaction) -> Event:
            about = draft
            if record_id:
                subject = opt_out_of(transaction, tenant, record_id).subject_id
                about = replace(draft, subject=subject)
            return earlier_event(transaction, about) or transaction.append(about)

        return self._given(self._registry.store.write(work), notice)

    def confirm(
        self,
        tenant: str,
        request_id: str,
        actor: str,
        record_id: int,
        channel: Channel,
        language: str = "",
    ) -> GivenNotice:
        """Return the one confirmation of a record and note that it was given.

        Args:
            tenant: Whose record.
            request_id: Makes a repeat harmless: the same text is given again, to be sent once.
            actor: Who sends it.
            record_id: The opt-out.
            channel: Where it is sent.
            language: Preferred.

        Raises:
            ResolvedError: It was confirmed already, it is too late, or the policy forbids it.
            RequestConflictError: The request_id was used with other content.
            InvalidRequestError: There is no such text.
            RecordMissingError: There is no such opt-out in the tenant.
        """
        notice = self._find(tenant, Purpose.CONFIRMATION, channel, language)
        draft = Draft(
            kind=CONFIRMED,
            tenant=tenant,
            actor=actor,
            request_id=request_id,
            payload={
                "record": record_id,
                "channel": channel,
                "language": language,
                "operator": self._operator.digest,
            },
        )

        def work(transaction: Transaction) -> Event:
            opt_out = opt_out_of(transaction, tenant, record_id)
            about = replace(draft, subject=opt_out.subject_id)
            before = earlier_event(transaction, about)
            if before is not None:
                return before
            if transaction.rows(CONFIRMATIONS, [Where("record", "=", record_id)]):
                raise ResolvedError("the record was confirmed already; a second one is not allowed")
            deadline = self.deadline(transaction, tenant, record_id)
            if not deadline or self._clock() > deadline:
                raise ResolvedError("the time for a confirmation is over, or none is allowed")
            return transaction.append(replace(about, decided={"notice": _named(notice)}))

        return self._given(self._registry.store.write(work), notice)

    def deadline(self, view: View, tenant: str, record_id: int) -> int:
        """Return until when a record may be confirmed, microseconds since 1970; 0 for never.

        Args:
            view: To look in.
            tenant: Whose record.
            record_id: The opt-out.
        """
        (made,) = view.events([Where("seq", "=", record_id)])
        received = made.asked()["detected_us"] or made.time_us
        deadline = self._policies.of(tenant).confirmation_deadline(moment(received))
        return microseconds(deadline) if deadline else 0

    def _find(self, tenant: str, purpose: Purpose, channel: Channel, language: str) -> Notice:
        notice = self._notices.find(purpose, self._policies.of(tenant), channel, language)
        if notice is None:
            problem = f"has no text for {channel} in any enabled profile; add one to the notices"
            raise InvalidRequestError([FieldViolation("purpose", problem)])
        return notice

    def _given(self, event: Event, newest: Notice) -> GivenNotice:
        # A repeat gets the text of the first time, though there may be a newer one by now.
        named = event.outcome()["notice"]
        said = self._notices.get(named["id"], named["version"]) or newest
        text = said.fill(self._operator.company, self._operator.contact)
        return GivenNotice(event, said, text)


def _named(notice: Notice) -> Json:
    return {"id": notice.id, "version": notice.version, "digest": notice.digest}
