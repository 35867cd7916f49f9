"""Draws the plots of a report with matplotlib, each once for both languages.

Words stand in a plot as keys of the catalogue; `training.report.drawing` puts the words themselves
in, as text, which the page's fonts show.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from training.report.drawing import FAINT, HUES, INK, new_figure

_Drawing = Mapping[str, Any]
_OPT_OUT, _COMPLAINT, _NORMAL = HUES
_WRONG, _RIGHT = _OPT_OUT, _NORMAL
_BY_LABEL = dict(zip(("opt_out", "complaint", "normal"), HUES, strict=True))
_MARKERS = {"stop": "o", "review": "s", "complaint": "D"}
_OUTSIDE = {"stop": (8, 3), "review": (8, -2), "complaint": (-8, -14)}
"""Where the names of chosen points stand: those of opt_out above its curve, away from the other."""


def draw_plots(content: _Drawing) -> dict[str, Figure]:
    """Return name -> figure: ``precision_recall``, ``thresholds_LABEL``, and so on.

    Args:
        content: From `training.report.content.build_content`.
    """
    plots = {"precision_recall": _precision_recall(content["threshold_curves"])}
    for curve in content["threshold_curves"]:
        plots[f"thresholds_{curve['label']}"] = _thresholds(curve)
    plots["calibration"] = _calibration(content["calibration"])
    plots["histogram"] = _histogram(content["histogram"])
    if content.get("learning_curve"):
        plots["learning_curve"] = _learning_curve(content["learning_curve"])
    return plots


def _precision_recall(curves: Sequence[_Drawing]) -> Figure:
    figure, axes = new_figure("plot.recall", "plot.precision")
    _shares(axes)
    axes.set_xlim(right=1.18)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    for curve in curves:
        hue = _BY_LABEL[curve["label"]]
        points = [
            (r, p)
            for r, p in zip(curve["recall"], curve["precision"], strict=True)
            if p is not None
        ]
        axes.plot(*zip(*points, strict=True), color=hue)
        for name, threshold in curve["chosen"].items():
            place = curve["thresholds"].index(threshold)
            recall, precision = curve["recall"][place], curve["precision"][place]
            if precision is None:
                continue
            axes.plot([recall], [precision], _MARKERS[name], color=hue, markersize=7)
            offset = _OUTSIDE[name]
            side = _side(right=offset[0] < 0)
            _note(axes, f"plot.at_{name}", (recall, precision), offset, side, hue)
    return figure


def _thresholds(curve: _Drawing) -> Figure:
    figure, axes = new_figure("plot.threshold", "plot.share")
    _shares(axes)
    at = curve["thresholds"]
    points = [(t, p) for t, p in zip(at, curve["precision"], strict=True) if p is not None]
    axes.plot(*zip(*points, strict=True), color=_NORMAL)
    axes.plot(at, curve["recall"], color=_OPT_OUT)
    for name, threshold in curve["chosen"].items():
        axes.axvline(threshold, color=INK, linewidth=1, linestyle=(0, (3, 3)))
        left = threshold < 0.5
        _note(axes, f"plot.at_{name}", (threshold, 0.03), (5 if left else -5, 0), _side(not left))
    return figure


def _calibration(found: _Drawing) -> Figure:
    figure, axes = new_figure("plot.score", "plot.share_so")
    _shares(axes)
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
    for label, bins in found["labels"].items():
        axes.plot(
            [b["score"] for b in bins],
            [b["share"] for b in bins],
            "o-",
            color=_BY_LABEL[label],
            markersize=4,
        )
    return figure


def _histogram(found: _Drawing) -> Figure:
    figure, axes = new_figure("plot.sureness", "plot.turns_log")
    edges = found["edges"]
    widths = [(b - a) * 0.45 for a, b in pairwise(edges)]
    starts = edges[:-1]
    axes.bar(starts, found["right"], widths, align="edge", color=_RIGHT)
    shifted = [start + width for start, width in zip(starts, widths, strict=True)]
    axes.bar(shifted, found["wrong"], widths, align="edge", color=_WRONG)
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.7)
    axes.yaxis.set_major_formatter(FuncFormatter(_count))
    axes.minorticks_off()
    return figure


def _learning_curve(found: _Drawing) -> Figure:
    figure, axes = new_figure("plot.training_turns", "plot.share")
    turns = [point["turns"] for point in found["points"]]
    for name, hue in zip(("opt_out.recall", "opt_out.precision", "macro_f1"), HUES, strict=True):
        figures = [point["figures"][name] for point in found["points"]]
        axes.plot(turns, [f["value"] for f in figures], "o-", color=hue, markersize=4)
        axes.fill_between(
            turns,
            [f["low"] for f in figures],
            [f["high"] for f in figures],
            color=hue,
            alpha=0.12,
            linewidth=0,
        )
    axes.set_xscale("log", base=2)
    axes.set_xticks(turns)
    axes.xaxis.set_major_formatter(FuncFormatter(_count))
    axes.yaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure


def _shares(axes: Axes) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(0, 1.03)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _note(
    axes: Axes,
    key: str,
    at: tuple[float, float],
    offset: tuple[float, float],
    side: str,
    colour: str = INK,
) -> None:
    axes.annotate(key, at, offset, textcoords="offset points", ha=side, color=colour, fontsize=9)


def _side(right: bool) -> str:
    return "right" if right else "left"


def _count(value: float, _place: int) -> str:
    return f"{value:,.0f}"
