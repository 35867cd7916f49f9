"""What rules may decide about a request; the default keeps everything for good."""

from dataclasses import dataclass, field
from typing import Protocol

from classifier.optouts.records import Json, OptOut, OptOutRequest, Scope


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

    def rule(self, request: OptOutRequest, earlier: list[OptOut]) -> Ruling:
        """Return what holds for a new record. Must depend on nothing but its arguments.

        Args:
            request: What was asked.
            earlier: Records that the same subject asked for in the tenant, oldest first; none that
                was a mistake, a false alarm or another's.
        """
        ...


class KeepForGood:
    """Rules without a policy file: the scope that was asked, permanent."""

    def rule(self, request: OptOutRequest, earlier: list[OptOut]) -> Ruling:
        """See `Rules.rule`."""
        del earlier
        return Ruling(request.scope)
