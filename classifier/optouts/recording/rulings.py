"""What rules may decide about a request; the default keeps everything for good."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from classifier.optouts.derived.case_book import CaseKind
from classifier.optouts.records import Json, OptOutRequest, Scope


@dataclass(frozen=True, slots=True)
class Ruling:
    """What holds for a new record.

    Attributes:
        scope: At least as wide as was asked.
        until_us: To when, microseconds since 1970; 0 for good.
        facts: What the record shows of the ruling: profile, rule, legal basis.
    """

    scope: Scope
    until_us: int = 0
    facts: Json = field(default_factory=dict)


class Rules(Protocol):
    """Rules on scope and retention."""

    def rule(
        self,
        request: OptOutRequest,
        earlier_us: Sequence[int],
        grievances: Collection[CaseKind] = (),
    ) -> Ruling:
        """Return what holds for a new record, by its arguments and the time alone.

        The event keeps the answer: a rebuild reads it there and asks no rules.

        Args:
            request: What was asked.
            earlier_us: When the same subject asked in the tenant in each earlier talk, however late
                that was recorded, microseconds since 1970; nothing that was a mistake, a false
                alarm or another's, or that the subject took back by opting in.
            grievances: Of which kinds the subject's complaints are, as `grievances_of` finds them.
        """
        ...


class KeepForGood:
    """Rules without a policy file: the scope that was asked, permanent."""

    def rule(
        self,
        request: OptOutRequest,
        earlier_us: Sequence[int],
        grievances: Collection[CaseKind] = (),
    ) -> Ruling:
        """See `Rules.rule`."""
        del earlier_us, grievances
        return Ruling(request.scope)
