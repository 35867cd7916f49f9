"""The systemd unit, the Envoy example and the alert rules, each by a tool that knows its form."""

import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import json_format

from classifier.server.figure_families import CODES, FAMILIES, METHODS
from classifier.server.figures import Figures
from classifier.server.metrics import FiguresCollector
from tests.conftest import ROOT

UNIT = ROOT / "deploy" / "systemd" / "wurao.service"
ENVOY = yaml.safe_load((ROOT / "deploy" / "envoy" / "envoy.yaml").read_text("utf-8"))
ALERTS_FILE = ROOT / "deploy" / "prometheus" / "alerts.yml"
ALERTS = yaml.safe_load(ALERTS_FILE.read_text("utf-8"))
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
ENVOY_TYPES = (
    "envoy.config.bootstrap.v3.bootstrap_pb2",
    "envoy.extensions.filters.http.router.v3.router_pb2",
    "envoy.extensions.filters.network.http_connection_manager.v3.http_connection_manager_pb2",
    "envoy.extensions.retry.host.previous_hosts.v3.previous_hosts_pb2",
    "envoy.extensions.transport_sockets.tls.v3.tls_pb2",
    "envoy.extensions.upstreams.http.v3.http_protocol_options_pb2",
)


def test_unit_is_understood_and_hardened(tmp_path: Path) -> None:
    """Systemd knows every directive, and rates the exposure low; CI has systemd-analyze."""
    unit = tmp_path / "wurao.service"
    text = UNIT.read_text("utf-8")
    # The program is installed elsewhere than here.
    unit.write_text(text.replace("/opt/wurao/bin/wurao", sys.executable), "utf-8")
    analyze = shutil.which("systemd-analyze")
    assert analyze, "install systemd: the unit is checked by systemd-analyze"
    verified = subprocess.run(
        [analyze, "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout[-200:]


def parsed(content: dict[str, Any]) -> Any:
    """Return an Envoy configuration as Envoy's own messages; an unknown field is an error."""
    modules = [importlib.import_module(name) for name in ENVOY_TYPES]
    return json_format.ParseDict(content, modules[0].Bootstrap())


def test_envoy_example_is_a_bootstrap() -> None:
    """Every field and every typed extension is one of Envoy's API."""
    bootstrap = parsed(ENVOY)
    (cluster,) = bootstrap.static_resources.clusters
    address = cluster.load_assignment.endpoints[0].lb_endpoints[0].endpoint.address
    assert address.socket_address.address == "wurao-pods"  # the headless service of Kubernetes
    with pytest.raises(json_format.ParseError):
        parsed(ENVOY | {"admn": {}})


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
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: expressions are NOT CHECKED, only their names are")
    subprocess.run([promtool, "check", "rules", str(ALERTS_FILE)], check=True)
