"""The whole checkup of a deployment."""

from collections.abc import Mapping

from classifier.server.checkup.file_checks import (
    check_bundle,
    check_certificate,
    check_decision_log,
    check_tokens,
)
from classifier.server.checkup.findings import Finding
from classifier.server.checkup.machine_checks import (
    check_clock,
    check_packages,
    check_ports,
    check_resources,
)
from classifier.server.checkup.registry_checks import check_region, check_registry
from classifier.server.checkup.settings_checks import (
    check_exposure,
    check_metrics_exposure,
    check_settings,
)


def check_deployment(environment: Mapping[str, str]) -> list[Finding]:
    """Look over everything that a server with this environment would need; change nothing.

    Args:
        environment: Such as ``os.environ``.
    """
    settings, findings = check_settings(environment)
    if settings is None:
        return findings
    return [
        *findings,
        check_exposure(settings),
        *check_metrics_exposure(settings),
        *check_bundle(settings),
        *check_certificate(settings),
        *check_tokens(settings),
        *check_ports(settings),
        check_region(settings),
        *check_registry(settings),
        *check_decision_log(settings),
        check_clock(),
        *check_resources(settings),
        *check_packages(settings),
    ]
