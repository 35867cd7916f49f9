"""Times as the registry keeps them, microseconds since 1970, and as people know them."""

import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_us() -> int:
    """Return the time in microseconds since 1970."""
    return time.time_ns() // 1000


def moment(time_us: int) -> datetime:
    """Return a time of the registry as one with a time zone.

    Args:
        time_us: Microseconds since 1970.
    """
    return _EPOCH + timedelta(microseconds=time_us)


def microseconds(at: datetime) -> int:
    """Return a time as the registry keeps it, in microseconds since 1970.

    Args:
        at: With a time zone.
    """
    return (at - _EPOCH) // timedelta(microseconds=1)
