"""Erases what is held on a subject; says what stands against that, and what is kept."""

from dataclasses import dataclass, replace

from classifier.errors import FieldViolation, InvalidRequestError
from classifier.optouts.derived.case_book import CASES
from classifier.optouts.derived.data_handling import SUBJECT_ERASED
from classifier.optouts.events.event import Draft, Event
from classifier.optouts.events.tables import SECRETS, Where, of_subject
from classifier.optouts.policy.policy import Policy
from classifier.optouts.policy.profiles import RecordKind
from classifier.optouts.recording.changes import opt_outs_of
from classifier.optouts.records import Json, OptOut, OptOutState
from classifier.optouts.store import Transaction, View
from classifier.optouts.times import microseconds, moment, now_us

DESPITE = "despite_open_cases"
"""Field of an erasure that was wanted though cases were open."""

_REFUSES = "so that the opt-outs in force go on refusing contact"
_REFUSES_NOTHING = "proof of whose events these were; no opt-out is in force, contact is allowed"
_OPT_OUTS = "scope, times and state without name or text"
_EVENTS = "proof of what was done, without name or text"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased.

    Attributes:
        erased: Counts: ``clear_values``, ``texts``.
        kept: What stays, and why.
        erased_us: When, microseconds since 1970.
    """

    erased: dict[str, int]
    kept: dict[str, str]
    erased_us: int


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What speaks against erasing the data of a subject now.

    Attributes:
        open_cases: Cases of the subject that are not closed.
        keeping: The duty to keep evidence that is held: ``period``, ``profile``, ``source`` and
            ``until_us``, which is 0 while an opt-out is in force; empty where there is none.
    """

    open_cases: tuple[int, ...]
    keeping: Json

    def allow(self, *, despite_open_cases: bool) -> None:
        """Refuse an erasure while a case is open, unless that is wanted all the same.

        Args:
            despite_open_cases: Whether it is.

        Raises:
            InvalidRequestError: A case is open.
        """
        if self.open_cases and not despite_open_cases:
            problem = f"must be set while cases are open ({_listed(self.open_cases)})"
            raise InvalidRequestError([FieldViolation(DESPITE, f"{problem}; or close them first")])

    def to_json(self) -> Json:
        """Return what an event keeps of it; `in_words` reads it."""
        cases: Json = {"open_cases": list(self.open_cases)} if self.open_cases else {}
        return cases | ({"keeping": self.keeping} if self.keeping else {})

    def in_words(self) -> dict[str, str]:
        """Return a sentence about each, by name."""
        return in_words(self.to_json())


def obstacles(view: View, policy: Policy | None, tenant: str, subject: int) -> Obstacles:
    """Return what speaks against erasing the data of a subject now.

    Args:
        view: To look in.
        policy: Of the tenant; without one no duty to keep anything is known.
        tenant: Whose.
        subject: Its number.
    """
    where = [*of_subject(subject, tenant), Where("closed_us", "=", 0)]
    cases = tuple(row["case_id"] for row in view.rows(CASES, where))
    return Obstacles(cases, _keeping(view, policy, tenant, subject) if policy else {})


def erase_secrets(transaction: Transaction, draft: Draft, against: Obstacles) -> Event:
    """Erase the encrypted parts of all events about a subject, and append the erasure.

    Args:
        transaction: To write in.
        draft: Of the erasure.
        against: What stood against it, for the event.
    """
    counts = {"clear_values": 0, "texts": 0}
    erased = []
    for event in transaction.events(of_subject(draft.subject, draft.tenant)):
        secret = transaction.secret(event.seq)
        if secret is not None and event.kind != SUBJECT_ERASED:  # why it was erased outlives it
            counts["clear_values"] += "subject" in secret
            counts["texts"] += bool(secret.keys() - {"subject"})
            erased.append(event.seq)
    for seq in erased:
        transaction.delete(SECRETS, {"seq": seq})
    kept = opt_outs_of(transaction, draft.tenant, draft.subject)
    time_us = now_us()
    in_force = sum(one.standing(time_us) is OptOutState.ACTIVE for one in kept)
    decided = {"erased": counts, "events": erased, "opt_outs": len(kept), "in_force": in_force}
    return transaction.append(replace(draft, decided=decided | against.to_json()))


def kept_after(decided: Json) -> dict[str, str]:
    """Return what an erasure left, and why.

    Args:
        decided: Of its event; one of older code does not say what was in force.
    """
    kept = {"keyed_hash": _REFUSES if decided.get("in_force", 1) else _REFUSES_NOTHING}
    if decided.get("opt_outs"):
        kept["opt_outs"] = _OPT_OUTS
    return kept | {"events": _EVENTS} | in_words(decided)


def in_words(decided: Json) -> dict[str, str]:
    """Return a sentence about each obstacle that an event names, by its name.

    Args:
        decided: Of an erasure, or `Obstacles.to_json`.
    """
    words = {}
    if cases := decided.get("open_cases"):
        words["open_cases"] = f"{_listed(cases)} still to be closed, without what was said"
    if keeping := decided.get("keeping"):
        period, until_us = keeping["period"], keeping["until_us"]
        until = moment(until_us).date().isoformat()
        end = f"until {until}" if until_us else "which begin when no opt-out is in force any more"
        words["evidence"] = (
            f"{keeping['profile']} asks to keep it for {period}, {end} ({keeping['source']}); "
            "of it scope, times and state stay, number and texts do not"
        )
    return words


def _keeping(view: View, policy: Policy, tenant: str, subject: int) -> Json:
    figure = policy.statutory_keep(RecordKind.EVIDENCE)
    records = opt_outs_of(view, tenant, subject)
    held = view.rows(SECRETS, [Where("seq", "in", [one.record_id for one in records] or [0])])
    with_evidence = {row["seq"] for row in held}
    if figure is None or not with_evidence:
        return {}
    time_us, until_us = now_us(), 0
    told = {"period": str(figure.period), "profile": figure.profile, "source": figure.source}
    for one in records:
        if one.record_id not in with_evidence:
            continue
        settled_us = _settled_us(view, one, time_us)
        if not settled_us:
            return told | {"until_us": 0}
        over = policy.over(figure, moment(settled_us))
        until_us = max(until_us, microseconds(over.at))
    return told | {"until_us": until_us} if until_us > time_us else {}


def _settled_us(view: View, opt_out: OptOut, time_us: int) -> int:
    """Return when an opt-out ended; 0 while it is in force."""
    if opt_out.state is OptOutState.ACTIVE:
        return opt_out.until_us if opt_out.standing(time_us) is OptOutState.EXPIRED else 0
    return view.event(opt_out.etag).time_us


def _listed(cases: list[int] | tuple[int, ...]) -> str:
    return ("case " if len(cases) == 1 else "cases ") + ", ".join(map(str, cases))
