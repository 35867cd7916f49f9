"""The whole checkup of a deployment."""

from collections.abc import Callable, Mapping
from functools import partial

from classifier.server.checkup.file_checks import (
    check_bundle,
    check_certificate,
    check_decision_log,
    check_tokens,
)
from classifier.server.checkup.findings import Finding, failed
from classifier.server.checkup.machine_checks import (
    check_clock,
    check_packages,
    check_ports,
    check_resources,
    check_user,
)
from classifier.server.checkup.registry_checks import check_region, check_registry
from classifier.server.checkup.settings_checks import (
    check_exposure,
    check_metrics_exposure,
    check_settings,
)
from classifier.server.telemetry.call_log import place_of


def check_deployment(environment: Mapping[str, str]) -> list[Finding]:
    """Look over everything that a server with this environment would need; change nothing.

    Args:
        environment: Such as ``os.environ``.
    """
    settings, findings = check_settings(environment)
    if settings is None:
        return findings
    checks: dict[str, Callable[[], Finding | list[Finding]]] = {
        "user": check_user,
        "exposure": partial(check_exposure, settings),
        "metrics exposure": partial(check_metrics_exposure, settings),
        "bundle": partial(check_bundle, settings),
        "TLS": partial(check_certificate, settings),
        "tokens": partial(check_tokens, settings),
        "port": partial(check_ports, settings),
        "region": partial(check_region, settings),
        "registry": partial(check_registry, settings),
        "decision log": partial(check_decision_log, settings),
        "clock": check_clock,
        "memory": partial(check_resources, settings),
        "packages": partial(check_packages, settings),
    }
    for name, check in checks.items():
        findings += _looked(name, check)
    return findings


def _looked(name: str, check: Callable[[], Finding | list[Finding]]) -> list[Finding]:
    try:
        found = check()
    except Exception as error:  # the other checks are worth hearing all the same
        told = f"could not be looked at: {place_of(error)}"
        return [failed(name, told, "see the other findings first; if it stays, report this line")]
    return [found] if isinstance(found, Finding) else found
