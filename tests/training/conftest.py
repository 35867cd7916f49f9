"""What spoils a small data set, a full disk, and a browser to read reports in."""

import json
import resource
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service


@pytest.fixture
def add_line(small_data: Path) -> Callable[..., str]:
    """A function that adds a line like the first of a split, changed; returns its place."""

    def add(split: str = "train", **changes: object) -> str:
        path = small_data / split / "turns.jsonl"
        lines = path.read_text("utf-8").splitlines()
        line = json.loads(lines[0]) | {"id": "new", "group": "new", "text": "新的一句话"} | changes
        path.write_text("\n".join([*lines, json.dumps(line, ensure_ascii=False)]), "utf-8")
        return f"{path}:{len(lines) + 1}"

    return add


@pytest.fixture
def full_disk() -> Callable[[], AbstractContextManager[None]]:
    """What makes it as if the disk was full: no file may grow, as Python ignores SIGXFSZ."""

    @contextmanager
    def fill() -> Generator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return fill


@pytest.fixture(scope="session")
def chromium() -> Iterator[webdriver.Chrome]:
    """A real browser without a window."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.fail("no chromium: apt-get install chromium chromium-driver (README: Start)")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Chrome(options, Service(driver)) as window:
        yield window
