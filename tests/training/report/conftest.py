"""A report on a small data set in which some people type markup."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from training.beside_bundle import REPORT_PAGE
from training.checks import freeze
from training.report.write import ReportOptions, build_report, write_report

HOSTILE = (
    "<script>document.title = 'taken'</script>今天天气不错",
    '"><img src=x onerror="document.title=\'taken\'">{{ 7 * 7 }} 菜单发我看看',
    "</script></article></main><h1>占领</h1>\x01 几点开门",
)
"""What a caller may type; each is labelled so that the model errs."""


def speak(window: Chrome, language: str) -> None:
    """Press the language switch."""
    window.find_element(By.CSS_SELECTOR, f"label[for=language-{language}]").click()


def of_each(window: Chrome, css: str, what: str) -> list[Any]:
    """What a JavaScript expression says of each element `e`; one question to the browser for all.

    Each question takes it some hundredths of a second.
    """
    script = "return [...document.querySelectorAll(arguments[0])].map((e) => %s)"
    found: list[Any] = window.execute_script(script % what, css)
    return found


def visible(window: Chrome) -> list[str]:
    """The ids of the wrong answers that are shown, in their order."""
    return of_each(window, ".mistake:not([hidden])", "e.id")


def cells(window: Chrome, table: str) -> list[list[str]]:
    """The cells of a table's body as they are shown."""
    texts = "(c) => c.checkVisibility() ? c.innerText.trim() : ''"
    return of_each(window, f"#{table} tbody tr", f"[...e.querySelectorAll('th, td')].map({texts})")


def rows(window: Chrome, table: str) -> list[list[str]]:
    """The same, intervals left out."""
    return [[text.split("\n")[0] for text in row] for row in cells(window, table)]


@pytest.fixture(scope="session")
def hostile_data(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny data with hostile turns in its frozen test and among its behaviour cases."""
    folder = tmp_path_factory.mktemp("hostile") / "data"
    shutil.copytree(tiny_data, folder)
    for split in ("test", "behaviour"):
        path = min((folder / split).glob("*.jsonl"))
        record = json.loads(path.read_bytes().splitlines()[0])
        record |= {"label": "opt_out", "kind": "indirect", "reasons": [], "also_complaint": False}
        record.pop("pair", None)
        with path.open("a", encoding="utf-8") as file:
            for place, text in enumerate(HOSTILE):
                changed = {
                    "id": f"hostile-{split}-{place}",
                    "group": f"hostile-{split}",
                    "text": f"{split} {text}",
                    "context": [{"speaker": "bot", "text": f"<b>{split}</b> 您好"}],
                }
                file.write(json.dumps(record | changed, ensure_ascii=False) + "\n")
    freeze(folder)
    return folder


@pytest.fixture(scope="session")
def content(hostile_data: Path, tiny_bundle: Path, other_bundle: Path) -> dict[str, Any]:
    """A report on the tiny model beside another one."""
    late = hostile_data / "train" / "late.jsonl"

    def change(step: str) -> None:
        if step == "asking the model":  # what was read before is what the report is about
            late.touch()

    try:
        return build_report(hostile_data, tiny_bundle, ReportOptions(other_bundle), change)
    finally:
        late.unlink()


@pytest.fixture(scope="session")
def other_bundle(
    make_variant: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The tiny model with other thresholds."""
    return make_variant(tmp_path_factory.mktemp("other") / "bundle", stop=0.2, complaint=0.9)


@pytest.fixture(scope="session")
def page(content: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of that report."""
    return write_report(content, tmp_path_factory.mktemp("page"))[0].with_name(REPORT_PAGE)


@pytest.fixture
def window(chromium: Chrome, page: Path) -> Iterator[Chrome]:
    """The browser with the page open, in English."""
    chromium.get(page.as_uri())
    speak(chromium, "en")
    yield chromium
    logged: list[dict[str, str]] = chromium.execute("getLog", {"type": "browser"})["value"]
    assert [entry for entry in logged if entry["level"] == "SEVERE"] == []
