"""The registry: records opt-outs, answers checks, revokes; the store below keeps its promises."""

from collections.abc import Callable, Sequence

from classifier.errors import RegistryError, StoreError
from classifier.optouts.events.event import Event
from classifier.optouts.events.open_fields import in_the_open
from classifier.optouts.recording.changes import Revocation, record_opt_out, revoke_opt_outs
from classifier.optouts.recording.rulings import KeepForGood, Rules
from classifier.optouts.records import ALLOWED, Contact, Decision, OptOut, OptOutRequest, Why
from classifier.optouts.sql_store import SqlStore
from classifier.optouts.store import Ahead, Lookup, Match, Transaction
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.subjects.subject import Subject
from classifier.optouts.times import now_us

Follower = Callable[[Transaction, Event], None]
"""Appends what follows from a new record or a correction, in the same transaction."""

_SUSPENSIONS = {"caller": Why.CALLER_SUSPENDED, "campaign": Why.CAMPAIGN_SUSPENDED}


class Registry:
    """All that is done with opt-outs, whichever the store. Safe to share between threads."""

    def __init__(
        self,
        store: SqlStore,
        ring: KeyRing,
        rules: Rules | None = None,
        followers: Sequence[Follower] = (),
    ) -> None:
        """Put a registry together.

        Args:
            store: Keeps it.
            ring: The keys that the store was opened with.
            rules: On scope and retention; without one everything is kept for good.
            followers: Called with each new record, and with each correction.
        """
        self.store = store
        self.ring = ring
        self._rules = rules or KeepForGood()
        self._followers = tuple(followers)

    def record(self, request: OptOutRequest) -> OptOut:
        """Record an opt-out; when this returns, no check anywhere allows the contact.

        Args:
            request: What was asked; kept without numbers where it is open, see `in_the_open`.

        Returns:
            The record; that of the first time where the request was seen before.

        Raises:
            RequestConflictError: The request_id was used with other content.
            StoreError: It could not be committed.
        """
        clean = in_the_open(request, self.ring)
        return self.store.write(
            lambda transaction: self._record(transaction, clean), self._ahead([clean])
        )

    def record_many(self, requests: Sequence[OptOutRequest]) -> list[OptOut | RegistryError]:
        """Record several in one transaction, a record or an error for each in the same order.

        Args:
            requests: At most some thousands, as for `record`; other writers wait meanwhile.

        Raises:
            StoreError: None could be committed.
        """
        clean = [in_the_open(request, self.ring) for request in requests]

        def work(transaction: Transaction) -> list[OptOut | RegistryError]:
            results: list[OptOut | RegistryError] = []
            for request in clean:
                try:
                    results.append(self._record(transaction, request))
                except StoreError:
                    raise
                except RegistryError as error:
                    results.append(error)
            return results

        return self.store.write(work, self._ahead(clean))

    def check(self, contact: Contact, subjects: Sequence[Subject]) -> Decision:
        """Say whether one person may be contacted.

        Args:
            contact: What is about to be done.
            subjects: Every name of that person at hand, at least one; one that is refused refuses
                all.

        Raises:
            StoreError: The store cannot be read; whoever asks must not contact.
            KeysError: A key version in use is not at hand.
        """
        return min(self.check_many(contact, subjects), key=lambda decision: decision.allowed)

    def check_many(self, contact: Contact, subjects: Sequence[Subject]) -> list[Decision]:
        """Say of each of several people whether they may be contacted, as of one moment.

        Args:
            contact: What is about to be done.
            subjects: One name each, at least one.

        Raises:
            StoreError: The store cannot be read; whoever asks must not contact.
            KeysError: A key version in use is not at hand.
        """
        proven = self.ring.proven  # first: another thread may renew the keys meanwhile
        hashes = [self.ring.subject_hashes(subject) for subject in subjects]
        wanted = [digest for few in hashes for digest in few]
        lookup = self.store.lookup(contact.tenant, wanted, contact.caller, contact.campaign)
        if lookup.key_version not in proven:
            self.store.renew_keys()
            return self.check_many(contact, subjects)
        return _decide(contact, hashes, lookup, now_us())

    def revoke(self, revocation: Revocation) -> list[OptOut]:
        """Let contact happen again: the subject opted back in, or a record was a mistake.

        Args:
            revocation: Which records, and why.

        Returns:
            The records as they stand now.

        Raises:
            RecordMissingError: There is no such record, or none of the subject is in force.
            ResolvedError: The one record is over already.
            RecordChangedError: It changed since the caller saw it.
            RequestConflictError: The request_id was used with other content.
            ClaimedError: It would be a mistake, and somebody else has claimed its review.
            InvalidRequestError: It would be a mistake, in doubt, and whoever says so recorded it.
            StoreError: It could not be committed.
        """
        return self.store.write(
            lambda transaction: revoke_opt_outs(transaction, self.ring, revocation)
        )

    def follow(self, transaction: Transaction, event: Event) -> None:
        """Append what follows from an event.

        Args:
            transaction: The event's own.
            event: A new record or a correction.
        """
        for follow in self._followers:
            follow(transaction, event)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def _ahead(self, requests: Sequence[OptOutRequest]) -> Ahead:
        hashes = [digest for one in requests for digest in self.ring.subject_hashes(one.subject)]
        return Ahead(tuple(hashes), tuple((one.tenant, one.request_id) for one in requests))

    def _record(self, transaction: Transaction, request: OptOutRequest) -> OptOut:
        opt_out, event = record_opt_out(transaction, self.ring, self._rules, request)
        if event is not None:
            self.follow(transaction, event)
        return opt_out


def _decide(
    contact: Contact, hashes: Sequence[Sequence[bytes]], lookup: Lookup, time_us: int
) -> list[Decision]:
    """Return a decision for each subject, in their order: what touches the contact refuses it.

    A suspension refuses all of them; else the oldest record that touches the contact refuses its
    subject, one in doubt only where no other does. What the contact leaves open, such as its
    campaign, is touched by every record.

    Args:
        contact: What is about to be done.
        hashes: Of each subject, under every key version.
        lookup: What was found.
        time_us: Microseconds since 1970.
    """
    if not lookup.matches:
        return [ALLOWED] * len(hashes)
    refused: dict[bytes, Decision] = {}
    for match in sorted(lookup.matches, key=_order):
        if not match.hash:
            why = _SUSPENSIONS[match.reach]
            return [Decision(False, why, match.since_us, match.record_id)] * len(hashes)
        if match.hash not in refused and contact.is_touched(
            match.reach, match.name, match.channel, match.until_us, time_us
        ):
            why = Why.UNDER_REVIEW if match.doubtful else Why.OPTED_OUT
            no = Decision(False, why, match.since_us, match.record_id)
            refused[match.hash] = no
    if not refused:
        return [ALLOWED] * len(hashes)
    return [
        next((refused[digest] for digest in few if digest in refused), ALLOWED) for few in hashes
    ]


def _order(match: Match) -> tuple[int, int, int]:
    return match.doubtful, match.since_us, match.record_id
