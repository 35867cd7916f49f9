"""The Kubernetes manifests against its schemas, and against the facts of the server."""

from dataclasses import fields
from typing import Any

import kubernetes_validate
import pytest
import yaml

from classifier.server.settings import Settings, read_settings
from tests.conftest import ROOT

RESOURCES: list[dict[str, Any]] = list(
    yaml.safe_load_all((ROOT / "deploy" / "kubernetes" / "wurao.yaml").read_text("utf-8"))
)
BY_KIND = {resource["kind"]: resource for resource in RESOURCES}
POD = BY_KIND["Deployment"]["spec"]["template"]
CONTAINER = POD["spec"]["containers"][0]
SETTINGS: dict[str, str] = BY_KIND["ConfigMap"]["data"]


@pytest.mark.parametrize("resource", RESOURCES, ids=list(BY_KIND))
@pytest.mark.parametrize("version", ["1.29", "1.37"])
def test_resource_fits_its_schema(resource: dict[str, Any], version: str) -> None:
    """No unknown or mistyped field, in the oldest and newest Kubernetes that we name."""
    kubernetes_validate.validate(resource, version, strict=True)


def test_mistyped_field_would_be_found() -> None:
    """The check above can fail."""
    wrong = BY_KIND["PodDisruptionBudget"] | {"spec": {"minAvailabel": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.37", strict=True)


def test_settings_are_settings() -> None:
    """Each variable is one of ours and can be read."""
    names = {f"WURAO_{field.name.upper()}" for field in fields(Settings)}
    given = set(SETTINGS) | {entry["name"] for entry in CONTAINER["env"]}
    assert given <= names
    settings = read_settings(SETTINGS)
    ports = {port["name"]: port["containerPort"] for port in CONTAINER["ports"]}
    assert settings.address.endswith(f":{ports['grpc']}")
    assert settings.metrics_address.endswith(f":{ports['metrics']}")
    assert settings.grace_seconds < POD["spec"]["terminationGracePeriodSeconds"]
    assert 0 < settings.drain_seconds < settings.grace_seconds


def test_pod_is_unprivileged() -> None:
    """Not root, no capability, one scratch folder to write to, no token of the cluster."""
    assert POD["spec"]["securityContext"]["runAsNonRoot"]
    assert POD["spec"]["automountServiceAccountToken"] is False
    context = CONTAINER["securityContext"]
    assert context["readOnlyRootFilesystem"]
    assert not context["allowPrivilegeEscalation"]
    assert context["capabilities"] == {"drop": ["ALL"]}
    writable = [m["name"] for m in CONTAINER["volumeMounts"] if not m.get("readOnly")]
    assert writable == ["scratch"]


def test_probes_are_native_and_the_service_is_headless() -> None:
    """Kubernetes asks gRPC health itself; clients see every pod."""
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert CONTAINER[probe]["grpc"]["port"] == 50051
    assert BY_KIND["Service"]["spec"]["clusterIP"] == "None"


def test_everything_selects_the_pods() -> None:
    """Service, budget and network policy mean the pods of the deployment."""
    labels = POD["metadata"]["labels"].items()
    selectors = [
        BY_KIND["Deployment"]["spec"]["selector"]["matchLabels"],
        BY_KIND["Service"]["spec"]["selector"],
        BY_KIND["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        BY_KIND["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    ]
    assert all(selector.items() <= labels for selector in selectors)
    assert BY_KIND["PodDisruptionBudget"]["spec"]["minAvailable"] < 3
