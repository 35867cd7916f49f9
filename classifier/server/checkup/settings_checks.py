"""Whether the settings can be read, and whether each is one."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import fields

from classifier.errors import SettingsError
from classifier.loopback import is_loopback
from classifier.server.checkup.findings import Finding, failed, ok, warning
from classifier.server.security.transport import refuse_exposure
from classifier.server.settings import Settings, read_settings
from classifier.server.variables import variable_of

_PREFIX = "WURAO_"
_OF_COMMANDS = frozenset({"WURAO_TOKEN"})
_CHECK = "settings"


def check_settings(environment: Mapping[str, str]) -> tuple[Settings | None, list[Finding]]:
    """Return the settings, None where they cannot be read, and what is wrong with them.

    Args:
        environment: Such as ``os.environ``.
    """
    findings = list(_misspelt(environment))
    try:
        settings = read_settings(environment)
    except SettingsError as error:
        return None, [*findings, failed(_CHECK, str(error), "correct or unset the variable")]
    if not findings:
        given = sum(name.startswith(_PREFIX) for name in environment)
        findings = [ok(_CHECK, f"{given} set, the others have their defaults")]
    return settings, findings


def check_exposure(settings: Settings) -> Finding:
    """Return who can reach the port and what keeps strangers out.

    Args:
        settings: Of the server.
    """
    check = "exposure"
    try:
        refuse_exposure(settings)
    except SettingsError as error:
        remedy = "`wurao tokens new`; a certificate for the host; or name --insecure"
        return failed(check, str(error), remedy)
    if is_loopback(settings.address):
        return ok(check, f"{settings.address}: this machine only")
    guards = [name for name, on in _guards(settings) if on]
    if settings.insecure and len(guards) < len(_guards(settings)):
        found = f"{settings.address}: others can reach it, with {', '.join(guards) or 'no guard'}"
        return warning(check, found, "keep it behind a sidecar, or set TLS and tokens")
    return ok(check, f"{settings.address}: others can reach it, with {', '.join(guards)}")


def check_metrics_exposure(settings: Settings) -> list[Finding]:
    """Return who can read the metrics, which ask nobody for a token.

    Args:
        settings: Of the server.
    """
    check, address = "metrics exposure", settings.metrics_address
    if not address:
        return []
    if is_loopback(address):
        return [ok(check, f"{address}: this machine only")]
    remedy = "name the loopback in WURAO_METRICS_ADDRESS, or let only Prometheus reach the port"
    return [warning(check, f"{address}: others can read them, without TLS and tokens", remedy)]


def _guards(settings: Settings) -> list[tuple[str, bool]]:
    return [("TLS", bool(settings.tls_certificate)), ("tokens", bool(settings.tokens))]


def _misspelt(environment: Mapping[str, str]) -> Iterable[Finding]:
    known = {variable_of(field.name) for field in fields(Settings)} | _OF_COMMANDS
    for name in sorted(environment):
        if name.startswith(_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            remedy = f"did you mean {near[0]}?" if near else "unset it; the README lists them all"
            yield failed(_CHECK, f"{name}: no setting has this name, so it does nothing", remedy)
