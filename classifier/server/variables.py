"""Environment variables, each in a form that it must have."""

import re
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.errors import SettingsError
from classifier.optouts.sql.database import POSTGRES_SCHEMES

_LABEL = "[A-Za-z0-9_-]{1,63}"
_HOST = rf"\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\]|{_LABEL}(?:\.{_LABEL})*\.?"
_ADDRESS = re.compile(f"({_HOST}):([0-9]{{1,5}})")
# What gRPC takes for a way of finding an address, so that a port after it is none.
_WAYS = frozenset({"unix", "unix-abstract", "vsock", "dns", "ipv4", "ipv6", "passthrough", "xds"})
_A_URL = "a URL without a password, such as http://127.0.0.1:4317"
_WHOLE = re.compile(r"[0-9]{1,18}")
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True, slots=True)
class Variables:
    """Reads variables; one that is not set has the default.

    Every method raises SettingsError, which names the variable and what it takes.

    Attributes:
        environment: Such as ``os.environ``.
    """

    environment: Mapping[str, str]

    def path(self, name: str, default: Path) -> Path:
        """Return a path."""
        return Path(self.environment.get(name, str(default)))

    def switch(self, name: str, default: bool) -> bool:
        """Return a switch, ``true`` or ``false``."""
        value = self.environment.get(name, str(default)).lower()
        if value not in ("true", "false"):
            raise SettingsError(f"{name}: must be true or false")
        return value == "true"

    def address(self, name: str, default: str) -> str:
        """Return host and port; empty only where the default is."""
        value = self.environment.get(name, default)
        if not value and not default:
            return ""
        match = _ADDRESS.fullmatch(value)
        if match is None or match[1].lower() in _WAYS or int(match[2]) >= 1 << 16:
            message = "must be host:port, such as 127.0.0.1:50051 or [::1]:50051"
            raise SettingsError(f"{name}: {message}; 0.0.0.0 and [::] are every address")
        return value

    def region(self, name: str, default: str) -> str:
        """Return a country or region in two capitals."""
        value = self.environment.get(name, default)
        if not (len(value) == 2 and value.isascii() and value.isalpha()):
            raise SettingsError(f"{name}: must be two letters such as CN, TW, HK or MO")
        return value.upper()

    def whole(self, name: str, default: int, allowed: range) -> int:
        """Return a whole number of those allowed."""
        value = self.environment.get(name, str(default))
        if _WHOLE.fullmatch(value) is None or int(value) not in allowed:
            raise SettingsError(
                f"{name}: must be a whole number, {allowed[0]:,} to {allowed[-1]:,}"
            )
        return int(value)

    def endpoint(self, name: str, default: str) -> str:
        """Return the URL of a collector, without a name or password in it, or nothing."""
        value = self.environment.get(name, default)
        if value and not _names_a_host(value):
            raise SettingsError(f"{name}: must be {_A_URL}")
        return value

    def store(self, name: str, default: str) -> str:
        """Return the path of an SQLite file or the address of a PostgreSQL database."""
        value = self.environment.get(name, default)
        # Any other address would be taken for a path, and its password for part of that.
        if _SCHEME.match(value) and not value.startswith(POSTGRES_SCHEMES):
            raise SettingsError(f"{name}: must be the path of a file, or postgresql://…")
        return value

    def one_of(self, name: str, default: str, allowed: Sequence[str]) -> str:
        """Return one of some words."""
        value = self.environment.get(name, default).lower()
        if value not in allowed:
            raise SettingsError(f"{name}: must be one of {', '.join(allowed)}")
        return value

    def share(self, name: str, default: float) -> float:
        """Return a share, 0 to 1."""
        share = self._number(name, default)
        if not 0 <= share <= 1:
            raise SettingsError(f"{name}: must be a number from 0 to 1")
        return share

    def seconds(self, name: str, default: float, least: float = 0.0) -> float:
        """Return a number of seconds, at least so many."""
        seconds = self._number(name, default)
        if not least <= seconds < float("inf"):
            raise SettingsError(f"{name}: must be a number of seconds, {least:g} or more")
        return seconds

    def file(self, name: str) -> Path | None:
        """Return a path, None where none is given."""
        value = self.environment.get(name, "")
        return Path(value) if value else None

    def rate(self, name: str, default: float) -> float:
        """Return a number of calls per second, 0 or more."""
        rate = self._number(name, default)
        if not 0 <= rate < float("inf"):
            raise SettingsError(f"{name}: must be a number of calls, 0 for no limit")
        return rate

    def _number(self, name: str, default: float) -> float:
        # Python's own reading takes underscores, spaces and digits of any script.
        value = self.environment.get(name, str(default))
        return float(value) if _NUMBER.fullmatch(value) else -1.0


def host_and_port(address: str) -> tuple[str, int]:
    """Return the host, of IPv6 without its brackets, and the port.

    Args:
        address: From `Variables.address`, not empty.
    """
    host, _colon, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _names_a_host(url: str) -> bool:
    if not url.startswith(("http://", "https://")):
        return False
    try:
        parts = urllib.parse.urlsplit(url)
        # The exporter writes the whole URL into the log where the collector is away.
        return bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:  # brackets that do not close, a port that is no number
        return False
