"""The Kubernetes manifests against its schemas, and against the facts of the server."""

from dataclasses import fields
from typing import Any

import kubernetes_validate
import pytest
import yaml

from classifier.server.settings import Settings, read_settings
from tests.conftest import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
RESOURCES: list[dict[str, Any]] = list(
    yaml.safe_load_all((FOLDER / "wurao.yaml").read_text("utf-8"))
)
BY_KIND = {resource["kind"]: resource for resource in RESOURCES}
MONITOR: dict[str, dict[str, Any]] = {
    resource["kind"]: resource
    for resource in yaml.safe_load_all((FOLDER / "monitor.yaml").read_text("utf-8"))
}
MONITOR_POD = MONITOR["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]
MONITOR_CONTAINER = MONITOR_POD["spec"]["containers"][0]
LOG_PATCH: dict[str, Any] = yaml.safe_load((FOLDER / "decision_log.yaml").read_text("utf-8"))
POD = BY_KIND["Deployment"]["spec"]["template"]
CONTAINER = POD["spec"]["containers"][0]
SETTINGS: dict[str, str] = BY_KIND["ConfigMap"]["data"]


def patched(whole: Any, patch: Any) -> Any:
    """Return what `kubectl patch` makes of a resource: lists of named things grow by name."""
    if isinstance(patch, dict):
        return {**whole, **{k: patched(whole[k], v) if k in whole else v for k, v in patch.items()}}
    if isinstance(patch, list):
        known = {(thing["name"], thing.get("mountPath")): thing for thing in whole}
        for thing in patch:
            key = (thing["name"], thing.get("mountPath"))
            known[key] = patched(known[key], thing) if key in known else thing
        return list(known.values())
    return patch


LOGGING = patched(BY_KIND["Deployment"], LOG_PATCH)
EVERY = [*RESOURCES, *MONITOR.values(), LOGGING]


@pytest.mark.parametrize("resource", EVERY, ids=[resource["kind"] for resource in EVERY])
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


@pytest.mark.parametrize(
    ("pod", "wanted"),
    [
        (POD, ["scratch"]),
        (LOGGING["spec"]["template"], ["scratch", "decisions"]),
        (MONITOR_POD, []),
    ],
    ids=["server", "logging", "monitor"],
)
def test_pod_is_unprivileged(pod: dict[str, Any], wanted: list[str]) -> None:
    """Not root, no capability, no token of the cluster, no place to write to but those named."""
    (container,) = pod["spec"]["containers"]
    assert pod["spec"]["securityContext"]["runAsNonRoot"]
    assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["spec"]["automountServiceAccountToken"] is False
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"]
    assert not context["allowPrivilegeEscalation"]
    assert context["capabilities"] == {"drop": ["ALL"]}
    writable = [m["name"] for m in container["volumeMounts"] if not m.get("readOnly")]
    assert writable == wanted
    assert {m["name"] for m in container["volumeMounts"]} == {
        volume["name"] for volume in pod["spec"]["volumes"]
    }


def test_the_monitor_reads_what_the_pods_log() -> None:
    """Same claim, key, model and image; nobody's call ever reaches its pod."""
    (server,) = LOGGING["spec"]["template"]["spec"]["containers"]
    assert server["image"] == MONITOR_CONTAINER["image"]
    theirs, ours = (
        {entry["name"]: entry.get("value") for entry in container["env"]}
        for container in (server, MONITOR_CONTAINER)
    )
    assert read_settings({n: v for n, v in theirs.items() if v is not None})
    assert ours["WURAO_DECISION_KEYS"] == theirs["WURAO_DECISION_KEYS"]
    assert ours["WURAO_BUNDLE"] == SETTINGS["WURAO_BUNDLE"]
    assert MONITOR_CONTAINER["args"][:2] == ["monitor", theirs["WURAO_DECISION_LOG"]]
    claims = [
        {
            volume["name"]: volume["persistentVolumeClaim"]["claimName"]
            for volume in pod["spec"]["volumes"]
            if "persistentVolumeClaim" in volume
        }
        for pod in (LOGGING["spec"]["template"], MONITOR_POD)
    ]
    assert claims[0] == claims[1]
    labels = MONITOR_POD["metadata"]["labels"].items()
    assert not BY_KIND["Service"]["spec"]["selector"].items() <= labels
    policy = MONITOR["NetworkPolicy"]["spec"]
    assert policy["podSelector"]["matchLabels"].items() <= labels
    assert policy.keys() == {"podSelector", "policyTypes"}  # no rule, so nothing is let through


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
