"""Who is told how far long work is; nobody, where nothing is given."""

from collections.abc import Callable

Report = Callable[[str], None]
"""Told of each step as it begins."""

Progress = Callable[[int], None]
"""Told how much is done so far."""

ShowProgress = Callable[[str, int], Progress]
"""Told what is counted next and how much of it there is; returns what is told of its progress."""


def silent(_told: object) -> None:
    """Say nothing, as a `Report` or a `Progress`."""


def silent_counts(_what: str, _total: int) -> Progress:
    """Say nothing, as a `ShowProgress`."""
    return silent
