"""Divides the training groups: what the second reader never sees, what a teacher leaves out."""

import hashlib

_CALIBRATION_SHARE = 10


def is_calibration(group: str) -> bool:
    """Say whether a training group is kept from the reader, to calibrate and set thresholds by.

    A tenth of the groups are, by a hash of their name, so that this holds for new data too.

    Args:
        group: `LabelledTurn.group`.
    """
    return part_of(group, "calibration", _CALIBRATION_SHARE) == 0


def part_of(group: str, purpose: str, parts: int) -> int:
    """Return which of so many parts a group falls into, from 0.

    Args:
        group: `LabelledTurn.group`.
        purpose: Different purposes divide differently.
        parts: At least 1.
    """
    digest = hashlib.sha256(f"second reader/{purpose}/{group}".encode()).digest()
    return int.from_bytes(digest[:8]) % parts
