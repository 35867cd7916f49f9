"""The drift report as one HTML page, in the clothes of the evaluation report."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from training.monitor.profile import DAILY, MEASURES
from training.report.drawing import HUES, draw_shares, new_figure
from training.report.page import fill_page

_X_KEYS = {
    "opt_out_score": "plot.score",
    "complaint_score": "plot.score",
    "length": "plot.characters",
    "unknown_words": "plot.unknown_share",
}
_NAMED = {"label": "label.", "channel": "value."}
_SECTIONS = ("alerts", "levels", "shifts", "days", "traffic")
_DAYS_SHOWN = 6


def render_drift(content: Mapping[str, Any]) -> str:
    """Return the page.

    Args:
        content: From `training.monitor.report.build_drift_report`.
    """
    several = len(content["profile"]["days"]) > 1
    sections = [name for name in _SECTIONS if name != "days" or several]
    figures = {m: _bars(m, content["profile"], content["reference"]) for m in MEASURES}
    if several:
        figures["days"] = _days(content["profile"]["days"])
    shown = {"sections": sections, "daily": DAILY}
    return fill_page("monitor.html.j2", {**content, **shown}, figures)


def _bars(measure: str, now: Mapping[str, Any], reference: Mapping[str, Any]) -> Figure:
    figure, axes = new_figure(_X_KEYS.get(measure, ""), "plot.share_of_turns")
    names = [_NAMED.get(measure, "") + name for name in now["bins"][measure]]
    before = reference["distributions"][measure]
    draw_shares(axes, names, before, now["distributions"][measure])
    return figure


def _days(days: Mapping[str, Mapping[str, float]]) -> Figure:
    figure, axes = new_figure("plot.day", "plot.share_of_turns")
    places = range(len(days))
    for name, hue in zip(("opt_out", "complaint", "clarify"), HUES, strict=True):
        axes.plot(places, [found[name] for found in days.values()], "o-", color=hue, markersize=4)
    shown = places[:: max(1, len(days) // _DAYS_SHOWN)]
    names = list(days)
    axes.set_xticks(shown, [names[place][5:] for place in shown])
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    return figure
