"""Every word of the page is of the language chosen, whatever the model and the data hold."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome

from tests.training.report.conftest import speak
from training.dataset import read_split
from training.report.words import Words
from training.report.write import ReportOptions, build_report, write_report

_NAMES = {"English", "Wurao", "UTC", "McNemar", "Wilson", "SHA", "F1", "FOLDER"}
"""What stands in a Chinese page in Latin letters, by right."""

_SHOWN = """
  for (const shut of document.querySelectorAll("details")) shut.open = true;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const own = walker.currentNode.parentElement;
    if (own.closest("code, script, [lang=zh], #language-zh, [for=language-zh]")) continue;
    if (own.checkVisibility()) found.push(walker.currentNode.data);
  }
  return found.join("").split("\\n").map((line) => line.trim()).filter(Boolean);
"""
"""Every text that is shown, but identifiers set as code and what people said."""


def _check(window: Chrome, page: Path) -> None:
    window.get(page.as_uri())
    for language in ("en", "zh"):
        speak(window, language)
        shown: list[str] = window.execute_script(_SHOWN)
        assert len(shown) > 100
        assert [line for line in shown if re.search(r"[A-Za-z]_[A-Za-z]", line)] == []
        if language == "en":
            han = re.compile(r"[一-鿿]")
            assert [line for line in shown if han.search(line.replace("勿扰", ""))] == []
            continue
        latin = {word for line in shown for word in re.findall(r"[A-Za-z][A-Za-z0-9]+", line)}
        assert latin <= _NAMES
        assert [line for line in shown if re.search(r"[一-鿿)] ?[,:;.?!](?!\d)", line)] == []


def test_no_raw_word_is_shown(chromium: Chrome, page: Path) -> None:
    """Neither identifiers nor words of the other language nor its punctuation are on a page."""
    _check(chromium, page)


def test_gates_that_fit_no_turn_speak_both_languages(
    chromium: Chrome, small_data: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    """A gate that looks at no turn is named in the page's language, and in each card's."""
    content = build_report(small_data, tiny_bundle, ReportOptions(), lambda _step: None)
    page = write_report(content, tmp_path / "report")[0]
    _check(chromium, page)
    gate = Words().gate(content["gates"]["empty"]["gate"])
    for language, name in gate.items():
        assert name in (page.parent / f"model_card.{language}.md").read_text("utf-8")
    assert content["gates"]["problem"] not in page.read_text("utf-8")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_cards_hold_no_raw_word(page: Path, language: str) -> None:
    """Cards name labels, slices, parts and capabilities in words; fields stand in backticks."""
    for name in ("model_card", "datasheet"):
        text = (page.parent / f"{name}.{language}.md").read_text("utf-8")
        assert re.findall(r"\w*[A-Za-z]_\w+", re.sub(r"`[^`]*`", "", text)) == []
        assert not re.search(r"\b(hant|hans|yue)\b", text)


def test_every_value_of_the_data_has_words(data_folder: Path, content: dict[str, Any]) -> None:
    """What turns are sorted by is in the catalogue, capabilities and goals too."""
    words = Words()
    assert [key for key in _wanted(data_folder, content) if key not in words] == []


def _wanted(data_folder: Path, content: dict[str, Any]) -> Iterator[str]:
    turns, _problems = read_split(data_folder, "behaviour")
    for turn in turns:
        for value in (turn.capability, turn.kind, turn.industry, turn.script, turn.expectation):
            yield f"value.{value}"
    for goal in content["goals"]:
        yield f"goal.{goal['name']}"
        if re.search(r"[a-z]", goal["goal"]):
            yield f"goal.{goal['goal']}"
