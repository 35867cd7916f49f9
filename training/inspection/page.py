"""The findings of an inspection as one HTML page, in the clothes of the evaluation report."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from training.files import replace_file
from training.report.drawing import draw_shares, new_figure
from training.report.page import fill_page

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
    names = [_SECTION.get(shift["name"], "value.") + value for value in values]
    draw_shares(axes, names, _shares(shift["old"], values), _shares(shift["new"], values))
    return figure


def _shares(counts: Mapping[str, int], values: Sequence[str]) -> list[float]:
    total = max(1, sum(counts.values()))
    return [counts.get(value, 0) / total for value in values]
