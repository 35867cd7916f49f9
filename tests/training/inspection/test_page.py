"""The page of an inspection, in a real browser."""

import json
import re
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from matplotlib.colors import to_rgba
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from classifier.errors import OutputError
from tests.training.report.conftest import cells
from training.exchange.source import LabelFile
from training.inspection import page
from training.inspection.inspection import Content, InspectionOptions, inspect_data
from training.inspection.page import write_inspection
from training.monitor import page as monitor_page
from training.recipe import DEFAULT_RECIPE
from training.report.drawing import HUES
from training.report.words import Words

HOSTILE = "<script>document.title = 'taken'</script>您好"
PLAIN = "早说过别打了 13800138000 不用打 别再打"


@pytest.fixture(scope="module")
def spoiled(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny data with a wrong label, a repeated turn, one under two labels and a leak."""
    folder = tmp_path_factory.mktemp("spoiled") / "data"
    shutil.copytree(tiny_data, folder)
    train = min((folder / "train").glob("*.jsonl"))
    first, second = (json.loads(line) for line in train.read_bytes().splitlines()[:2])
    frozen = json.loads(min((folder / "test").glob("*.jsonl")).read_bytes().splitlines()[0])
    other = "normal" if second["label"] != "normal" else "complaint"
    context = [{"speaker": "bot", "text": HOSTILE}]
    plain = {"channel": "voice", "reasons": [], "also_complaint": False}
    wrong = plain | {"text": PLAIN, "context": context, "label": "normal", "kind": "other"}
    torn = plain | {"label": other, "kind": {"normal": "other", "complaint": "service"}[other]}
    added = [
        first | wrong | {"id": "wrong", "group": "wrong"},
        first | {"id": "again"},
        second | torn | {"id": "torn", "channel": second["channel"]},
        first | {"id": "leak", "group": frozen["group"], "text": "这一句别处没有"},
    ]
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in added)
    (folder / "train" / "week.jsonl").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def calls(data_folder: Path) -> Path:
    """Turns of another kind than the tiny training split."""
    return data_folder / "train" / "hongkong_2.jsonl"


@pytest.fixture(scope="module")
def found(spoiled: Path, calls: Path) -> Content:
    """What an inspection of it says."""
    return inspect_data(
        spoiled, InspectionOptions(LabelFile(calls), DEFAULT_RECIPE), lambda _step: None
    )


@pytest.fixture
def window(chromium: Chrome, found: dict[str, Any], tmp_path: Path) -> Chrome:
    """The browser with the page open, in English."""
    path = tmp_path / "page.html"
    write_inspection(found, path)
    chromium.get(path.as_uri())
    chromium.find_element(By.CSS_SELECTOR, "label[for=language-en]").click()
    return chromium


def rows(window: Chrome, table: str) -> dict[str, list[str]]:
    """First cell -> the others, of a table's body."""
    return {first: rest for first, *rest in cells(window, table)}


def test_problems_are_told_by_kind(found: Content, spoiled: Path) -> None:
    """Each kind of problem is counted apart, and each message names file and line."""
    counts = {kind: problems["count"] for kind, problems in found["problems"].items()}
    lines = min((spoiled / "test").glob("*.jsonl")).read_bytes().splitlines()
    frozen = [json.loads(line) for line in lines]
    leaked = sum(record["group"] == frozen[0]["group"] for record in frozen)
    assert counts == {"schema": 0, "ids": 0, "duplicates": 1, "conflicts": 1} | {
        "leaks": leaked,
        "frozen": 0,
    }
    assert found["problem_count"] == 2 + leaked
    [message] = found["problems"]["conflicts"]["shown"]
    assert "week.jsonl:3: label: the same text and context are" in message


def test_a_wrong_label_is_suspected_and_its_number_masked(found: Content) -> None:
    """A plain opt-out that is labelled normal is among the suspects, without the number in it."""
    [wrong] = [s for s in found["suspects"]["shown"] if s["id"] == "wrong"]
    assert wrong["label"] == "normal"
    assert wrong["suggested"] != "normal"
    assert "[PHONE]" in wrong["text"]
    assert found["suspects"]["count"] < found["parts"]["train"]["turns"] / 4
    margins = [s["margin"] for s in found["suspects"]["shown"]]
    assert margins == sorted(margins)


def test_page_shows_what_was_found(window: Chrome, found: Content) -> None:
    """Verdict, counts, drift and suspects stand in the page as they stand in the data."""
    verdict = window.find_element(By.CSS_SELECTOR, ".verdict").text
    assert f"{found['problem_count']} problems" in verdict
    counts = {name: int(told[0]) for name, told in rows(window, "problems-table").items()}
    assert list(counts.values()) == [p["count"] for p in found["problems"].values()]
    shown = rows(window, "drift-table")
    told = {"same": "the same", "look": "look", "large": "large"}
    assert [row[-1] for row in shown.values()] == [
        told[shift["verdict"]] for shift in found["drift"]["shifts"]
    ]
    assert shown["Scripts"][0] == "PSI"
    assert shown["Scripts"][-1] == "large"
    assert len(rows(window, "risen-table")) == len(found["drift"]["risen"]) > 0
    suspects = window.find_elements(By.CSS_SELECTOR, "#suspects-list .mistake")
    assert len(suspects) == len(found["suspects"]["shown"])
    near = window.find_elements(By.CSS_SELECTOR, "#near-leaks-table tbody tr")
    assert len(near) == len(found["near_leaks"]["shown"])
    parts = rows(window, "parts-table")
    assert parts["training"][-1] == f"{found['parts']['train']['turns']:,}"
    assert len(window.find_elements(By.CSS_SELECTOR, "#drift svg")) == 5
    legend = window.find_element(By.CSS_SELECTOR, "#drift .legend li:has(.hue-3)")
    assert legend.text == "now"


def test_page_is_bilingual_safe_and_fits_a_phone(window: Chrome) -> None:
    """The switch turns every word, what a caller typed runs nowhere, 390 pixels are enough."""
    assert "taken" not in window.title
    said = [e.text for e in window.find_elements(By.CSS_SELECTOR, "#suspects-list .said")]
    assert any(HOSTILE in text for text in said)
    window.find_element(By.CSS_SELECTOR, "label[for=language-zh]").click()
    assert window.find_element(By.TAG_NAME, "h1").text == "标注检查"
    english = "return [...document.querySelectorAll('.en')].map(e => e.checkVisibility())"
    assert set(window.execute_script(english)) == {False}
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        assert window.execute_script("return document.documentElement.scrollWidth") <= 390
    finally:
        window.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    logged = window.execute("getLog", {"type": "browser"})["value"]
    assert [entry for entry in logged if entry["level"] == "SEVERE"] == []


def test_sound_data_alone_makes_a_short_page(
    chromium: Chrome, small_data: Path, tmp_path: Path
) -> None:
    """Without new turns and suspects the page says sound, and nothing of what nobody asked for."""
    path = tmp_path / "page.html"
    write_inspection(inspect_data(small_data, InspectionOptions(), lambda _step: None), path)
    chromium.get(path.as_uri())
    assert chromium.find_element(By.CSS_SELECTOR, ".verdict.good").is_displayed()
    ids = [e.get_attribute("id") for e in chromium.find_elements(By.CSS_SELECTOR, "main > section")]
    assert ids == ["findings", "problems", "near_leaks", "parts"]


def test_problems_are_told_in_both_languages(
    small_data: Path, add_line: Callable[..., str], tmp_path: Path
) -> None:
    """Whatever a check says of a line has Chinese words; place and field stay, escaped."""
    for split, changes in (
        ("train", {"label": "normal", "kind": "busy", "reasons": ["legal"]}),
        ("train", {"label": "normal", "kind": "busy", "also_complaint": True, "id": "a1"}),
        ("train", {"text": "以后别再打了"}),
        ("train", {"text": "不需要 谢谢", "id": "b"}),
        ("train", {"label": "<b>"}),
        ("train", {"reasons": 3}),
        ("train", {"also_complaint": 1}),
        ("train", {"group": ""}),
        ("train", {"group": "g" * 200}),
        ("train", {"text": 1}),
        ("train", {"text": ""}),
        ("train", {"text": "长" * 20_000}),
        ("train", {"context": [1]}),
        ("train", {"context": [{"speaker": "bot", "text": "喂"}] * 200}),
        ("test", {"group": "g1", "id": "c"}),
    ):
        add_line(split, **changes)
    train = small_data / "train" / "turns.jsonl"
    shutil.copy(small_data / "challenge" / "turns.jsonl", small_data / "unsure.jsonl")
    (small_data / "behaviour" / "turns.jsonl").write_bytes(b"")
    train.write_bytes(train.read_bytes() + b'\n{\n[]\n{"text": "\xff"}\n')
    content = inspect_data(small_data, InspectionOptions(), lambda _step: None)
    write_inspection(content, tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text("utf-8")
    lines = re.findall(r"<li><code>(.*?)</code>", html)
    assert len(lines) == content["problem_count"] >= 23
    assert [line for line in lines if line.count('class="zh"') != 1] == []
    assert f'{train}:4: reasons: <span class="en" lang="en">must be empty for normal<' in html
    (small_data / "frozen.toml").unlink()
    [message] = inspect_data(small_data, InspectionOptions())["problems"]["frozen"]["shown"]
    assert "无法读取" in Words().problem(message)


def test_a_full_disk_leaves_the_page_that_was_there(
    small_data: Path, tmp_path: Path, full_disk: Callable[[], AbstractContextManager[None]]
) -> None:
    """The findings of last week are not lost for want of room for those of today."""
    content, path = inspect_data(small_data, InspectionOptions()), tmp_path / "page.html"
    write_inspection(content, path)
    before = path.read_bytes()
    with full_disk(), pytest.raises(OutputError, match=r"page\.html: cannot be written: File too"):
        write_inspection(content, path)
    assert path.read_bytes() == before


def test_now_has_the_same_colour_on_every_page() -> None:
    """What is new is drawn as the monitor draws what is now, in the page's accent colour."""
    figure = page._bars({"name": "label", "old": {"normal": 1}, "new": {"normal": 3}})
    profile = {"bins": {"label": ["normal"]}, "distributions": {"label": [1.0]}}
    monitor = monitor_page._bars("label", profile, profile)
    [before, now], [reference, now_there] = (f.axes[0].patches for f in (figure, monitor))
    assert now.get_facecolor() == now_there.get_facecolor() == to_rgba(HUES[2])
    assert before.get_facecolor() == reference.get_facecolor()
