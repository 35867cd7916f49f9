"""What the enabled laws ask together: due dates, confirmations, retention, rules, limits.

Of several profiles the strictest figure holds, and every answer names the profile that gave it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from classifier.optouts.policy.periods import Period
from classifier.optouts.policy.policy_rules import CallerLimit, LegalBasis, Rule, SubjectHistory
from classifier.optouts.policy.profiles import Confirmation, Due, Figure, Profile, RecordKind

_AT_ONCE = Period()


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for one tenant.

    Attributes:
        version: Digest of the policy file, 12 hexadecimal digits; shown in records.
        profiles: The enabled profiles, at least one.
        zone: Time zone of reports.
        claim: How long a claimed review belongs to one person.
        house_keep: How long each kind is kept where no profile says.
        rules: For repeats and complaints.
        legal_bases: Name -> why an opt-out may end.
        caller_limits: When a bot or campaign must stop.
    """

    version: str
    profiles: tuple[Profile, ...]
    zone: ZoneInfo
    claim: timedelta
    house_keep: Mapping[RecordKind, Figure]
    rules: tuple[Rule, ...]
    legal_bases: Mapping[str, LegalBasis]
    caller_limits: tuple[CallerLimit, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the enabled profiles."""
        return tuple(profile.code for profile in self.profiles)

    def stop_due(self, received: datetime) -> Due:
        """Return by when contact must have stopped.

        Args:
            received: When the request came, with a time zone.
        """
        return self._earliest(received, lambda profile: profile.stop)

    def reply_due(self, received: datetime) -> Due:
        """Return by when a request or complaint needs its first answer.

        Args:
            received: When it came, with a time zone.
        """
        return self._earliest(received, lambda profile: profile.reply)

    def confirmation(self) -> Confirmation:
        """Return the fewest confirmations, in the shortest window, that any profile allows."""
        fewest = min(profile.confirmation.at_most for profile in self.profiles)
        return min(
            (p.confirmation for p in self.profiles if p.confirmation.at_most == fewest),
            key=lambda confirmation: confirmation.within.about_days(),
        )

    def confirmation_deadline(self, received: datetime) -> datetime | None:
        """Return until when a receipt may be confirmed; None where it may not be at all.

        Args:
            received: When the request came, with a time zone.
        """
        confirmation = self.confirmation()
        if not confirmation.at_most:
            return None
        working = next(p.working for p in self.profiles if p.code == confirmation.profile)
        return confirmation.within.after(received, working)

    def keep(self, kind: RecordKind, rules: Iterable[str] = ()) -> Figure:
        """Return how long a kind of record is kept once it is settled.

        Args:
            kind: The kind.
            rules: Names of the rules that held for the record; unknown names are left out, so that
                a record outlives the rule it was made under.
        """
        figures = [self.statutory_keep(kind) or self.house_keep[kind]]
        if kind in {RecordKind.OPT_OUT, RecordKind.EVIDENCE}:
            held = set(rules)
            figures += [
                Figure(rule.keep, rule.name, f"rule {rule.name}")
                for rule in self.rules
                if rule.keep is not None and rule.name in held
            ]
        return max(figures, key=lambda figure: figure.period.about_days())

    def kept_until(self, kind: RecordKind, settled: datetime, rules: Iterable[str] = ()) -> Due:
        """Return when a record may be purged.

        Args:
            kind: The kind.
            settled: When the record was settled, with a time zone.
            rules: Names of the rules that held for the record.
        """
        return self.over(self.keep(kind, rules), settled)

    def statutory_keep(self, kind: RecordKind) -> Figure | None:
        """Return the longest duty to keep a kind that an enabled profile names, or None.

        Args:
            kind: The kind.
        """
        named = [profile.keep[kind] for profile in self.profiles if kind in profile.keep]
        return max(named, key=lambda figure: figure.period.about_days(), default=None)

    def over(self, figure: Figure, settled: datetime) -> Due:
        """Return when a duty to keep is over.

        Args:
            figure: How long is kept.
            settled: From when, with a time zone.
        """
        working = next(
            (p.working for p in self.profiles if p.code == figure.profile), self.profiles[0].working
        )
        return Due(figure.period.after(settled, working), figure)

    def rules_for(self, history: SubjectHistory) -> tuple[Rule, ...]:
        """Return the rules that hold for a subject, in the order of the file.

        Args:
            history: This request included.
        """
        return tuple(rule for rule in self.rules if rule.holds(history))

    def _earliest(self, received: datetime, figure_of: Callable[[Profile], Figure]) -> Due:
        for profile in self.profiles:
            if figure_of(profile).period == _AT_ONCE:  # nothing is due before that
                return Due(received, figure_of(profile))
        return min(
            (
                Due(figure_of(profile).period.after(received, profile.working), figure_of(profile))
                for profile in self.profiles
            ),
            key=lambda due: due.at,
        )
