"""The systemd unit, the Envoy example and the alert rules, each by a tool that knows its form."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from classifier.server.settings import Settings
from classifier.server.telemetry.figure_families import CODES, FAMILIES, METHODS
from classifier.server.telemetry.figures import Figures
from classifier.server.telemetry.metrics import FiguresCollector
from tests.conftest import ROOT

UNITS = ROOT / "deploy" / "systemd"
ENVOY = yaml.safe_load((ROOT / "deploy" / "envoy" / "envoy.yaml").read_text("utf-8"))
ALERTS_FILE = ROOT / "deploy" / "prometheus" / "alerts.yml"
ALERTS = yaml.safe_load(ALERTS_FILE.read_text("utf-8"))
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
MANIFESTS = ROOT / "deploy" / "kubernetes" / "wurao.yaml"


@pytest.mark.parametrize("name", ["wurao.service", "wurao-monitor.service", "wurao-monitor.timer"])
def test_unit_is_understood_and_hardened(tmp_path: Path, name: str) -> None:
    """Systemd knows every directive, and rates the exposure low; CI has systemd-analyze."""
    for unit in UNITS.iterdir():
        # The program is installed elsewhere than here.
        text = unit.read_text("utf-8").replace("/opt/wurao/bin/wurao", sys.executable)
        (tmp_path / unit.name).write_text(text, "utf-8")
    analyze = shutil.which("systemd-analyze")
    assert analyze, "install systemd: the unit is checked by systemd-analyze"
    verified = subprocess.run(
        [analyze, "verify", str(tmp_path / name)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    if name.endswith(".timer"):
        return
    rated = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout[-200:]


def test_the_monitor_is_hardened_as_the_server_is() -> None:
    """What keeps the server in keeps in the nightly look, which has no network besides."""
    server, monitor = (
        set((UNITS / name).read_text("utf-8").partition("User=wurao")[2].splitlines())
        for name in ("wurao.service", "wurao-monitor.service")
    )
    named = re.compile(
        r"(Ambient|Bounding|Capability|Lock|Memory|NoNew|Private|Protect|Restrict).*="
    )
    wanted = {line for line in server if named.match(line) and "AF_INET" not in line}
    assert len(wanted) > 15
    assert wanted <= monitor
    assert {"PrivateNetwork=yes", "RestrictAddressFamilies=AF_UNIX"} <= monitor


def test_what_the_units_keep_is_in_reach_of_their_user() -> None:
    """A user of systemd's making would move it to /var/lib/private, which only root may enter."""
    for name in ("wurao.service", "wurao-monitor.service"):
        lines = (UNITS / name).read_text("utf-8").splitlines()
        assert {"User=wurao", "StateDirectory=wurao", "StateDirectoryMode=0700"} <= set(lines)
        assert not [line for line in lines if line.startswith("DynamicUser")]
    unit = (UNITS / "wurao.service").read_text("utf-8")
    (told,) = re.findall(r"^# +chown wurao: (.+)$", unit, re.MULTILINE)
    secrets = {"/etc/wurao/*.keys", "/etc/wurao/tokens.jsonl", "/etc/wurao/tls.key"}
    assert secrets <= set(told.split())


def test_the_folder_of_the_backups_is_made_for_the_servers_user() -> None:
    """In the guide and beside the unit; the server's user cannot make it."""
    unit = (UNITS / "wurao.service").read_text("utf-8")
    guide = (ROOT / "docs" / "operation.md").read_text("utf-8").partition("## Backups")[2]
    folders = set(re.findall(r'"(/\S+)/registry-', guide))
    assert len(folders) == 1
    for told in (unit, guide):
        made = re.compile(r"install -d -o wurao -g wurao -m 700 (/var/backups/\S+)$", re.MULTILINE)
        assert set(made.findall(told)) == folders


