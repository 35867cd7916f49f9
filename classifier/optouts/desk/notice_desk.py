"""Gives notices and notes that they were given; at most one confirmation, and in time."""

import hashlib
from dataclasses import dataclass, replace

from classifier.errors import (
    FieldViolation,
    InvalidRequestError,
    RequestConflictError,
    ResolvedError,
)
from classifier.optouts.derived.opt_outs import (
    CONFIRMED,
    NOTICE_GIVEN,
    asked_us,
    scope_to_json,
)
from classifier.optouts.desk.given_notices import (
    is_confirmed,
    refuse_other_text,
    refuse_reworded,
)
from classifier.optouts.events.event import Draft, Event, canonical
from classifier.optouts.events.open_fields import hidden_whole
from classifier.optouts.policy.notices import Notice, Notices, Purpose
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.recording.changes import opt_out_of
from classifier.optouts.recording.repeats import earlier_event
from classifier.optouts.recording.subject_index import draft_about
from classifier.optouts.records import Json, OptOut, OptOutState, Scope
from classifier.optouts.registry import Registry
from classifier.optouts.store import Transaction, View
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.times import microseconds, moment, now_us
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
    ) -> None:
        """Put the desk together.

        Args:
            registry: Where it is noted.
            policies: Of every tenant; say what may be confirmed, and until when.
            notices: The texts.
            operator: Named in them.
        """
        self._registry = registry
        self._policies = policies
        self._notices = notices
        self._operator = operator

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
            call_reference: Of the contact, a keyed hash where it holds a number or may.

        Raises:
            ResolvedError: It would say that an opt-out is in force which is over.
            InvalidRequestError: There is no such text.
            RewordedError: Its version was given with another text.
            RecordMissingError: There is no such opt-out in the tenant.
            RequestConflictError: The request_id was used with other content.
        """
        if purpose is Purpose.CONFIRMATION:
            raise InvalidRequestError([FieldViolation("purpose", "is given once, by confirm")])
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
        )
        ring = self._registry.ring

        def work(transaction: Transaction) -> Event:
            opt_out = opt_out_of(transaction, tenant, record_id) if record_id else None
            about = draft_about(transaction, ring, draft, opt_out.subject_id if opt_out else 0)
            before = _given_before(transaction, about, call_reference, ring)
            if before is not None:
                return before
            told = opt_out if purpose is Purpose.OPT_OUT else None
            decided = self._decide(transaction, tenant, purpose, channel, language, told)
            return transaction.append(replace(about, decided=decided))

        return self._given(self._registry.store.write(work))

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

        What a person says several times in one talk is confirmed once.

        Args:
            tenant: Whose record.
            request_id: Makes a repeat harmless: the same text is given again, to be sent once.
            actor: Who sends it.
            record_id: The opt-out.
            channel: Where it is sent.
            language: Preferred.

        Raises:
            ResolvedError: The opt-out is over, it or another of its talk was confirmed already, it
                is too late, or the policy forbids it.
            RequestConflictError: The request_id was used with other content.
            InvalidRequestError: There is no such text.
            RewordedError: Its version was given with another text.
            RecordMissingError: There is no such opt-out in the tenant.
        """
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
            about = draft_about(transaction, self._registry.ring, draft, opt_out.subject_id)
            before = earlier_event(transaction, about)
            if before is not None:
                return before
            if is_confirmed(transaction, opt_out):
                problem = "this opt-out, or another of its talk, was confirmed already"
                raise ResolvedError(f"{problem}; a second one is not allowed")
            deadline = self.deadline(transaction, tenant, record_id)
            if not deadline or now_us() > deadline:
                raise ResolvedError("the time for a confirmation is over, or none is allowed")
            purpose = Purpose.CONFIRMATION
            decided = self._decide(transaction, tenant, purpose, channel, language, opt_out)
            return transaction.append(replace(about, decided=decided))

        return self._given(self._registry.store.write(work))

    def deadline(self, view: View, tenant: str, record_id: int) -> int:
        """Return until when a record may be confirmed, microseconds since 1970; 0 for never.

        Args:
            view: To look in.
            tenant: Whose record.
            record_id: The opt-out.
        """
        made = view.event(record_id)
        deadline = self._policies.of(tenant).confirmation_deadline(moment(asked_us(made)))
        return microseconds(deadline) if deadline else 0

    def _decide(
        self,
        view: View,
        tenant: str,
        purpose: Purpose,
        channel: Channel,
        language: str,
        told: OptOut | None,
    ) -> Json:
        """Return which text is given, and the scope where it names one.

        Raises:
            ResolvedError: The opt-out that is told to be in force is over.
            InvalidRequestError: There is no such text.
            RewordedError: Its version was given with another text.
        """
        if told is not None and told.standing(now_us()) is not OptOutState.ACTIVE:
            raise ResolvedError("the opt-out is over; nobody may be told that it is in force")
        narrowed = told is not None and (told.scope != Scope() or told.until_us > 0)
        notice = self._find(tenant, purpose, channel, language, narrowed)
        refuse_reworded(view, tenant, notice)
        decided: Json = {
            "notice": {"id": notice.id, "version": notice.version, "digest": notice.digest}
        }
        if told is not None and narrowed:
            decided |= {"scope": scope_to_json(told.scope), "until_us": told.until_us}
        return decided

    def _find(
        self, tenant: str, purpose: Purpose, channel: Channel, language: str, narrowed: bool
    ) -> Notice:
        policy = self._policies.of(tenant)
        notice = self._notices.find(purpose, policy, channel, language, narrowed=narrowed)
        if notice is None:
            text = "text with $scope, as a narrowed opt-out needs," if narrowed else "text"
            problem = f"has no {text} for {channel} in any enabled profile; add one to the notices"
            raise InvalidRequestError([FieldViolation("purpose", problem)])
        return notice

    def _given(self, event: Event) -> GivenNotice:
        # A repeat gets the text of the first time, though there may be a newer one by now.
        asked, decided = event.asked(), event.outcome()
        said = self._notices.get(decided["notice"]["id"], decided["notice"]["version"])
        if said is not None:
            refuse_other_text(said, decided["notice"]["digest"])
        else:  # not in the file any more
            purpose = Purpose(asked.get("purpose", Purpose.CONFIRMATION))
            way = Channel(asked["channel"])
            said = self._find(event.tenant, purpose, way, asked["language"], "scope" in decided)
        scope = self._scope_in_words(said, event) if "scope" in decided else ""
        text = said.fill(self._operator.company, self._operator.contact, scope)
        return GivenNotice(event, said, text)

    def _scope_in_words(self, notice: Notice, event: Event) -> str:
        scope, until_us = event.outcome()["scope"], event.outcome()["until_us"]
        local = moment(until_us).astimezone(self._policies.of(event.tenant).zone)
        until = local.isoformat(" ", "minutes") if until_us else ""
        return notice.scope_in_words(scope["reach"], scope["name"], scope["channel"], until)


def _given_before(view: View, about: Draft, call: str, ring: KeyRing) -> Event | None:
    # Whether the reference was hidden may have hung on a name that is erased by now.
    def noted(kept: str) -> Event | None:
        payload = about.payload | {"call_reference": kept}
        return earlier_event(view, replace(about, payload=payload))

    try:
        return noted(call)
    except RequestConflictError:
        return noted(hidden_whole(call, ring))
