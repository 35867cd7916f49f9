"""Divides the training groups: folds, what the reader never sees, what a teacher leaves out.

A hash of its name decides about a group, so other groups that come or go change nothing for it.
With folds dealt anew, 200 further turns moved the scores of all others out of fold, and by them
the thresholds: one opt-out in a hundred was lost by chance.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

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


def split_folds(groups: Sequence[str], folds: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the places of known and of held out turns, for each fold that any group falls into.

    Args:
        groups: Group of each turn; no group is split between folds.
        folds: At least 2.
    """
    parts = np.array([part_of(group, "fold", folds) for group in groups])
    return [(np.flatnonzero(parts != n), np.flatnonzero(parts == n)) for n in np.unique(parts)]
