"""95 % intervals of shares of turns, of which those of one scene stand or fall together."""

import math
from collections.abc import Sequence

import numpy as np

RESAMPLES = 2_000
_SEED = 0
INTERVAL = (2.5, 97.5)
"""Percentiles of the draws."""

ENOUGH_SCENES = 5
"""Fewer that differ are too few to be resampled."""


def share_interval(hits: np.ndarray, sizes: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of a share; nan where there is nothing to measure.

    A percentile bootstrap over scenes. Where fewer than five scenes hold a hit, or fewer than five
    a miss, draws show too little spread or none; then it is Wilson's interval, and turns of one
    scene count as one (Kish's effective number). An interval never has a width of zero.

    Args:
        hits: Turns that count in each scene, shape (scenes,).
        sizes: Turns looked at in each scene, shape (scenes,).
    """
    hits, sizes = hits[sizes > 0], sizes[sizes > 0]
    whole = float(sizes.sum())
    if not whole:
        return math.nan, math.nan
    if 2 * hits.sum() > whole:  # What is heard and what is missed say one thing.
        low, high = share_interval(sizes - hits, sizes)
        return 1 - high, 1 - low
    if not enough_scenes(hits, sizes):
        effective = whole**2 / float((sizes**2).sum())
        return wilson_interval(float(hits.sum()) / whole * effective, effective)
    # Scenes with the same counts are as likely to be drawn, so kinds of scenes are drawn instead.
    kinds, counts = np.unique(np.stack([hits, sizes], axis=1), axis=0, return_counts=True)
    drawn = draw(counts) @ kinds
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], INTERVAL)
    return float(low), float(high)


def enough_scenes(hits: np.ndarray, sizes: np.ndarray) -> bool:
    """Say whether scenes that differ are many enough to be resampled.

    Args:
        hits: Turns that count in each scene, shape (scenes,).
        sizes: Turns looked at in each scene, shape (scenes,).
    """
    return bool(min((hits > 0).sum(), (hits < sizes).sum()) >= ENOUGH_SCENES)


def draw(counts: np.ndarray) -> np.ndarray:
    """Return how often each kind of scene comes up when as many scenes are drawn as there are.

    The same counts give the same draws.

    Args:
        counts: How many scenes are of each kind, shape (kinds,).

    Returns:
        Shape (`RESAMPLES`, kinds).
    """
    total = int(counts.sum())
    return np.random.default_rng(_SEED).multinomial(total, counts / total, RESAMPLES)


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
    # Rounding would leave a share of 0 or 1 outside.
    return max(min(centre - reach, share), 0.0), min(max(centre + reach, share), 1.0)


def by_group(values: np.ndarray, groups: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of the values and the number of turns of each group.

    Args:
        values: One for each turn, shape (n,).
        groups: Group of each turn.
    """
    _names, places = np.unique(np.array(groups), return_inverse=True)
    return np.bincount(places, weights=values), np.bincount(places)
