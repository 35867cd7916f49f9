"""Counts the answers of checks in memory and writes them down now and then, as one event.

A check itself writes nothing: that is what makes it cheap. What a killed worker had counted since
its last event is lost; no record is ever lost by that, only a count in the report is a little low.
"""

import threading
from collections import Counter

from classifier.optouts.derived.caller_counts import COUNTED
from classifier.optouts.events.event import Draft
from classifier.optouts.records import Contact, Decision, Why
from classifier.optouts.registry import Registry

_Key = tuple[str, str, str, str, Why]
_MOST_KEYS = 10_000


class ContactCounter:
    """Counts for one process. Safe to share between threads."""

    def __init__(self, registry: Registry, actor: str) -> None:
        """Begin with nothing.

        Args:
            registry: Where counts are written.
            actor: Named in the events, such as ``worker 2``.
        """
        self._registry = registry
        self._actor = actor
        self._lock = threading.Lock()
        self._counts: Counter[_Key] = Counter()

    def count(self, contact: Contact, decision: Decision, times: int = 1) -> None:
        """Count an answer.

        Args:
            contact: What was asked.
            decision: What was answered.
            times: How often.
        """
        channel = contact.channel or ""
        key = (contact.tenant, contact.caller, contact.campaign, channel, decision.why)
        with self._lock:
            # Callers name bots and campaigns: an endless supply of names must not fill the memory.
            if key in self._counts or len(self._counts) < _MOST_KEYS:
                self._counts[key] += times
            else:
                self._counts[contact.tenant, "", "", channel, decision.why] += times

    def flush(self) -> None:
        """Write down what was counted since the last time; nothing where there is nothing.

        Raises:
            StoreError: It could not be committed; the counts are kept for the next time.
        """
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        drafts = [
            Draft(COUNTED, tenant, self._actor, payload={"counts": _entries(tenant, counts)})
            for tenant in sorted({key[0] for key in counts})
        ]
        try:
            self._registry.store.write(lambda tx: [tx.append(draft) for draft in drafts])
        except BaseException:
            with self._lock:
                self._counts.update(counts)
            raise


def _entries(tenant: str, counts: Counter[_Key]) -> list[dict[str, object]]:
    entries: dict[tuple[str, str, str], dict[str, int]] = {}
    for (whose, caller, campaign, channel, why), count in sorted(counts.items()):
        if whose == tenant:
            found = entries.setdefault((caller, campaign, channel), {})
            found[why.value] = found.get(why.value, 0) + count
    return [
        {
            "caller": caller,
            "campaign": campaign,
            "channel": channel,
            "allowed": found.pop(Why.NOTHING_FOUND.value, 0),
            "blocked": found,
        }
        for (caller, campaign, channel), found in entries.items()
    ]
