"""What a report becomes on paper: the PDF that a real browser prints is read."""

import base64
import re
import zlib
from typing import Any
from unicodedata import normalize

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from tests.training.report.conftest import of_each, visible
from training.report.words import Words

_INCHES = {"paperWidth": 8.27, "paperHeight": 7}
"""Low pages, so that tables go on from one to the next."""

_OBJECT = re.compile(rb"\n(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_FONT = re.compile(rb"/(F\d+) (\d+) 0 R")
_SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|<([0-9A-F]+)> Tj")
_RANGE = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]{4})> <([0-9A-F]{4,})>")
_SINGLE = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]{4,})>")


def test_only_what_paper_can_use_is_printed(window: Chrome, content: dict[str, Any]) -> None:
    """On paper there is no switch and no filter, and the surest wrong answers stand for all."""
    window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        for css in (".languages", "nav", "#filters"):
            assert not window.find_element(By.CSS_SELECTOR, css).is_displayed()
        display = of_each(window, ".mistake:not([hidden])", "getComputedStyle(e).display")
        assert len(display) - display.count("none") == min(40, len(content["mistakes"]))
        assert window.find_element(By.CSS_SELECTOR, ".printed").is_displayed()
    finally:
        window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_paper_tells_the_filter(window: Chrome, content: dict[str, Any]) -> None:
    """What was filtered by stands above what is left of the wrong answers, and nothing else."""
    label = content["mistakes"][0]["label"]
    chosen = window.find_element(By.CSS_SELECTOR, "select[name=label]")
    Select(chosen).select_by_value(label)
    window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        shown = window.find_elements(By.CSS_SELECTOR, "#filters label, #filters output")
        left = sum(mistake["label"] == label for mistake in content["mistakes"])
        assert [e.tag_name for e in shown if e.is_displayed()] == ["label", "output"]
        assert chosen.is_displayed()
        assert window.find_element(By.ID, "shown").text == str(left)
        assert left < len(content["mistakes"])
    finally:
        window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        Select(chosen).select_by_value("")


def test_prints(window: Chrome, content: dict[str, Any]) -> None:
    """What is shut on the screen prints too; headings, rows and column names keep together."""
    window.find_element(By.CSS_SELECTOR, "#curves summary").click()
    pages = print_pages(window)
    whole = "".join(pages)
    failures = [turn["id"] for suite in content["behaviour"] for turn in suite["failures"]]
    changed = [turn["id"] for turn in content["comparison"]["changed"]]
    nearest = [turn["id"] for mistake in content["mistakes"][:40] for turn in mistake["nearest"]]
    assert failures
    assert nearest
    assert [name for name in (*failures, *changed, *nearest) if name not in whole] == []
    headings = "h2, #slices h3, figcaption, summary"
    texts = f"return [...document.querySelectorAll('{headings}')].map(e => e.innerText)"
    said = [re.sub(r"\s", "", text) for text in window.execute_script(texts)]
    titles = tuple(text for text in said if text)
    assert len(titles) > 20
    assert [page[-40:] for page in pages if page.endswith(titles)] == []
    assert sum("LabelScoreSharethatissoTurns" in page for page in pages) > 1
    for part in content["slices"]["kind"]:
        row = _row(part)
        assert any(row in page for page in pages), row
    assert len(visible(window)) == len(content["mistakes"])
    opened = window.find_elements(By.CSS_SELECTOR, "details[open]")
    assert [e.find_element(By.TAG_NAME, "table").get_attribute("id") for e in opened] == [
        "curves-table"
    ]


def _row(part: dict[str, Any]) -> str:
    words, recall = Words(), part["recall"]
    names = words.both(f"label.{part['label']}")["en"] + words.both(f"value.{part['kind']}")["en"]
    value, low, high = (f"{100 * recall[name]:.1f}" for name in ("value", "low", "high"))
    return re.sub(r"\s", "", f"{names}{part['turns']}{value}{low}–{high}")


def print_pages(window: Chrome) -> list[str]:
    """The text of each page of the PDF, without white space."""
    pdf = base64.b64decode(window.execute_cdp_cmd("Page.printToPDF", _INCHES)["data"])
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    glyphs = {number: _glyphs(objects, body) for number, body in objects.items()}
    pages = []
    for body in objects.values():
        if not re.search(rb"/Type /Page\b(?!s)", body):
            continue
        fonts = {name: glyphs[int(number)] for name, number in _FONT.findall(body)}
        drawn = re.search(rb"/Contents (\d+) 0 R", body)
        assert drawn
        pages.append(_text(_stream(objects[int(drawn.group(1))]), fonts))
    return pages


def _stream(body: bytes) -> bytes:
    packed = body.partition(b"stream\n")[2].rpartition(b"\nendstream")[0]
    return zlib.decompress(packed)


def _glyphs(objects: dict[int, bytes], font: bytes) -> dict[str, str]:
    found = re.search(rb"/ToUnicode (\d+) 0 R", font)
    if found is None:
        return {}
    table, known = _stream(objects[int(found.group(1))]), {}
    for start, end, first in _RANGE.findall(table):
        for place in range(int(end, 16) - int(start, 16) + 1):
            known[f"{int(start, 16) + place:04X}"] = chr(int(first, 16) + place)
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for glyph, text in _SINGLE.findall(block):
            known[glyph.decode()] = bytes.fromhex(text.decode()).decode("utf-16-be")
    return known


def _text(drawn: bytes, fonts: dict[bytes, dict[str, str]]) -> str:
    parts: list[str] = []
    font: dict[str, str] = {}
    for name, shown in _SHOWN.findall(drawn):
        font = fonts.get(name, font) if name else font
        codes = shown.decode()
        parts += [font.get(codes[i : i + 4], "") for i in range(0, len(codes), 4)]
    return re.sub(r"\s", "", normalize("NFKC", "".join(parts)))  # ligatures taken apart
