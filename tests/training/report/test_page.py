"""The page of a report, in a real browser."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from tests.training.report.conftest import HOSTILE, of_each, rows, speak, visible
from training.report.page_font import FONT, wanted_characters
from training.report.words import Words
from training.report.write import write_report


def test_tables_show_the_numbers(window: Chrome, content: dict[str, Any]) -> None:
    """Labels, confusion and behaviour stand in the page as they stand in the data."""
    scores = content["scores"]["test"]
    shown = rows(window, "labels-test")
    assert [row[0] for row in shown] == ["opt-out", "complaint", "normal"]
    for row in shown:
        label = scores["labels"][row[0].replace("-", "_")]
        assert row[1:] == [
            *(f"{100 * label[name]['value']:.1f}" for name in ("precision", "recall", "f1")),
            str(label["support"]),
        ]
    assert [[int(n) for n in row[1:]] for row in rows(window, "confusion-test")] == scores[
        "confusion"
    ]
    failures = sum(int(row[3]) for row in rows(window, "behaviour-table"))
    assert failures == sum(len(suite["failures"]) for suite in content["behaviour"]) > 0
    assert len(rows(window, "gates-table")) == len(content["gates"]["verdicts"])


def test_headline_says_pass_or_fail(window: Chrome, content: dict[str, Any]) -> None:
    """A manager reads first how much is missed and that gates refuse, in figures and words."""
    verdict = window.find_element(By.CSS_SELECTOR, ".verdict").text
    problem = content["gates"]["problem"]
    failed = sum(not v["passed"] for v in content["gates"]["verdicts"])
    assert ("Not judged" in verdict) if problem else (f"Fail: {failed} of" in verdict)
    figures = [e.text.split("\n")[0] for e in window.find_elements(By.CSS_SELECTOR, ".big")]
    assert figures[0].startswith(f"{content['headline']['missed']['per_thousand']:.0f}")


def test_language_switch(window: Chrome) -> None:
    """One press changes every word, those in plots and option lists too, and says so to readers."""
    root = window.find_element(By.TAG_NAME, "html")
    assert window.find_element(By.TAG_NAME, "h1").text == "Evaluation report"
    assert root.get_attribute("lang") == "en"
    speak(window, "zh")
    assert window.find_element(By.TAG_NAME, "h1").text == "评测报告"
    assert root.get_attribute("lang") == "zh-Hans"
    options = Select(window.find_element(By.NAME, "label")).options
    assert [option.text for option in options] == ["*", "拒绝联系", "投诉", "普通"]
    for language, other in (("zh", "en"), ("en", "zh")):
        speak(window, language)
        for css in (f".{other}", f"svg tspan.{other}"):
            shown = of_each(window, css, "e.checkVisibility()")
            assert shown
            assert not any(shown)


def test_wrong_answers_filter_and_sort(window: Chrome, content: dict[str, Any]) -> None:
    """Filters leave what fits, the order is what was asked for, the count agrees."""
    everything = content["mistakes"]
    assert len(visible(window)) == len(everything)
    Select(window.find_element(By.NAME, "answer")).select_by_value("normal")
    wanted = [m["id"] for m in everything if m["prediction"]["label"] == "normal"]
    assert set(visible(window)) == {f"turn-{i}" for i in wanted}
    assert window.find_element(By.ID, "shown").text == str(len(wanted))
    Select(window.find_element(By.NAME, "order")).select_by_value("longest")
    sizes = of_each(window, ".mistake:not([hidden])", "Number(e.dataset.size)")
    assert len(sizes) == len(wanted)
    assert sizes == sorted(sizes, reverse=True)
    Select(window.find_element(By.NAME, "answer")).select_by_value("")
    window.find_element(By.NAME, "words").send_keys("今天天气不错")
    assert visible(window) == ["turn-hostile-test-0"]


@pytest.mark.parametrize(
    "name", ["split", "channel", "script", "length", "noise", "kind", "industry"]
)
def test_wrong_answers_are_found_by_what_they_are(
    window: Chrome, content: dict[str, Any], name: str
) -> None:
    """Each slice has its filter, and its words in either language find its turns."""
    everything, words = content["mistakes"], Words()
    value = everything[-1][name]
    wanted = {f"turn-{m['id']}" for m in everything if m[name] == value}
    filters = Select(window.find_element(By.NAME, name))
    assert of_each(window, f"[name={name}] option", "e.value") == [
        "",
        *sorted({m[name] for m in everything}),
    ]
    filters.select_by_value(value)
    assert set(visible(window)) == wanted
    filters.select_by_value("")
    for word in words.both(f"{'split' if name == 'split' else 'value'}.{value}").values():
        search = window.find_element(By.NAME, "words")
        search.clear()
        search.send_keys(word)
        assert set(visible(window)) >= wanted


def test_hostile_turns_are_text(window: Chrome, content: dict[str, Any]) -> None:
    """What a caller typed is shown letter for letter and nothing of it runs."""
    assert {f"hostile-test-{i}" for i in range(3)} <= {m["id"] for m in content["mistakes"]}
    for place, text in enumerate(HOSTILE):
        turn = window.find_element(By.CSS_SELECTOR, f"#turn-hostile-test-{place} .text")
        assert turn.get_attribute("textContent") == f"test {text}".replace("\x01", "\x01")
    assert "taken" not in window.title
    assert len(window.find_elements(By.TAG_NAME, "h1")) == 1
    assert window.find_elements(By.TAG_NAME, "img") == []


def test_evidence_is_marked(window: Chrome, content: dict[str, Any]) -> None:
    """What spoke for a label is marked, and the nearest training turns stand below."""
    mistake = next(m for m in content["mistakes"] if m["evidence"][0]["spans"] and m["nearest"])
    turn = window.find_element(By.ID, f"turn-{mistake['id']}")
    for role, evidence in zip(("answer", "truth"), mistake["evidence"], strict=False):
        marks = turn.find_elements(By.CSS_SELECTOR, f".text mark.{role}")
        marked = "".join(mark.get_attribute("textContent") or "" for mark in marks)
        assert marked == "".join(span["text"] for span in evidence["spans"])
    nearest = turn.find_elements(By.CSS_SELECTOR, "li code")
    ids = [e.get_attribute("textContent") for e in nearest]
    assert ids == [n["id"] for n in mistake["nearest"]]


def test_every_wrong_answer_is_explained(window: Chrome, content: dict[str, Any]) -> None:
    """Beside each stands what spoke for the answer and for the truth, or that nothing did."""
    for mistake in content["mistakes"]:
        given, truth = mistake["prediction"]["label"], mistake["label"]
        labels = [given] if truth == "normal" else [given, truth]
        assert [evidence["label"] for evidence in mistake["evidence"]] == labels
        for span in (s for evidence in mistake["evidence"] for s in evidence["spans"]):
            assert span["text"] == mistake["text"][span["start"] : span["end"]] != ""
    said = window.execute_script("""
      return [...document.querySelectorAll(".mistake")].map(
        (turn) => [turn.id, [...turn.querySelectorAll(".spoke > span")].map((e) => e.textContent)]
      )""")
    for (name, lines), mistake in zip(said, content["mistakes"], strict=True):
        assert name == f"turn-{mistake['id']}"
        silent = ["no word" in line for line in lines]
        assert silent == [not evidence["spans"] for evidence in mistake["evidence"]]


def test_changed_turns_can_be_judged(window: Chrome, content: dict[str, Any]) -> None:
    """A changed turn has its context and both models' scores, in the data and on the page."""
    changed = content["comparison"]["changed"]
    turn = next(turn for turn in changed if turn["context"])
    cases = of_each(
        window, "#comparison .case", "[e.textContent, e.querySelectorAll('.spoke > span').length]"
    )
    text, spoke = next(case for case in cases if turn["id"] in case[0])
    assert all(line["text"] in text for line in turn["context"])
    for scores in (turn["old_scores"], turn["new_scores"]):
        assert sum(scores.values()) == pytest.approx(1)
        assert all(f"{score:.3f}" in text for score in scores.values())
    assert spoke


