"""The nightly look at the traffic, as the timer and the cron job start it."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifier.decision_log.decisions import decision_to_record
from classifier.decision_log.log_file import LogFileWriter
from classifier.decision_log.log_folder import day_of, new_name
from classifier.key_file import add_key, read_keys
from classifier.masking.mask import mask_text
from tests.conftest import ROOT
from tests.deploy.test_kubernetes import MONITOR_CONTAINER
from tests.training.monitor.test_profile import NORMAL, decision

UNIT = (ROOT / "deploy" / "systemd" / "wurao-monitor.service").read_text("utf-8")
SERVING_ONLY = (
    "import sys; from cli.main import main;"
    "sys.modules.update(dict.fromkeys(('matplotlib', 'jinja2', 'sklearn', 'scipy', 'joblib')));"
    "main()"
)
"""Runs a verb as in the image, which has nothing that trains or draws."""


def write_log(folder: Path) -> None:
    """Write ten days of 7, 11, 7, … decisions under the key that is there, yesterday's 7."""
    ((version, key),) = read_keys(folder / "keys").items()
    noon = datetime.now(UTC).replace(hour=12, minute=0)
    (folder / "log").mkdir()
    for before in range(10):
        said = (noon - timedelta(days=before)).timestamp()
        several = [replace(decision(NORMAL), time=said)] * (7 if before % 2 else 11)
        writer = LogFileWriter(folder / "log" / new_name(day_of(said)), version, key)
        writer.append([decision_to_record(one, mask_text) for one in several])
        writer.close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a key and a log."""
    add_key(tmp_path / "keys")
    write_log(tmp_path)
    return tmp_path


def monitor(place: Path, bundle: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the verb with what a server has installed."""
    env = os.environ | {"WURAO_DECISION_KEYS": str(place / "keys"), "WURAO_BUNDLE": str(bundle)}
    return subprocess.run(
        [sys.executable, "-c", SERVING_ONLY, *arguments],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def monitor_arguments(log: str) -> list[str]:
    """Return what systemd gives the program for a log."""
    started = re.search(r"^ExecStart=/opt/wurao/bin/wurao ((?:.*\\\n)*.*)$", UNIT, re.MULTILINE)
    assert started
    return started[1].replace("\\\n", " ").replace("${WURAO_DECISION_LOG}", log).split()


@pytest.mark.parametrize(
    "started", [monitor_arguments("/decisions"), MONITOR_CONTAINER["args"]], ids=["unit", "job"]
)
def test_yesterday_is_held_against_the_week_before(
    started: list[str], place: Path, bundle_folder: Path
) -> None:
    """What serves suffices for it; seven of the turns are of yesterday, 65 of the week before."""
    log = str(place / "log")
    arguments = [said.replace("/decisions", log) for said in started]
    told = monitor(place, bundle_folder, arguments)
    assert told.returncode == 0, told.stderr
    assert f"{log}: 7 turns, 7 logged" in told.stdout
    assert f"reference: {log}, 65 turns" in told.stdout
    page = monitor(place, bundle_folder, [*arguments, "-o", str(place / "page.html")])
    assert page.returncode == 1
    assert page.stderr.endswith("page.html: a page needs `pip install wurao[train]`\n")
