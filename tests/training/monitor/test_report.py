"""Drift reports of real logs: alerts, references, and the page in a real browser."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from classifier.decision_log.decisions import LoggedDecision
from classifier.errors import MonitorError, OutputError
from classifier.key_file import read_keys
from classifier.turns import Action, Label, Prediction
from tests.training.monitor.conftest import WriteLog
from tests.training.report.conftest import of_each, rows, speak
from training.beside_bundle import REFERENCE
from training.monitor.reference import read_reference
from training.monitor.report import DriftReport, Watch, build_drift_report, write_page
from training.monitor.thresholds import DEFAULT_THRESHOLDS

SECOND_WEEK = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="session")
def watch(log: Path, keys: Path, tiny_bundle: Path, thresholds: Path) -> Watch:
    """The second week of usual traffic beside the first."""
    return Watch(
        log=log,
        keys=read_keys(keys),
        period=(SECOND_WEEK, None),
        bundle=tiny_bundle,
        reference=log,
        reference_period=(None, SECOND_WEEK),
        thresholds=thresholds,
    )


@pytest.fixture(scope="session")
def shifted(watch: Watch, shifted_log: Path) -> DriftReport:
    """The other talk beside the usual."""
    return build_drift_report(with_log(watch, shifted_log))


def with_log(watch: Watch, log: Path, **changes: object) -> Watch:
    """Return what looks at another log, all of it."""
    return replace(watch, **{"log": log, "period": (None, None)} | changes)  # type: ignore[arg-type]


def test_the_same_traffic_raises_no_alert(watch: Watch) -> None:
    """One week of the same talk beside another: enough turns, nothing out of bounds."""
    report = build_drift_report(watch)
    assert report.drift.enough
    assert report.drift.alerts == []
    assert report.profile.first >= "2026-11-23" > report.reference.last
    assert report.profile.decisions + report.reference.decisions > 800
    assert report.damaged_lines == 0


def test_other_traffic_raises_alerts(shifted: DriftReport) -> None:
    """Talk full of opt-outs and complaints in another language is noticed on many sides."""
    named = {said.partition(":")[0] for said in shifted.drift.alerts}
    assert {"label", "opt_out_score", "opt_out", "channel"} <= named


def test_json_of_a_report_is_a_reference(
    watch: Watch, shifted: DriftReport, shifted_log: Path, tmp_path: Path
) -> None:
    """Last week's JSON stands for last week's log."""
    first = with_log(watch, watch.log, period=(None, SECOND_WEEK))
    path = tmp_path / "week.json"
    path.write_text(json.dumps(build_drift_report(first).to_dict()), "utf-8")
    again = build_drift_report(with_log(watch, shifted_log, reference=path))
    assert again.drift == shifted.drift


def test_a_bundle_brings_its_own_reference(watch: Watch, tiny_bundle: Path) -> None:
    """Training wrote it."""
    kept = read_reference(tiny_bundle / REFERENCE)
    assert kept.kind == "frozen_test"
    report = build_drift_report(with_log(watch, watch.log, reference=None))
    assert report.reference == kept
    limits = {shift.measure: shift.limit for shift in report.drift.shifts}
    assert limits["label"] is None  # hard turns say nothing of how many opt-outs there should be
    assert limits["length"] == 1


def test_a_model_that_hears_nothing_is_noticed(
    watch: Watch, usual: list[LoggedDecision], write_log: WriteLog, tmp_path: Path
) -> None:
    """A log of nothing but normal answers, beside the reference that comes along."""
    nothing = Prediction(Label.NORMAL, (0.001, 0.001, 0.998), Action.CONTINUE, "m")
    deaf = [replace(usual[place % len(usual)], prediction=nothing) for place in range(2_768)]
    folder = write_log(tmp_path / "log", deaf)
    heard = with_log(watch, folder, reference=None, thresholds=DEFAULT_THRESHOLDS)
    found = build_drift_report(heard)
    report = found.to_dict()
    named = {said.partition(":")[0] for said in report["drift"]["alerts"]}
    assert {"opt_out", "complaint", "clarify"} <= named
    passed = {level["measure"]: level["passed"] for level in report["drift"]["levels"]}
    assert passed["opt_out"] == "least"
    assert "not held against it: label, " in report["remarks"][0]
    write_page(found, tmp_path / "drift.html")
    page = (tmp_path / "drift.html").read_text("utf-8")
    assert "passed is a bound of [least]" in page
    assert 'id="not-compared"' in page


def test_what_cannot_be_compared_is_named(watch: Watch, tmp_path: Path) -> None:
    """A period without decisions, and a file that is no reference."""
    with pytest.raises(MonitorError, match="no decision was logged"):
        build_drift_report(
            with_log(watch, watch.log, period=(datetime(2030, 1, 1, tzinfo=UTC), None))
        )
    with pytest.raises(MonitorError, match="lines can be opened; take the key file of this log"):
        build_drift_report(with_log(watch, watch.log, keys={1: bytes(32)}))
    other = tmp_path / "other.json"
    for text in ("{}", "[1]", "no json", '{"profile": ', "[" * 100_000, "\ud800"):
        other.write_text(text, "utf-8", "surrogatepass")
        with pytest.raises(MonitorError, match=r"other\.json: is no reference"):
            read_reference(other)
    with pytest.raises(MonitorError, match=r"other\.json: is no reference"):
        build_drift_report(with_log(watch, watch.log, reference=other))


def test_changed_lines_are_counted(
    watch: Watch, usual: list[LoggedDecision], write_log: WriteLog, tmp_path: Path
) -> None:
    """A line that does not open is told of, the others count."""
    folder = write_log(tmp_path / "log", usual[:300])
    damaged = min(folder.iterdir())
    header, line = damaged.read_bytes().splitlines(keepends=True)
    damaged.write_bytes(header + b"AAAA" + line[4:])
    report = build_drift_report(with_log(watch, folder))
    assert report.damaged_lines == 1
    assert 200 < report.profile.decisions < 300


def test_a_full_disk_leaves_the_page_that_was_there(
    shifted: DriftReport, tmp_path: Path, full_disk: Callable[[], AbstractContextManager[None]]
) -> None:
    """A monitor that runs each night into one file leaves yesterday's."""
    path = tmp_path / "drift.html"
    write_page(shifted, path)
    before = path.read_bytes()
    with full_disk(), pytest.raises(OutputError, match=r"drift\.html: cannot be written: File too"):
        write_page(shifted, path)
    assert path.read_bytes() == before


