"""Times as the registry keeps them, microseconds since 1970, and as people know them."""

import time
from datetime import UTC, datetime


def now_us() -> int:
    """Return the time in microseconds since 1970."""
    return time.time_ns() // 1000


def moment(time_us: int) -> datetime:
    """Return a time of the registry as one with a time zone.

    Args:
        time_us: Microseconds since 1970.
    """
    seconds, rest = divmod(time_us, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def microseconds(at: datetime) -> int:
    """Return a time as the registry keeps it, in microseconds since 1970.

    Args:
        at: With a time zone.
    """
    whole = at.astimezone(UTC)
    return int(whole.replace(microsecond=0).timestamp()) * 1_000_000 + whole.microsecond
