"""Feedback and complaints as cases: opened, answered in time, closed with a reason."""

from collections.abc import Sequence
from dataclasses import replace

from classifier.errors import (
    InvalidRequestError,
    RecordChangedError,
    RecordMissingError,
    RequestConflictError,
    ResolvedError,
)
from classifier.optouts.case_book import (
    ANSWERED,
    CASES,
    CASES_BY_DUE_DATE,
    CLOSED,
    OPENED,
    CaseKind,
    CaseState,
    Closing,
)
from classifier.optouts.desk.case import Case, Feedback, text_violations
from classifier.optouts.desk.limits import watch_limits
from classifier.optouts.desk.times import microseconds, moment, now_us
from classifier.optouts.events import NEW_SUBJECT, Draft
from classifier.optouts.policy_file import Policies
from classifier.optouts.records import Intake, Json, name_violations
from classifier.optouts.registry import Registry
from classifier.optouts.repeats import earlier_event
from classifier.optouts.store import Transaction, View
from classifier.optouts.subject_index import find_subject, place_subject
from classifier.optouts.tables import Row, Where


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
            feedback: What, from whom, about whom.

        Returns:
            The case; that of the first time where the feedback was seen before.

        Raises:
            RequestConflictError: The request_id was used with other content.
        """
        policy = self._policies.of(feedback.tenant)

        def work(transaction: Transaction) -> Row:
            number = 0
            if feedback.subject is not None:
                found = find_subject(transaction, self._registry.ring, feedback.subject)
                number = found or NEW_SUBJECT
            draft = _opening(feedback, number)
            before = earlier_event(transaction, draft)
            if before is None:
                due = policy.reply_due(moment(now_us()))
                decided = {"due_us": microseconds(due.at), "profile": due.figure.profile}
                before = transaction.append(replace(draft, decided=decided))
                if number == NEW_SUBJECT and feedback.subject is not None:
                    ring = self._registry.ring
                    place_subject(transaction, ring, feedback.subject, before.subject)
                watch_limits(transaction, before, policy)
            return _case_row(transaction, feedback.tenant, before.seq)

        return _case(self._registry.store.write(work))

    def open_for_call(self, feedback: Feedback) -> Case:
        """Open the one case of a call; what is said later in it belongs to the same case.

        Args:
            feedback: Its request id names the call.
        """
        try:
            return self.open(feedback)
        except RequestConflictError:
            where = [
                Where("tenant", "=", feedback.tenant),
                Where("request_id", "=", feedback.request_id),
                Where("request_id", "<>", ""),
            ]

            def work(view: View) -> Row:
                (opened,) = view.events(where)
                return _case_row(view, feedback.tenant, opened.seq)

            return _case(self._registry.store.read(work))

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
        return _case(self._registry.store.read(lambda view: _case_row(view, tenant, case_id)))

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

        def work(view: View) -> list[Row]:
            if not after:
                return view.rows(CASES_BY_DUE_DATE, where, limit)
            due_us, case_id = after
            same = [Where("due_us", "=", due_us), Where("case_id", ">", case_id)]
            rows = view.rows(CASES_BY_DUE_DATE, [*where, *same], limit)
            left = limit - len(rows)
            later = [*where, Where("due_us", ">", due_us)]
            return rows + (view.rows(CASES_BY_DUE_DATE, later, left) if left else [])

        return [_case(row) for row in self._registry.store.read(work)]

    def said(self, case: Case) -> str:
        """Return what was said; empty where it was erased.

        Args:
            case: Of this book.

        Raises:
            KeysError: It cannot be decrypted.
        """
        secret = self._registry.store.read(lambda view: view.secret(case.case_id)) or {}
        return str(secret.get("text", ""))

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
            row = _case_row(transaction, tenant, case_id)
            about = replace(draft, subject=row["subject"])
            if earlier_event(transaction, about) is None:
                if row["closed_us"]:
                    raise ResolvedError("the case is closed already")
                if row["etag"] != etag:
                    raise RecordChangedError("the case changed since it was read; read it again")
                transaction.append(about)
            return _case_row(transaction, tenant, case_id)

        return _case(self._registry.store.write(work))


def _opening(feedback: Feedback, subject: int) -> Draft:
    secret: Json = {"text": feedback.text}
    if feedback.subject is not None:
        secret["subject"] = {"kind": feedback.subject.kind, "value": feedback.subject.value}
    return Draft(
        kind=OPENED,
        tenant=feedback.tenant,
        actor=feedback.actor,
        subject=subject,
        request_id=feedback.request_id,
        payload={
            "kind": feedback.kind,
            "record": 0,
            "intake": feedback.intake,
            "caller": feedback.caller,
            "campaign": feedback.campaign,
            "call_reference": feedback.call_reference,
        },
        secret=secret,
    )


def _case_row(view: View, tenant: str, case_id: int) -> Row:
    for row in view.rows(CASES, [Where("case_id", "=", case_id), Where("tenant", "=", tenant)]):
        return row
    raise RecordMissingError(f"there is no case {case_id} in this tenant")


def _case(row: Row) -> Case:
    return Case(
        case_id=row["case_id"],
        tenant=row["tenant"],
        kind=CaseKind(row["kind"]),
        subject_id=row["subject"],
        record_id=row["record"],
        intake=Intake(row["intake"]),
        caller=row["caller"],
        campaign=row["campaign"],
        state=CaseState(row["state"]),
        opened_us=row["opened_us"],
        due_us=row["due_us"],
        answered_us=row["answered_us"],
        closed_us=row["closed_us"],
        closing=Closing(row["closing"]) if row["closing"] else None,
        etag=row["etag"],
    )
