"""How many calls each client may make."""

import time
from collections import OrderedDict
from collections.abc import Callable

_DAY_SECONDS = 86_400.0
MAX_CLIENTS = 10_000
"""As many clients are remembered; who was heard of least lately is forgotten first."""


class Allowances:
    """A bucket for each client: it holds up to `burst` calls and fills at a steady rate."""

    def __init__(
        self,
        calls_per_second: float,
        burst: int,
        clock: Callable[[], float] = time.monotonic,
        max_clients: int = MAX_CLIENTS,
    ) -> None:
        """Let every client start with a full bucket.

        Args:
            calls_per_second: How fast a bucket fills, above 0.
            burst: How much it holds, at least 1.
            clock: Seconds, never going back.
            max_clients: As many are remembered, at least 1. To be forgotten is to start with a
                full bucket again, so very many clients gain a burst now and then; memory never
                grows.
        """
        self._rate = calls_per_second
        self._burst = float(burst)
        self._clock = clock
        self._max_clients = max_clients
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Take one call out of a client's bucket.

        Args:
            client: Name of its token, or address of its machine.

        Returns:
            0 where there was one; else in how many seconds there will be one, a day at most.
        """
        now = self._clock()
        left, filled = self._buckets.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - filled) * self._rate)
        wait = 0.0 if left >= 1 else min((1 - left) / self._rate, _DAY_SECONDS)
        self._buckets[client] = (left if wait else left - 1, now)
        if len(self._buckets) > self._max_clients:
            self._buckets.popitem(last=False)
        return wait
