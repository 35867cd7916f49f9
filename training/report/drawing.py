"""From a matplotlib figure to SVG that belongs to a page: its colours, its fonts, its language."""

import io
import re
from collections.abc import Callable, Sequence
from xml.etree import ElementTree  # ruff: ignore[suspicious-xml-etree-import]  # ours

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

INK, FAINT = "#000001", "#000002"
"""Stand for the page's text and its lines."""

HUES = ("#000003", "#000004", "#000005")
"""Stand for the page's three colours, in the order of the labels."""

_VARIABLES = dict(
    zip((INK, FAINT, *HUES), ("--ink", "--line", "--hue-1", "--hue-2", "--hue-3"), strict=True)
)
_SIZE_INCHES = (5.6, 3.7)
_BAR = 0.38
_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_FONT = re.compile(r"font: [^;]*;?\s*|font-(family|weight|style|stretch): [^;]*;?\s*")


def new_figure(x_key: str, y_key: str) -> tuple[Figure, Axes]:
    """Return an empty figure with its axes named.

    Args:
        x_key: Catalogue key of what runs to the right.
        y_key: Catalogue key of what runs upwards; it stands level, above the axis.
    """
    figure = Figure(figsize=_SIZE_INCHES, layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(x_key, color=INK)
    axes.set_title(y_key, loc="left", color=INK, fontsize=10)
    axes.grid(visible=True, color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, length=0)
    axes.patch.set_alpha(0)
    figure.patch.set_alpha(0)
    for name, spine in axes.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(INK)
    return figure, axes


def draw_shares(
    axes: Axes, names: Sequence[str], before: Sequence[float], now: Sequence[float]
) -> None:
    """Draw two bars for each name: its share before and now.

    Args:
        axes: From `new_figure`.
        names: Catalogue keys or figures.
        before: Shares from 0 to 1, in the order of the names; in the second colour.
        now: Others, in the third.
    """
    for side, shares, hue in ((-1, before, HUES[1]), (1, now, HUES[2])):
        places = [place + side * _BAR / 2 for place in range(len(names))]
        axes.bar(places, shares, _BAR, color=hue)
    axes.set_xticks(range(len(names)), names)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def to_svg(figure: Figure, name: str, say: Callable[[str], dict[str, str]]) -> str:
    """Return a figure as an SVG element to stand in a page.

    Args:
        figure: Its texts are catalogue keys or figures.
        name: Unique in the page; ids begin with it.
        say: Catalogue key -> language -> words; figures come back as they are.
    """
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue().decode()
    for stand_in, variable in _VARIABLES.items():
        text = text.replace(stand_in, f"var({variable})")
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(text)  # ruff: ignore[suspicious-xml-element-tree-usage]  # ours
    for metadata in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(metadata)
    _rename(root, name)
    for element in root.iter(f"{{{_SVG}}}text"):
        _translate(element, say)
    for side in ("width", "height"):
        root.attrib.pop(side, None)
    root.set("aria-hidden", "true")
    return ElementTree.tostring(root, encoding="unicode")


def _rename(root: ElementTree.Element, name: str) -> None:
    used = set(re.findall(r"url\(#([^)]*)\)", ElementTree.tostring(root, encoding="unicode")))
    used |= {link[1:] for e in root.iter() if (link := e.get(_LINK, "")).startswith("#")}
    for element in root.iter():
        found = element.get("id")
        if found is not None:
            del element.attrib["id"]
            if found in used:
                element.set("id", f"{name}-{found}")
        for attribute, value in list(element.attrib.items()):
            if attribute == _LINK:
                element.set(attribute, f"#{name}-{value[1:]}")
            elif "url(#" in value:
                element.set(attribute, value.replace("url(#", f"url(#{name}-"))


def _translate(element: ElementTree.Element, say: Callable[[str], dict[str, str]]) -> None:
    element.set("style", _FONT.sub(_keep_size, element.get("style", "")))
    words = say((element.text or "").strip())
    element.text = ""
    if len(set(words.values())) == 1:
        element.text = next(iter(words.values()))
        return
    for language, text in words.items():
        span = ElementTree.SubElement(element, f"{{{_SVG}}}tspan")
        span.set("class", language)
        span.text = text


def _keep_size(found: re.Match[str]) -> str:
    size = re.search(r"[\d.]+px", found.group())
    return f"font-size: {size.group()}; " if size else ""
