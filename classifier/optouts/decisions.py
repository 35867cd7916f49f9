"""From what a lookup found to a decision: anything that touches the contact refuses it."""

from collections.abc import Sequence

from classifier.optouts.records import ALLOWED, Contact, Decision, Reach, Why
from classifier.optouts.store import Lookup, Match

_SUSPENSIONS = {"caller": Why.CALLER_SUSPENDED, "campaign": Why.CAMPAIGN_SUSPENDED}


def decide(
    contact: Contact, hashes: Sequence[Sequence[bytes]], lookup: Lookup, now_us: int
) -> list[Decision]:
    """Return a decision for each subject, in their order.

    A suspension refuses all of them; else the oldest record that touches the contact refuses its
    subject, one in doubt only where no other does. What the contact leaves open, such as its
    campaign, is touched by every record.

    Args:
        contact: What is about to be done.
        hashes: Of each subject, under every key version.
        lookup: What was found.
        now_us: Microseconds since 1970.
    """
    if not lookup.matches:
        return [ALLOWED] * len(hashes)
    refused: dict[bytes, Decision] = {}
    for match in sorted(lookup.matches, key=_order):
        if not match.hash:
            why = _SUSPENSIONS[match.reach]
            return [Decision(False, why, match.since_us, match.record_id)] * len(hashes)
        if match.hash not in refused and _touches(match, contact, now_us):
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


def _touches(match: Match, contact: Contact, now_us: int) -> bool:
    if match.until_us and match.until_us <= now_us:
        return False
    if match.channel and contact.channel and match.channel != contact.channel:
        return False
    named = contact.campaign if match.reach == Reach.CAMPAIGN else contact.purpose
    return match.reach == Reach.ALL or not named or named == match.name
