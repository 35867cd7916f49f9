"""Two models on the same turns: what changed, and whether that may be chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtrc

from training.intervals import ENOUGH_SCENES, INTERVAL, by_group, draw, wilson_interval


@dataclass(frozen=True, slots=True)
class Change:
    """How a share of turns differs between an old and a new model.

    Attributes:
        old: Share by the old model, from 0 to 1.
        new: Share by the new one.
        low: Lower end of the 95 % interval of ``new - old``, a paired bootstrap over scenes; where
            fewer than five scenes changed, the difference of Wilson's intervals of what came and
            went, which is wider.
        high: Its upper end.
        gone: Turns that counted with the old model and do not with the new.
        come: Turns that count with the new model and did not with the old.
        fall_p: One-sided exact McNemar p of a fall: how likely chance alone lets as many scenes
            lose, of those that changed. A scene counts once, whatever its turns.
        rise_p: The same of a rise.
    """

    old: float
    new: float
    low: float
    high: float
    gone: int
    come: int
    fall_p: float
    rise_p: float


def compare_shares(old: np.ndarray, new: np.ndarray, groups: Sequence[str]) -> Change:
    """Compare two models on one set of turns.

    Args:
        old: Whether each turn counts with the old model, shape (n,), not empty.
        new: The same with the new one.
        groups: Scene of each turn; scenes are resampled, since their turns hang together.
    """
    gone, come = int((old & ~new).sum()), int((~old & new).sum())
    sums, sizes = by_group(new.astype(float) - old, groups)
    draws = draw(np.ones(len(sizes)))
    low, high = np.percentile((draws @ sums) / (draws @ sizes), INTERVAL)
    worse, better = int((sums < 0).sum()), int((sums > 0).sum())
    if worse + better < ENOUGH_SCENES:
        effective = sizes.sum() ** 2 / float((sizes**2).sum())
        lost, won = (wilson_interval(n / len(old) * effective, effective) for n in (gone, come))
        low, high = won[0] - lost[1], won[1] - lost[0]
    return Change(
        old=float(old.mean()),
        new=float(new.mean()),
        low=float(low),
        high=float(high),
        gone=gone,
        come=come,
        fall_p=_mcnemar(worse, better),
        rise_p=_mcnemar(better, worse),
    )


def _mcnemar(worse: int, better: int) -> float:
    # Exact: under chance alone a scene that changed is as likely to change either way.
    return float(bdtrc(worse - 1, worse + better, 0.5)) if worse else 1.0
