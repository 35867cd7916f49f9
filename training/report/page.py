"""The report as one HTML page: no file beside it, nothing loaded, readable without JavaScript."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from training.gates.refusals import chance
from training.report.drawing import to_svg
from training.report.plots import draw_plots
from training.report.words import LANGUAGES, Words

_TEMPLATES = Path(__file__).parent / "templates"
_FONT = _TEMPLATES / "han.woff"
_NOTHING = "–"


def render_page(content: Mapping[str, Any]) -> str:
    """Return the page.

    Args:
        content: From `training.report.write.write_report`; its texts are taken to be hostile.
    """
    return fill_page("report.html.j2", content, draw_plots(content))


def fill_page(template: str, content: Mapping[str, Any], figures: Mapping[str, Figure]) -> str:
    """Return a page of its own made from a template that extends ``shell.html.j2``.

    Args:
        template: Its file name.
        content: What the template names, ``sections`` among it; texts are taken to be hostile.
        figures: Name -> plot.
    """
    words = Words()
    plots = {
        name: Markup(to_svg(figure, name, words.label))  # ruff: ignore[unsafe-markup-use]  # ours
        for name, figure in figures.items()
    }
    script = (_TEMPLATES / "report.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    font = base64.b64encode(_FONT.read_bytes()).decode()
    return (
        new_environment(words)
        .get_template(template)
        .render(
            content,
            plots=plots,
            words=words,
            script=Markup(script),  # ruff: ignore[unsafe-markup-use]  # our own file
            script_digest=digest,
            style=Markup((_TEMPLATES / "report.css").read_text("utf-8")),  # ruff: ignore[unsafe-markup-use]
            font=font,
        )
    )


def new_environment(words: Words, markup: bool = True) -> Environment:
    """Return the templates' environment, in which a name that is missing is an error.

    Args:
        words: The catalogue.
        markup: Whether HTML is made, in which everything is escaped.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=markup,  # ruff: ignore[jinja2-autoescape-false]  # cards are Markdown
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(say=words.say, both=words.both, languages=LANGUAGES)
    environment.filters.update(
        count=_count,
        percent=_percent,
        thousand=_thousand,
        gate=lambda name: words.spans(words.gate(name)),
        chance=chance,
        limit=lambda text: _limit(words, text),
        marked=_marked,
    )
    return environment


def _count(value: int) -> str:
    return f"{value:,}"


def _percent(value: float | None, digits: int = 1) -> str:
    return _NOTHING if value is None else f"{100 * value:.{digits}f}"


def _thousand(value: float | None) -> str:
    if value is None:
        return _NOTHING
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _limit(words: Words, text: str) -> Markup:
    parts = []
    for part in text.split(", "):
        phrase, sign, bound = part.partition(" ≥ ") if " ≥ " in part else part.partition(" ≤ ")
        parts.append(words.say(f"limit.{phrase}") + sign + bound)
    return words.say("page.comma").join(parts)


def _marked(text: str, evidence: Sequence[Mapping[str, Any]]) -> Markup:
    """Spans of the label answered and of the true one may overlap, so each piece is marked."""
    roles = [
        (role, range(span["start"], span["end"]))
        for role, of_label in zip(("answer", "truth"), evidence, strict=False)
        for span in of_label["spans"]
    ]
    edges = {0, len(text), *(edge for _role, span in roles for edge in (span.start, span.stop))}
    parts = []
    for start, end in pairwise(sorted(edges)):
        own = " ".join(role for role, span in roles if start in span)
        mark = Markup('<mark class="{}">{}</mark>') if own else Markup("{1}")
        parts.append(mark.format(own, text[start:end]))
    return Markup("").join(parts)
