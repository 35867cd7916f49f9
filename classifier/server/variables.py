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
    """Reads settings by their names, each from ``WURAO_`` and its name in capitals.

    Every method raises SettingsError, which names the variable and what it takes.

    Attributes:
        environment: Such as ``os.environ``.
        defaults: Name of each setting -> what it is where its variable is not set.
    """

    environment: Mapping[str, str]
    defaults: Mapping[str, object]

    def path(self, name: str) -> Path:
        """Return a path."""
        return Path(self._value(name))

    def switch(self, name: str) -> bool:
        """Return a switch, ``true`` or ``false``."""
        value = self._value(name).lower()
        if value not in ("true", "false"):
            raise _refused(name, "must be true or false")
        return value == "true"

    def address(self, name: str) -> str:
        """Return host and port; empty only where the default is."""
        value = self._value(name)
        if not value and not self.defaults[name]:
            return ""
        match = _ADDRESS.fullmatch(value)
        if match is None or match[1].lower() in _WAYS or int(match[2]) >= 1 << 16:
            message = "must be host:port, such as 127.0.0.1:50051 or [::1]:50051"
            raise _refused(name, f"{message}; 0.0.0.0 and [::] are every address")
        return value

    def region(self, name: str) -> str:
        """Return a country or region in two capitals."""
        value = self._value(name)
        if not (len(value) == 2 and value.isascii() and value.isalpha()):
            raise _refused(name, "must be two letters such as CN, TW, HK or MO")
        return value.upper()

    def whole(self, name: str, allowed: range) -> int:
        """Return a whole number of those allowed."""
        value = self._value(name)
        if _WHOLE.fullmatch(value) is None or int(value) not in allowed:
            raise _refused(name, f"must be a whole number, {allowed[0]:,} to {allowed[-1]:,}")
        return int(value)

    def endpoint(self, name: str) -> str:
        """Return the URL of a collector, without a name or password in it, or nothing."""
        value = self._value(name)
        if value and not _names_a_host(value):
            raise _refused(name, f"must be {_A_URL}")
        return value

    def store(self, name: str) -> str:
        """Return the path of an SQLite file or the address of a PostgreSQL database."""
        value = self._value(name)
        # Any other address would be taken for a path, and its password for part of that.
        if _SCHEME.match(value) and not value.startswith(POSTGRES_SCHEMES):
            raise _refused(name, "must be the path of a file, or postgresql://…")
        return value

    def one_of(self, name: str, allowed: Sequence[str]) -> str:
        """Return one of some words."""
        value = self._value(name).lower()
        if value not in allowed:
            raise _refused(name, f"must be one of {', '.join(allowed)}")
        return value

    def share(self, name: str) -> float:
        """Return a share, 0 to 1."""
        share = self._number(name)
        if not 0 <= share <= 1:
            raise _refused(name, "must be a number from 0 to 1")
        return share

    def seconds(self, name: str, least: float = 0.0) -> float:
        """Return a number of seconds, at least so many."""
        seconds = self._number(name)
        if not least <= seconds < float("inf"):
            raise _refused(name, f"must be a number of seconds, {least:g} or more")
        return seconds

    def file(self, name: str) -> Path | None:
        """Return a path, None where none is given."""
        value = self.environment.get(variable_of(name))
        return Path(value) if value else None

    def rate(self, name: str) -> float:
        """Return a number of calls per second, 0 or more."""
        rate = self._number(name)
        if not 0 <= rate < float("inf"):
            raise _refused(name, "must be a number of calls, 0 for no limit")
        return rate

    def _number(self, name: str) -> float:
        # Python's own reading takes underscores, spaces and digits of any script.
        value = self._value(name)
        return float(value) if _NUMBER.fullmatch(value) else -1.0

    def _value(self, name: str) -> str:
        return self.environment.get(variable_of(name), str(self.defaults[name]))


def variable_of(name: str) -> str:
    """Return the variable that a setting is read from.

    Args:
        name: Of the setting.
    """
    return f"WURAO_{name.upper()}"


def host_and_port(address: str) -> tuple[str, int]:
    """Return the host, of IPv6 without its brackets, and the port.

    Args:
        address: From `Variables.address`, not empty.
    """
    host, _colon, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _refused(name: str, problem: str) -> SettingsError:
    return SettingsError(f"{variable_of(name)}: {problem}")


def _names_a_host(url: str) -> bool:
    if not url.startswith(("http://", "https://")):
        return False
    try:
        parts = urllib.parse.urlsplit(url)
        # The exporter writes the whole URL into the log where the collector is away.
        return bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:  # brackets that do not close, a port that is no number
        return False
