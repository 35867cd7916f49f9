"""Feedback and complaints as cases: opened, answered in time, closed with a reason."""

from collections.abc import Sequence

from classifier.errors import (
    InvalidRequestError,
    RecordChangedError,
    ResolvedError,
)
from classifier.optouts.derived.case_book import (
    ANSWERED,
    CASES_BY_DUE_DATE,
    CLOSED,
    CaseState,
    Closing,
)
from classifier.optouts.desk.case import Case, CaseTexts, Feedback, text_violations
from classifier.optouts.desk.case_rows import case_from_row, case_row, open_case, texts_of
from classifier.optouts.desk.pages import rows_after
from classifier.optouts.events.event import Draft
from classifier.optouts.events.tables import Row, Where
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.recording.repeats import earlier_event
from classifier.optouts.recording.subject_index import draft_about
from classifier.optouts.records import Json, name_violations
from classifier.optouts.registry import Registry
from classifier.optouts.store import Transaction


class Cases:
    """The cases of one registry."""

    def __init__(self, registry: Registry, policies: Policies) -> None:
        """Put the book together.

        Args:
            registry: Whose cases.
            policies: Of every tenant; say when an answer is due.
        """
        self._registry = registry
        self._policies = policies

    def open(self, feedback: Feedback) -> Case:
        """Open a case for what came in.

        Args:
            feedback: What, from whom, about whom; kept without numbers where it is open.

        Returns:
            The case; that of the first time where the feedback was seen before.

        Raises:
            RequestConflictError: The request_id was used with other content.
        """
        policy, ring = self._policies.of(feedback.tenant), self._registry.ring
        clean = feedback.in_the_open(ring)

        def work(transaction: Transaction) -> Row:
            return open_case(transaction, ring, policy, clean)

        return case_from_row(self._registry.store.write(work))

    def answer(
        self, tenant: str, request_id: str, actor: str, case_id: int, etag: int, text: str
    ) -> Case:
        """Note an answer to the person; the first one stops the clock.

        Args:
            tenant: Whose case.
            request_id: Makes a repeat harmless.
            actor: Who answers.
            case_id: The case.
            etag: Of the case as it was read.
            text: The answer; kept encrypted.

        Raises:
            InvalidRequestError: The text is empty or too long.
            RecordChangedError: The case changed since it was read.
            RecordMissingError: There is none in that tenant.
            ResolvedError: It is closed.
        """
        return self._change(ANSWERED, tenant, request_id, actor, case_id, etag, text, {})

    def close(
        self,
        tenant: str,
        request_id: str,
        actor: str,
        case_id: int,
        etag: int,
        closing: Closing,
        note: str,
    ) -> Case:
        """Close a case.

        Args:
            tenant: Whose case.
            request_id: Makes a repeat harmless.
            actor: Who closes it.
            case_id: The case.
            etag: Of the case as it was read.
            closing: Why.
            note: What was done, or why it was refused; kept encrypted.

        Raises:
            InvalidRequestError: The note is empty or too long.
            RecordChangedError: The case changed since it was read.
            RecordMissingError: There is none in that tenant.
            ResolvedError: It is closed.
        """
        more = {"closing": closing}
        return self._change(CLOSED, tenant, request_id, actor, case_id, etag, note, more)

    def get(self, tenant: str, case_id: int) -> Case:
        """Return one case.

        Args:
            tenant: Whose.
            case_id: The case.

        Raises:
            RecordMissingError: There is none in that tenant.
        """
        return case_from_row(
            self._registry.store.read(lambda view: case_row(view, tenant, case_id))
        )

    def texts(self, cases: Sequence[Case]) -> list[CaseTexts]:
        """Return what was said, answered and noted in each case.

        Args:
            cases: Of one tenant of this book.

        Raises:
            KeysError: It cannot be decrypted.
        """
        return self._registry.store.read(lambda view: texts_of(view, cases))

    def list(
        self,
        tenant: str,
        state: CaseState = CaseState.OPEN,
        limit: int = 100,
        after: Sequence[int] = (),
    ) -> list[Case]:
        """List cases, the one that is due first in front.

        Args:
            tenant: Whose.
            state: In this state.
            limit: Most cases.
            after: `due_us` and `case_id` of the last of the page before; empty for the first page.
        """
        where = [Where("tenant", "=", tenant), Where("state", "=", state.value)]
        rows = self._registry.store.read(
            lambda view: rows_after(view, CASES_BY_DUE_DATE, where, after, limit)
        )
        return [case_from_row(row) for row in rows]

    def _change(
        self,
        kind: str,
        tenant: str,
        request_id: str,
        actor: str,
        case_id: int,
        etag: int,
        text: str,
        more: Json,
    ) -> Case:
        found = [*name_violations("request_id", request_id), *name_violations("actor", actor)]
        found += text_violations("text", text)
        if found:
            raise InvalidRequestError(found)
        draft = Draft(
            kind=kind,
            tenant=tenant,
            actor=actor,
            request_id=request_id,
            payload={"case": case_id} | more,
            secret={"text": text},
        )

        def work(transaction: Transaction) -> Row:
            row = case_row(transaction, tenant, case_id)
            about = draft_about(transaction, self._registry.ring, draft, row["subject"])
            if earlier_event(transaction, about) is None:
                if row["closed_us"]:
                    raise ResolvedError("the case is closed already")
                if row["etag"] != etag:
                    raise RecordChangedError("the case changed since it was read; read it again")
                transaction.append(about)
            return case_row(transaction, tenant, case_id)

        return case_from_row(self._registry.store.write(work))