@pytest.fixture
def window(chromium: Chrome, shifted: DriftReport, tmp_path: Path) -> Iterator[Chrome]:
    """The browser with the page of the alerts open, in English."""
    path = tmp_path / "drift.html"
    write_page(shifted, path)
    chromium.get(path.as_uri())
    speak(chromium, "en")
    yield chromium
    logged: list[dict[str, str]] = chromium.execute("getLog", {"type": "browser"})["value"]
    assert [entry for entry in logged if entry["level"] == "SEVERE"] == []


def test_page_shows_the_numbers(window: Chrome, shifted: DriftReport) -> None:
    """Alerts first, then each measure with its limit and state; a plot for each distribution."""
    alerts = shifted.drift.alerts
    verdict = window.find_element(By.CSS_SELECTOR, ".verdict").text
    assert verdict == f"{len(alerts)} alerts"
    assert len(window.find_elements(By.CSS_SELECTOR, "#alerts-list li")) == len(alerts)
    shifts = rows(window, "shifts-table")
    assert [row[1] for row in shifts] == [f"{s.index:.3f}" for s in shifted.drift.shifts]
    levels = rows(window, "levels-table")
    assert levels[0][:2] == ["answered opt-out", f"{100 * shifted.drift.levels[0].value:.2f} %"]
    states = [row[-1] for row in shifts + levels]
    assert states.count("alert") == len(alerts)
    assert len(rows(window, "days-table")) == len(shifted.profile.days) == 7
    assert len(window.find_elements(By.CSS_SELECTOR, "figure svg")) == len(shifts) + 1


def test_page_speaks_both_languages_and_fits_a_phone(window: Chrome) -> None:
    """One press changes every word; nothing but tables in their frames scrolls sideways."""
    phone = {"width": 320, "height": 568, "deviceScaleFactor": 1, "mobile": True}
    window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        for language, title in (("zh", "漂移报告"), ("en", "Drift report")):
            speak(window, language)
            assert window.find_element(By.TAG_NAME, "h1").text == title
            other = "en" if language == "zh" else "zh"
            shown = of_each(window, f".{other}", "e.checkVisibility()")
            assert shown
            assert not any(shown)
            assert window.execute_script("return document.documentElement.scrollWidth") <= 320
    finally:
        window.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