def test_readable_without_javascript(chromium: Chrome, page: Path) -> None:
    """With scripts off every table is there, the switch works and no dead filter is shown."""
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        chromium.get(page.as_uri())
        assert chromium.find_element(By.TAG_NAME, "h1").text == "评测报告"
        assert not chromium.find_element(By.ID, "filters").is_displayed()
        speak(chromium, "en")
        assert chromium.find_element(By.TAG_NAME, "h1").text == "Evaluation report"
        assert len(rows(chromium, "labels-test")) == 3
        assert visible(chromium)
    finally:
        chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_fits_a_phone(window: Chrome) -> None:
    """At 390 pixels nothing but tables in their own frames scrolls sideways."""
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        for language in ("en", "zh"):
            speak(window, language)
            assert window.execute_script("return document.documentElement.scrollWidth") <= 390
    finally:
        window.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(window: Chrome, scheme: str) -> None:
    """Text stands out by 4.5 to 1 at least (WCAG 1.4.3) on the page, on cards and on verdicts."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    window.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    pairs = json.loads(
        window.execute_script("""
          const style = getComputedStyle(document.documentElement);
          const colour = (name) => style.getPropertyValue(name).trim();
          return JSON.stringify([
            ...["--ink", "--quiet", "--hue-1", "--hue-2", "--hue-3", "--bad"].flatMap(
              (ink) => ["--paper", "--card"].map((paper) => [colour(ink), colour(paper)])),
            [colour("--good"), colour("--good-paper")], [colour("--bad"), colour("--bad-paper")],
            [colour("--ink"), colour("--mark")]])""")
    )
    window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert len(pairs) == 15
    for ink, paper in pairs:
        light, dark = sorted((_luminance(ink), _luminance(paper)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, paper)


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


class _Outline(HTMLParser):
    """Collects headings, header cells without a scope, ids and what would be loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.unscoped: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"h1", "h2", "h3", "h4"}:
            self.levels.append(int(tag[1]))
        if tag == "th" and "scope" not in given:
            self.unscoped.append(self.get_starttag_text() or "")
        self.ids += [given["id"]] if "id" in given else []
        self.links += [v for name, v in given.items() if name in {"href", "src", "xlink:href"}]


