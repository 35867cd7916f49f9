"""Whether the machine has what a server needs: ports, clock, memory, cores, packages."""

import ctypes
import importlib.util
import ipaddress
import os
import resource
import socket
import time

from classifier.errors import SettingsError
from classifier.key_file import is_missing
from classifier.model_bundle import READER_NETWORK
from classifier.optouts.sql.database import POSTGRES_SCHEMES
from classifier.server.checkup.findings import Finding, failed, ok, warning
from classifier.server.checkup.limits import available_bytes, core_count
from classifier.server.reserved_port import reserved_port
from classifier.server.settings import Settings
from classifier.server.variables import host_and_port

_WORKER_BYTES = 150 << 20
_READER_BYTES = 55 << 20  # the second reader's weights and its runtime
_OPEN_FILES = 4_096
_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_TIMEX_BYTES = 512  # more than any struct timex
_RELEASED = 1_764_201_600.0  # 2025-11-27: no clock that is right shows an earlier time


def check_user() -> list[Finding]:
    """Return a warning where this process may read what the server's user may not."""
    if os.geteuid() != 0:
        return []
    found = "this is root, whom no permission stops; of the server's user it says little"
    remedy = "run it as that user, with its settings; docs/operation.md has the command"
    return [warning("user", found, remedy)]


def check_ports(settings: Settings) -> list[Finding]:
    """Return whether the ports are two and free, or a server answers there already.

    Args:
        settings: Of the server.
    """
    findings = [_port("port", settings.address, "WURAO_ADDRESS")]
    if settings.metrics_address:
        check, address = "metrics port", settings.metrics_address
        if _collide(settings.address, address):
            found = f"{address}: is the port of WURAO_ADDRESS"
            findings.append(failed(check, found, "name another port in WURAO_METRICS_ADDRESS"))
        else:
            findings.append(_port(check, address, "WURAO_METRICS_ADDRESS"))
    return findings


def check_clock() -> Finding:
    """Return whether the clock is right; opt-outs and certificates are dated by it."""
    if time.time() < _RELEASED:
        return failed("clock", "it is years late", "set it; run chrony or systemd-timesyncd")
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    state = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    if state == _UNSYNCHRONISED:
        found = "no time service keeps it right"
        return warning("clock", found, "run chrony or systemd-timesyncd on the host")
    if state < 0:
        found = "this process may not ask whether it is kept right"
        return warning("clock", found, "see on the host that chrony or systemd-timesyncd runs")
    return ok("clock", "kept right by a time service")


def check_resources(settings: Settings) -> list[Finding]:
    """Return whether memory, cores and open files suffice for the workers.

    Args:
        settings: Of the server.
    """
    findings = []
    reads_twice = settings.second_reader and not is_missing(settings.bundle / READER_NETWORK)
    each = _WORKER_BYTES + (_READER_BYTES if reads_twice else 0)
    available, needed = available_bytes(), settings.workers * each
    told = f"{available >> 20:,} MiB free for {settings.workers} workers of {each >> 20} MiB"
    if available < needed:
        findings.append(failed("memory", told, "lower WURAO_WORKERS or add memory"))
    else:
        findings.append(ok("memory", told))
    cores = core_count()
    told = f"{settings.workers} workers on {cores} cores"
    if settings.workers > cores:
        findings.append(warning("cores", told, f"WURAO_WORKERS={cores} answers as many calls"))
    else:
        findings.append(ok("cores", told))
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if 0 <= limit < _OPEN_FILES:
        remedy = f"raise it: `ulimit -n {_OPEN_FILES}`, LimitNOFILE= in the unit"
        findings.append(warning("open files", f"{limit:,} at most, one a connection", remedy))
    else:
        findings.append(ok("open files", f"{limit:,} at most"))
    return findings


def check_packages(settings: Settings) -> list[Finding]:
    """Return whether the packages that settings ask for are installed.

    Args:
        settings: Of the server.
    """
    wanted = [
        ("tracing", "opentelemetry", bool(settings.tracing)),
        ("postgres", "psycopg", settings.registry.startswith(POSTGRES_SCHEMES)),
    ]
    return [
        failed("packages", f"{package} is not installed", f"pip install wurao[{extra}]")
        for extra, package, asked in wanted
        if asked and importlib.util.find_spec(package) is None
    ] or [ok("packages", "what the settings ask for is installed")]


def _port(check: str, address: str, setting: str) -> Finding:
    try:
        with reserved_port(address):
            return ok(check, f"{address}: free")
    except SettingsError:
        pass
    try:
        with socket.create_connection(host_and_port(address), timeout=1):
            found = f"{address}: something answers there already"
            return warning(check, found, f"fine if it is this server; else change {setting}")
    except OSError:
        found = f"{address}: cannot be listened on"
        return failed(check, found, f"name an address of this machine in {setting}")


def _collide(one: str, other: str) -> bool:
    port = host_and_port(one)[1]
    if not port or port != host_and_port(other)[1]:  # 0 takes a free one
        return False
    ours, theirs = _hosts(one), _hosts(other)
    every = any(ipaddress.ip_address(host).is_unspecified for host in ours | theirs)
    return every or bool(ours & theirs)


def _hosts(address: str) -> set[str]:
    try:
        found = socket.getaddrinfo(*host_and_port(address), type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {str(place[0]) for *_kind, place in found}
