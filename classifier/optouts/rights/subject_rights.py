"""What a person may ask about their own data: to see it, have it corrected, have it erased."""

import re
from dataclasses import dataclass, field, replace

from classifier.errors import (
    FieldViolation,
    InvalidRequestError,
    InvalidSubjectError,
    RecordMissingError,
)
from classifier.masking.mask import find_personal
from classifier.optouts.derived.data_handling import SUBJECT_ERASED, SUBJECT_EXPORTED, SUBJECT_SHOWN
from classifier.optouts.events.event import Draft, Event
from classifier.optouts.events.tables import Where, of_subject
from classifier.optouts.policy.policy import Policy
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.recording.changes import opt_outs_of
from classifier.optouts.recording.repeats import earlier_event
from classifier.optouts.recording.subject_index import clear_subject, draft_about, find_subject
from classifier.optouts.records import Json, OptOut
from classifier.optouts.registry import Registry
from classifier.optouts.rights.correction import Correction, correct_subject
from classifier.optouts.rights.erasure import (
    DESPITE,
    Erasure,
    Obstacles,
    erase_secrets,
    kept_after,
    obstacles,
)
from classifier.optouts.store import Transaction, View
from classifier.optouts.subjects.subject import Subject, parse_subject

_ROLE = re.compile(
    r"(?:客户|客戶|用户|用戶|顾客|顧客|机主|機主|业主|業主|消费者|消費者|当事人|當事人|投诉人|投訴人|"
    r"申请人|申請人|联系人|聯絡人)(?:姓名)?[:：]?\s*"
)


@dataclass(frozen=True, slots=True)
class SubjectFile:
    """What is held on a subject in one tenant.

    Attributes:
        subject_id: Its number.
        subject: In the clear; None where nobody asked for that or it was erased.
        erased_us: When it was erased last, microseconds since 1970; 0 for never.
        opt_outs: Its records, oldest first.
    """

    subject_id: int
    subject: Subject | None = field(repr=False)
    erased_us: int
    opt_outs: tuple[OptOut, ...]


@dataclass(frozen=True, slots=True)
class SubjectExport:
    """All that is held on a subject in one tenant.

    Attributes:
        file: The subject and its records.
        events: Each event about it with its secret part, None where there is none any more.
    """

    file: SubjectFile
    events: tuple[tuple[Event, Json | None], ...] = field(repr=False)