def test_outline_and_self_containment(page: Path) -> None:
    """One h1, no heading level skipped, scoped header cells, unique ids; nothing is loaded."""
    outline = _Outline()
    outline.feed(page.read_text("utf-8"))
    assert outline.levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(outline.levels, outline.levels[1:], strict=False))
    assert outline.unscoped == []
    assert len(outline.ids) == len(set(outline.ids))
    assert all(link.startswith("#") and link[1:] in outline.ids for link in outline.links)


def test_font_holds_every_word() -> None:
    """Every Chinese character of the catalogue renders on a machine without a Chinese font."""
    with TTFont(FONT) as font:
        held = set(map(chr, font.getBestCmap()))
    assert wanted_characters() <= held, "run `make font`"


def test_every_word_is_there_in_both_languages() -> None:
    """No entry lacks a language; placeholders agree."""
    words = Words()
    for key in words.keys:
        both = words.both(key)
        assert all(both.values()), key
        fields = [
            sorted(part.split("}")[0] for part in text.split("{")[1:]) for text in both.values()
        ]
        assert fields[0] == fields[1], key


def test_six_hundred_errors_open_fast(
    chromium: Chrome, content: dict[str, Any], tmp_path: Path
) -> None:
    """With as many wrong answers as a whole model makes the page is under 3 MB and opens soon."""
    several = [
        mistake | {"id": f"{mistake['id']}-{copy}"}
        for copy in range(1 + 600 // len(content["mistakes"]))
        for mistake in content["mistakes"]
    ]
    whole = content | {"mistakes": several[:600]}
    path = write_report(whole, tmp_path)[0]
    assert path.stat().st_size < 3_000_000
    chromium.get(path.as_uri())
    timing = chromium.execute_script("return performance.getEntriesByType('navigation')[0]")
    assert timing["domComplete"] < 15_000, "milliseconds, on a busy machine"
    assert len(visible(chromium)) == 600