def test_the_unit_never_gives_up_starting() -> None:
    """By systemd's default five starts in ten seconds are the last, and each takes a second."""
    head = (UNITS / "wurao.service").read_text("utf-8").partition("[Service]")[0].splitlines()
    assert {"StartLimitIntervalSec=0", "RequiresMountsFor=/var/lib/wurao"} <= set(head)


def test_doctor_is_told_to_run_as_the_unit_does() -> None:
    """User, settings and limits of the command are the unit's, and so in the guide's."""
    unit = (UNITS / "wurao.service").read_text("utf-8")
    guide = (ROOT / "docs" / "operation.md").read_text("utf-8")
    command = re.compile(r"^(?:#   )?(systemd-run .+?wurao doctor)$", re.MULTILINE | re.DOTALL)
    told = [
        re.sub(r"\\\n[# ]+", "", found.group(1))
        for found in map(command.search, (unit, guide))
        if found
    ]
    assert len(told) == 2
    assert told[0] == told[1]
    properties = re.findall(r"-p (\S+)", told[0])
    assert len(properties) == 4
    for asked in properties:
        assert re.search(rf"^{re.escape(asked)}( |$)", unit, re.MULTILINE), asked


def test_envoy_example_hangs_together() -> None:
    """Routes name the cluster, the cluster the headless service; fields are NOT checked here.

    Envoy's own messages would check them, but the one package that has them overwrites files of
    OpenTelemetry in the same environment.
    """
    resources = ENVOY["static_resources"]
    (cluster,) = resources["clusters"]
    (listener,) = resources["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    (host,) = manager["route_config"]["virtual_hosts"]
    assert {route["route"]["cluster"] for route in host["routes"]} == {cluster["name"]}
    endpoint = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
    service = next(
        resource
        for resource in yaml.safe_load_all(MANIFESTS.read_text("utf-8"))
        if resource["kind"] == "Service"
    )
    assert endpoint["address"]["socket_address"] == {
        "address": service["metadata"]["name"],
        "port_value": service["spec"]["ports"][0]["port"],
    }
    assert "grpc_health_check" in cluster["health_checks"][0]
    # A replica holds a thousand streams, and Envoy's own bound is 1,024 for all of them.
    (bounds,) = cluster["circuit_breakers"]["thresholds"]
    assert bounds["max_requests"] >= 100 * Settings().open_streams
    assert "retry_budget" in bounds


def test_alerts_speak_of_what_is_exposed() -> None:
    """Each name, method, code and label value in a rule is one that the server tells."""
    exposed = {family.name for family in FAMILIES}
    exposed |= {metric.name for metric in FiguresCollector([Figures()]).collect()}
    for rule in RULES:
        assert set(rule) >= {"alert", "expr", "labels", "annotations"}
        assert set(rule["annotations"]) == {"summary", "action"}
        for name in re.findall(r"\bwurao_\w+", rule["expr"]):
            assert re.sub(r"_(total|bucket|sum|count)$", "", name) in exposed, name
        for codes in re.findall(r'code=~?"([^"]+)"', rule["expr"]):
            assert set(codes.split("|")) <= set(CODES)
        for method in re.findall(r'method="([^"]+)"', rule["expr"]):
            assert method in METHODS


def test_alerts_are_prometheus_rules() -> None:
    """Promtool parses each expression; without it (package prometheus) that much is not checked."""
    subprocess.run([promtool(), "check", "rules", str(ALERTS_FILE)], check=True)


def test_alerts_fire_when_they_should() -> None:
    """Each rule is tried by promtool on series in which it fires, and the chief ones where not."""
    tests = sorted(ALERTS_FILE.parent.glob("*_test.yml"))
    tried = "".join(test.read_text("utf-8") for test in tests)
    assert [rule["alert"] for rule in RULES if f'alertname="{rule["alert"]}"' not in tried] == []
    ran = subprocess.run(
        [promtool(), "test", "rules", *tests], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def promtool() -> str:
    """Return the program, or skip the test aloud."""
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed: the alert rules are NOT CHECKED, their names are")
    return found