class SubjectRights:
    """Answers subjects, and those who may look them up."""

    def __init__(self, registry: Registry, policies: Policies | None = None) -> None:
        """Keep the registry.

        Args:
            registry: Where they stand.
            policies: Of every tenant; without them an erasure knows of no duty to keep anything.
        """
        self._registry = registry
        self._policies = policies

    def look(self, tenant: str, target: Subject | int) -> SubjectFile:
        """Return what is held on a subject, without its clear name.

        Args:
            tenant: Whose.
            target: The subject or its number.

        Raises:
            RecordMissingError: It is not known in that tenant.
        """
        return self._registry.store.read(lambda view: self._file(view, tenant, target))

    def show(self, tenant: str, target: Subject | int, actor: str) -> SubjectFile:
        """Return what is held on a subject, its clear name included, and write down who looked.

        Args:
            tenant: Whose.
            target: The subject or its number.
            actor: Who looks.

        Raises:
            RecordMissingError: It is not known in that tenant.
        """

        def work(transaction: Transaction) -> SubjectFile:
            file = self._file(transaction, tenant, target)
            named = target if isinstance(target, Subject) else None
            draft = Draft(SUBJECT_SHOWN, tenant, actor)
            ring = self._registry.ring
            transaction.append(draft_about(transaction, ring, draft, file.subject_id, named))
            return replace(file, subject=clear_subject(transaction, file.subject_id, tenant))

        return self._registry.store.write(work)

    def export(self, tenant: str, request_id: str, actor: str, subject: Subject) -> SubjectExport:
        """Return all that is held on a subject, and write down that it was handed out.

        Args:
            tenant: Whose.
            request_id: Makes a repeat harmless.
            actor: Who asks.
            subject: Whose data.

        Raises:
            RecordMissingError: It is not known in that tenant.
            RequestConflictError: The request_id was used with other content.
        """

        def work(transaction: Transaction) -> SubjectExport:
            file = self._file(transaction, tenant, subject)
            draft = Draft(SUBJECT_EXPORTED, tenant, actor, 0, request_id)
            ring = self._registry.ring
            draft = draft_about(transaction, ring, draft, file.subject_id, subject)
            if earlier_event(transaction, draft) is None:
                transaction.append(draft)
            found = transaction.events(of_subject(file.subject_id, tenant))
            events = tuple((event, transaction.secret(event.seq)) for event in found)
            clear = clear_subject(transaction, file.subject_id, tenant)
            return SubjectExport(replace(file, subject=clear), events)

        return self._registry.store.write(work)

    def correct(self, correction: Correction) -> list[OptOut]:
        """Move the active records of a subject that was taken down wrongly to the right one.

        Args:
            correction: From which to which.

        Returns:
            The records of the right subject.

        Raises:
            InvalidRequestError: Both are the same subject, or the reason holds personal data, which
                would stay in the other one's file.
            RecordMissingError: The wrong one has no record in force.
            RequestConflictError: The request_id was used with other content.
        """
        _refuse_personal(correction.reason, "say without how it is known, both fields name them")
        registry = self._registry
        return registry.store.write(
            lambda transaction: correct_subject(
                transaction, registry.ring, correction, registry.follow
            )
        )

    def obstacles(self, tenant: str, subject: Subject) -> Obstacles:
        """Return what speaks against erasing the data of a subject now.

        Args:
            tenant: Whose.
            subject: Whose data.

        Raises:
            RecordMissingError: It is not known in that tenant.
        """

        def work(view: View) -> Obstacles:
            number = _known(view, tenant, find_subject(view, self._registry.ring, subject))
            return obstacles(view, self._policy(tenant), tenant, number)

        return self._registry.store.read(work)

    def erase(
        self,
        tenant: str,
        request_id: str,
        actor: str,
        subject: Subject,
        reason: str,
        *,
        despite_open_cases: bool = False,
    ) -> Erasure:
        """Erase clear name and texts of a subject in one tenant; opt-outs in force still refuse.

        Args:
            tenant: Whose.
            request_id: Makes a repeat harmless.
            actor: Who asks.
            subject: Whose data.
            reason: Why; kept encrypted, and after the erasure.
            despite_open_cases: Whether what was said in open cases may go; the event keeps it.

        Raises:
            InvalidRequestError: The reason holds personal data, which would not be erased; or a
                case of the subject is open.
            RecordMissingError: It is not known in that tenant.
            RequestConflictError: The request_id was used with other content.
        """
        _refuse_personal(reason, "say without why, it is not erased")
        ring = self._registry.ring

        def work(transaction: Transaction) -> Event:
            number = _known(transaction, tenant, find_subject(transaction, ring, subject))
            payload = {DESPITE: True} if despite_open_cases else {}
            draft = Draft(
                SUBJECT_ERASED, tenant, actor, 0, request_id, payload, {}, {"reason": reason}
            )
            draft = draft_about(transaction, ring, draft, number, subject)
            before = earlier_event(transaction, draft)
            if before is not None:
                return before
            against = obstacles(transaction, self._policy(tenant), tenant, number)
            against.allow(despite_open_cases=despite_open_cases)
            return erase_secrets(transaction, draft, against)

        event = self._registry.store.write(work)
        kept = kept_after(event.outcome())
        remains = self._registry.store.scrub()
        if remains:
            kept["ciphertext"] = remains
        return Erasure(event.outcome()["erased"], kept, event.time_us)

    def _policy(self, tenant: str) -> Policy | None:
        return self._policies.of(tenant) if self._policies else None

    def _file(self, view: View, tenant: str, target: Subject | int) -> SubjectFile:
        ring = self._registry.ring
        number = target if isinstance(target, int) else find_subject(view, ring, target)
        _known(view, tenant, number)
        where = [*of_subject(number, tenant), Where("kind", "=", SUBJECT_ERASED)]
        erasures = view.events(where, 1, descending=True)
        return SubjectFile(
            subject_id=number,
            subject=None,
            erased_us=erasures[0].time_us if erasures else 0,
            opt_outs=tuple(opt_outs_of(view, tenant, number)),
        )


def _known(view: View, tenant: str, number: int) -> int:
    if number <= 0 or not view.events(of_subject(number, tenant), 1):
        raise RecordMissingError("there is no such subject in this tenant")
    return number


def _refuse_personal(reason: str, remedy: str) -> None:
    if holds_personal(reason):
        problem = f"holds a number, an address or a name; {remedy}"
        raise InvalidRequestError([FieldViolation("reason", problem)])


def holds_personal(text: str) -> bool:
    """Say whether a text holds a number, an address or a name, written or spoken.

    Args:
        text: Any.
    """
    # The masking does not know the forms of the registry's own, such as device:id, nor roles that
    # announce a name in writing; in a turn they seldom do.
    announced = _ROLE.sub("我叫", text)
    found = find_personal(text) or (announced != text and find_personal(announced))
    return bool(found) or any(map(_is_subject, text.split()))


def _is_subject(word: str) -> bool:
    if sum(character.isdecimal() for character in word) <= 6:
        return False
    try:
        parse_subject(word)
    except InvalidSubjectError:
        return False
    return True
