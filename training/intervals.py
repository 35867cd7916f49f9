"""95 % intervals of shares."""

import math


def wilson_interval(hits: float, count: float) -> tuple[float, float]:
    """Return the 95 % score interval of a share; nan among none.

    Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.

    Args:
        hits: How many were found.
        count: Of how many.
    """
    if not count:
        return math.nan, math.nan
    z = 1.959964
    share, spread = hits / count, z * z / count
    centre = (share + spread / 2) / (1 + spread)
    reach = z * math.sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return max(centre - reach, 0.0), min(centre + reach, 1.0)
