"""Suspends and releases bots and campaigns; every step is in their case."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from classifier.errors import FieldViolation, InvalidRequestError, ResolvedError
from classifier.optouts.derived.caller_cases import (
    CALLER_CASES,
    DISMISSED,
    NOTED,
    RELEASED,
    SUSPENDED,
    CallerCaseState,
    of_caller,
    open_case,
)
from classifier.optouts.derived.caller_counts import CALLER_HOURS
from classifier.optouts.desk.limits import hours_of, totals
from classifier.optouts.events.event import Draft
from classifier.optouts.events.tables import Row, Where
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.policy.policy_rules import CALLER_KINDS
from classifier.optouts.recording.repeats import earlier_event
from classifier.optouts.records import MAX_REASON_CHARACTERS, Json, name_violations
from classifier.optouts.registry import Registry
from classifier.optouts.rights.subject_rights import holds_personal
from classifier.optouts.store import Transaction, View
from classifier.optouts.times import now_us

MAX_NOTIFIED = 20


@dataclass(frozen=True, slots=True)
class CallerStep:
    """One step in the case of a bot or campaign. Nothing in it may be personal data.

    Attributes:
        tenant: Whose caller.
        request_id: Makes a repeat harmless.
        actor: Who does it.
        kind: ``caller`` or ``campaign``.
        name: Of the caller.
        reason: Why; 1 to `MAX_REASON_CHARACTERS`.
        notified: Offices that were told, at most `MAX_NOTIFIED`.
        data_deleted: Which of the caller's data was deleted; may be empty.
        data_kept: Which was kept, and why; may be empty.
    """

    tenant: str
    request_id: str
    actor: str
    kind: str
    name: str
    reason: str
    notified: tuple[str, ...] = ()
    data_deleted: str = ""
    data_kept: str = ""

    def __post_init__(self) -> None:
        """Refuse a step that breaks a limit or holds personal data.

        Raises:
            InvalidRequestError: A field is missing, too long, or holds personal data.
        """
        found = [
            violation
            for name in ("tenant", "request_id", "actor", "name")
            for violation in name_violations(name, getattr(self, name))
        ]
        if self.kind not in CALLER_KINDS:
            found.append(FieldViolation("kind", f"must be one of {', '.join(CALLER_KINDS)}"))
        if not self.reason.strip():
            found.append(FieldViolation("reason", "is empty"))
        if len(self.notified) > MAX_NOTIFIED:
            found.append(FieldViolation("notified", f"has over {MAX_NOTIFIED} entries"))
        for i, office in enumerate(self.notified):
            found += name_violations(f"notified[{i}]", office)
        texts = {f"notified[{i}]": office for i, office in enumerate(self.notified)}
        texts |= {"reason": self.reason}
        texts |= {"data_deleted": self.data_deleted, "data_kept": self.data_kept}
        for name, text in texts.items():
            if len(text) > MAX_REASON_CHARACTERS:
                found.append(FieldViolation(name, f"is over {MAX_REASON_CHARACTERS} characters"))
            if holds_personal(text):
                problem = "holds a number, an address or a name; name the office, reports show it"
                found.append(FieldViolation(name, problem))
        if found:
            raise InvalidRequestError(found)

    def to_json(self) -> Json:
        """Return it as events hold it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "cause": "person",
            "reason": self.reason,
            "notified": list(self.notified),
            "data_deleted": self.data_deleted,
            "data_kept": self.data_kept,
        }


@dataclass(frozen=True, slots=True)
class CallerStatus:
    """A bot or campaign as it stands.

    Attributes:
        kind: ``caller`` or ``campaign``.
        name: Of the caller.
        state: Of its open case, or of the last one; None where it never had one.
        since_us: Since when it stands so; 0 where it never had a case.
        case_id: Of that case, or 0.
        cause: The limit that was passed, or ``person``.
        rates: Window in seconds to what was counted in it.
    """

    kind: str
    name: str
    state: CallerCaseState | None
    since_us: int
    case_id: int
    cause: str
    rates: dict[int, dict[str, int]]


