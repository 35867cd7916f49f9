"""The findings of an inspection as one HTML page, in the clothes of the evaluation report."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from training.exchange.lines import replace_file
from training.report.drawing import HUES, new_figure
from training.report.page import fill_page

_WIDTH = 0.38
_DRAWN = ("label", "channel", "script", "length", "context")
_SECTION = {"label": "label."}


def write_inspection(content: Mapping[str, Any], path: Path) -> None:
    """Write the page.

    Args:
        content: From `training.inspection.inspection.inspect_data`; its texts are taken to be
            hostile.
        path: Where to.

    Raises:
        OutputError: It cannot be written; a page that was there stays.
    """
    # Hundreds of suspects would bury what comes after them.
    order = ("findings", "problems", "near_leaks", "drift", "parts", "suspects")
    sections = [name for name in order if content.get(name, name) is not None]
    shifts = content["drift"]["shifts"] if content["drift"] else []
    figures = {
        f"shift_{shift['name']}": _bars(shift) for shift in shifts if shift["name"] in _DRAWN
    }
    page = fill_page("inspection.html.j2", {**content, "sections": sections}, figures)
    replace_file(path, page.encode())


def _bars(shift: Mapping[str, Any]) -> Figure:
    figure, axes = new_figure("", "plot.share")
    values = list(shift["old"] | shift["new"])
    for offset, side, hue in ((-_WIDTH / 2, "old", HUES[1]), (_WIDTH / 2, "new", HUES[2])):
        places = [place + offset for place in range(len(values))]
        axes.bar(places, _shares(shift[side], values), _WIDTH, color=hue)
    section = _SECTION.get(shift["name"], "value.")
    axes.set_xticks(range(len(values)), [section + value for value in values])
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure


def _shares(counts: Mapping[str, int], values: Sequence[str]) -> list[float]:
    total = max(1, sum(counts.values()))
    return [counts.get(value, 0) / total for value in values]
