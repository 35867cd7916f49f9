"""`wurao doctor` as an operator runs it."""

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

from tests.privileges import without_privileges
from tests.server_process import free_port

COMMAND = [sys.executable, "-m", "cli.main", "doctor"]


def surroundings(bundle: Path, **settings: str) -> dict[str, str]:
    """Return an environment without settings but these."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("WURAO_")}
    address = f"127.0.0.1:{free_port()}"
    return bare | {"WURAO_BUNDLE": str(bundle), "WURAO_ADDRESS": address} | settings


def test_status_and_lines_say_how_it_stands(bundle_folder: Path, tmp_path: Path) -> None:
    """Status 0 without failures; 1 and a line with the remedy where something failed."""
    result = subprocess.run(
        COMMAND, env=surroundings(bundle_folder), capture_output=True, text=True, check=True
    )
    assert "ok\tbundle\t" in result.stdout
    assert "\x1b" not in result.stdout
    env = surroundings(tmp_path, WURAO_ADRESS="x")
    result = subprocess.run(COMMAND, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "failed\tsettings\tWURAO_ADRESS: " in result.stdout
    assert "did you mean WURAO_ADDRESS?" in result.stdout
    assert "failed\tbundle\t" in result.stdout


def test_what_may_not_be_read_hides_nothing_else(tiny_bundle: Path, tmp_path: Path) -> None:
    """Closed files and folders are findings, each with its cause, and every check is told of."""
    bundle = Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))
    (bundle / "manifest.json").chmod(0)
    closed = tmp_path / "closed"
    closed.mkdir(0)
    settings = {
        "WURAO_REGISTRY": str(closed / "registry.db"),
        "WURAO_REGISTRY_KEYS": str(closed / "keys"),
        "WURAO_DECISION_LOG": str(closed / "log"),
        "WURAO_DECISION_KEYS": str(closed / "keys"),
        "WURAO_TOKENS": str(closed / "tokens"),
    }
    command = [*without_privileges(), *COMMAND, "--json"]
    env = surroundings(bundle, **settings)
    result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (1, "")
    findings = {finding["check"]: finding for finding in json.loads(result.stdout)}
    assert {"clock", "packages", "region", "memory"} <= set(findings)
    for check in ("bundle", "keys", "decision log", "tokens"):
        assert findings[check]["state"] == "failed"
        assert "cannot be read: Permission denied" in findings[check]["found"]
    assert findings["store"]["found"].startswith(f"{closed / 'registry.db'}: cannot be written")


def test_json_is_for_programs(bundle_folder: Path) -> None:
    """A list of findings, each with check, state, found and remedy."""
    result = subprocess.run(
        [*COMMAND, "--json"],
        env=surroundings(bundle_folder),
        capture_output=True,
        text=True,
        check=True,
    )
    findings = json.loads(result.stdout)
    assert {"check", "state", "found", "remedy"} == set(findings[0])
    assert {finding["state"] for finding in findings} <= {"ok", "warning"}


def test_terminal_gets_colour(bundle_folder: Path) -> None:
    """On a terminal it is a table in colour."""
    ours, theirs = pty.openpty()
    env = surroundings(bundle_folder, TERM="xterm-256color", COLUMNS="200")
    with subprocess.Popen(COMMAND, env=env, stdout=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:  # how a terminal says that the other end is closed
            pass
        finally:
            os.close(ours)
    assert process.returncode == 0
    assert b"\x1b[32mok" in shown
