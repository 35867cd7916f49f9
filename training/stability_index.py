"""The population stability index: how far one distribution is from another.

It is the sum of (p - q) ln(p / q) over the bins: 0 for the same, and by the usual reading a shift
worth a look from .1 and a large one from .25.
"""

from collections.abc import Sequence

import numpy as np


def stability_index(old: Sequence[float], new: Sequence[float]) -> float:
    """Return the index, each count a half more, so that an empty bin does not make it infinite.

    Args:
        old: Count of each bin, 0 or more; weighted turns need not be whole.
        new: Counts of the same bins.
    """
    before, now = np.array(old) + 0.5, np.array(new) + 0.5
    before, now = before / before.sum(), now / now.sum()
    return float(((now - before) * np.log(now / before)).sum())