class Callers:
    """The bots and campaigns of one registry."""

    def __init__(self, registry: Registry, policies: Policies) -> None:
        """Put the desk together.

        Args:
            registry: Whose callers.
            policies: Of every tenant; say which windows are looked at.
        """
        self._registry = registry
        self._policies = policies

    def suspend(self, step: CallerStep) -> CallerStatus:
        """Suspend a caller; when this returns every check answers no for it.

        Args:
            step: Whom, and why.

        Raises:
            ResolvedError: It is suspended already.
            RequestConflictError: The request_id was used with other content.
        """
        return self._step(SUSPENDED, step, lambda case: case is None or not case["suspended_us"])

    def release(self, step: CallerStep) -> CallerStatus:
        """End a suspension.

        Args:
            step: Whose, why, and what became of its data.

        Raises:
            ResolvedError: It is not suspended.
            RequestConflictError: The request_id was used with other content.
        """
        return self._step(RELEASED, step, lambda case: case is not None and case["suspended_us"])

    def dismiss(self, step: CallerStep) -> CallerStatus:
        """Decide against a proposed suspension.

        Args:
            step: Whose, and why.

        Raises:
            ResolvedError: None is proposed.
            RequestConflictError: The request_id was used with other content.
        """
        return self._step(
            DISMISSED, step, lambda case: case is not None and not case["suspended_us"]
        )

    def note(self, step: CallerStep) -> CallerStatus:
        """Note in an open case who was told, or what became of data.

        Args:
            step: The note.

        Raises:
            ResolvedError: There is no open case.
            RequestConflictError: The request_id was used with other content.
        """
        return self._step(NOTED, step, lambda case: case is not None)

    def list(
        self, tenant: str, limit: int | None = None, after: tuple[str, str] = ("", "")
    ) -> list[CallerStatus]:
        """List callers with a case or with counts, by kind and name.

        Args:
            tenant: Whose.
            limit: Most callers, or all.
            after: Kind and name of the last of the page before.
        """

        def work(view: View) -> list[CallerStatus]:
            rows = view.rows(CALLER_CASES, [Where("tenant", "=", tenant)])
            callers = {(row["kind"], row["name"]) for row in rows} | set(_counted(view, tenant))
            wanted = sorted(caller for caller in callers if caller > after)[:limit]
            return [self._status(view, tenant, kind, name) for kind, name in wanted]

        return self._registry.store.read(work)

    def _step(
        self, kind: str, step: CallerStep, fits: Callable[[Row | None], object]
    ) -> CallerStatus:
        draft = Draft(kind, step.tenant, step.actor, 0, step.request_id, step.to_json())

        def work(transaction: Transaction) -> CallerStatus:
            if earlier_event(transaction, draft) is None:
                case = open_case(transaction, step.tenant, step.kind, step.name)
                if not fits(case):
                    raise ResolvedError(_UNFIT[kind])
                decided = {"case": case["case_id"]} if case else {}
                transaction.append(replace(draft, decided=decided))
            return self._status(transaction, step.tenant, step.kind, step.name)

        return self._registry.store.write(work)

    def _status(self, view: View, tenant: str, kind: str, name: str) -> CallerStatus:
        cases = view.rows(CALLER_CASES, of_caller(tenant, kind, name), 1, descending=True)
        case = cases[0] if cases else None
        since = max(case["opened_us"], case["suspended_us"], case["closed_us"]) if case else 0
        return CallerStatus(
            kind=kind,
            name=name,
            state=CallerCaseState(case["state"]) if case else None,
            since_us=since,
            case_id=case["case_id"] if case else 0,
            cause=case["cause"] if case else "",
            rates=self._rates(view, tenant, kind, name),
        )

    def _rates(self, view: View, tenant: str, kind: str, name: str) -> dict[int, dict[str, int]]:
        limits = self._policies.of(tenant).caller_limits
        windows = sorted({int(limit.window.total_seconds()) for limit in limits})
        now = now_us()
        rows = hours_of(view, tenant, kind, name, now, windows[-1]) if windows else []
        return {seconds: totals(rows, now, seconds) for seconds in windows}


def _counted(view: View, tenant: str) -> Iterator[tuple[str, str]]:
    """Yield each caller with counts, one row read of each: they have one an hour for years."""
    for kind in CALLER_KINDS:
        name = ""
        where = [Where("tenant", "=", tenant), Where("kind", "=", kind)]
        while rows := view.rows(CALLER_HOURS, [*where, Where("name", ">", name)], 1):
            name = rows[0]["name"]
            yield kind, name


_UNFIT = {
    SUSPENDED: "it is suspended already",
    RELEASED: "it is not suspended",
    DISMISSED: "no suspension is proposed",
    NOTED: "there is no open case; suspend it first",
}
