"""Reads a TOML file table by table; every complaint names file, table, key and remedy."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

from classifier.errors import PolicyError
from classifier.optouts.policy.periods import Period
from classifier.toml_text import parse_toml

# A thousand years, or forty of working days: no date is past the year 9999, though all parts are
# set, two periods come one after the other, and a week has one working day.
_MOST_OF_A_PERIOD = {
    "years": 1_000,
    "months": 12_000,
    "days": 365_000,
    "working_days": 10_000,
    "seconds": 1_000_000,
}
_MOST = 100_000_000


class PolicyTable:
    """One table of a TOML file, read key by key; what was not read is refused in the end."""

    def __init__(self, file: str, path: str, entries: Mapping[str, Any]) -> None:
        """Wrap a table.

        Args:
            file: Name of the file, for messages.
            path: Name of the table, such as ``profiles.CN``; empty for the top of the file.
            entries: What TOML made of it.
        """
        self._file, self._path, self._entries = file, path, entries
        self._read: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def refuse(self, key: str, problem: str) -> NoReturn:
        """Refuse the value of a key.

        Args:
            key: The key.
            problem: What is wrong and what to write instead.

        Raises:
            PolicyError: Always.
        """
        place = f"[{self._path}] " if self._path else ""
        raise PolicyError(f"{self._file}: {place}{key}: {problem}")

    def names(self) -> list[str]:
        """Return the names of all entries and count them as read."""
        self._read.update(self._entries)
        return list(self._entries)

    def text(self, key: str) -> str:
        """Return a string that is not empty.

        Args:
            key: Its key.

        Raises:
            PolicyError: It is missing, empty or not a string.
        """
        value = self._value(key, None)
        if not isinstance(value, str) or not value:
            self.refuse(key, 'must be a string in quotes, such as "…"')
        return value

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Return a string that is one of several.

        Args:
            key: Its key.
            allowed: What may stand there.
            default: Taken where the key is missing; None demands the key.

        Raises:
            PolicyError: It is another.
        """
        value = self._value(key, default)
        if value not in allowed:
            self.refuse(key, f"must be one of {', '.join(allowed)}")
        return str(value)

    def texts(self, key: str, allowed: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of strings; a missing key is an empty list.

        Args:
            key: Its key.
            allowed: What may stand there; None allows all.

        Raises:
            PolicyError: It is no list of strings, or one is not allowed.
        """
        value = self._value(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            self.refuse(key, 'must be a list of strings, such as ["CN", "HK"]')
        if allowed is not None and not set(value) <= set(allowed):
            self.refuse(key, f"may hold only {', '.join(allowed)}")
        return tuple(value)

    def integer(self, key: str, low: int, high: int = _MOST, default: int | None = None) -> int:
        """Return a whole number.

        Args:
            key: Its key.
            low: Least allowed.
            high: Most allowed.
            default: Taken where the key is missing; None demands the key.

        Raises:
            PolicyError: It is missing, no whole number or out of range.
        """
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(key, f"must be a whole number from {low} to {high}")
        return value

    def share(self, key: str) -> float:
        """Return a number above 0 and at most 1.

        Args:
            key: Its key.

        Raises:
            PolicyError: It is missing or out of range.
        """
        value = self._value(key, None)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
            self.refuse(key, "must be a share above 0 and at most 1, such as 0.05")
        return float(value)

    def boolean(self, key: str, default: bool | None = None) -> bool:
        """Return true or false.

        Args:
            key: Its key.
            default: Taken where the key is missing; None demands the key.

        Raises:
            PolicyError: It is missing or neither.
        """
        value = self._value(key, default)
        if not isinstance(value, bool):
            self.refuse(key, "must be true or false")
        return value

    def period(self, key: str) -> Period:
        """Return a span of time.

        Args:
            key: Its key.

        Raises:
            PolicyError: It is missing, too long, or not a table of years, months, days,
                working_days, seconds.
        """
        value = self._value(key, None)
        if not isinstance(value, dict):
            self.refuse(key, "must be a period, such as { working_days = 10 }; {} means at once")
        inner = PolicyTable(self._file, self._path_of(key), value)
        parts = {
            part: inner.integer(part, 0, most, default=0)
            for part, most in _MOST_OF_A_PERIOD.items()
        }
        inner.finish()
        return Period(**parts)

    def table(self, key: str, default: Mapping[str, Any] | None = None) -> "PolicyTable":
        """Return an inner table.

        Args:
            key: Its key.
            default: Taken where the key is missing; None demands the key.

        Raises:
            PolicyError: It is missing or no table.
        """
        value = self._value(key, default)
        path = self._path_of(key)
        if not isinstance(value, dict):
            self.refuse(key, f"must be a table; write [{path}] and its keys below")
        return PolicyTable(self._file, path, value)

    def tables(self, key: str) -> list["PolicyTable"]:
        """Return a list of tables; a missing key is an empty list.

        Args:
            key: Its key.

        Raises:
            PolicyError: It is no list of tables.
        """
        value = self._value(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.refuse(key, f"must be a list of tables; write [[{key}]] and its keys below")
        return [
            PolicyTable(self._file, f"{self._path_of(key)}[{i}]", entry)
            for i, entry in enumerate(value)
        ]

    def finish(self) -> None:
        """Refuse what nobody asked for: a misspelt key must not be silently ignored.

        Raises:
            PolicyError: There is an unknown key.
        """
        for key in self._entries:
            if key not in self._read:
                known = ", ".join(sorted(self._read)) or "none"
                self.refuse(key, f"is not known here; take it out or correct it to one of: {known}")

    def _value(self, key: str, default: object) -> object:
        self._read.add(key)
        if key not in self._entries and default is None:
            self.refuse(key, "is missing; add it, policy.toml in the package shows how")
        return self._entries.get(key, default)

    def _path_of(self, key: str) -> str:
        return f"{self._path}.{key}".lstrip(".")


def read_table(path: Path | None, own: str, remedy: str) -> tuple[PolicyTable, bytes]:
    """Return the top of a TOML file, and its bytes.

    Args:
        path: The file; None takes the one of the package.
        own: Name of the one of the package.
        remedy: What to do where there is no such file.

    Raises:
        PolicyError: There is no such file, or it is not TOML.
    """
    name = str(path or own)
    try:
        content = (path or files("classifier.optouts.policy") / own).read_bytes()
        return PolicyTable(name, "", parse_toml(content.decode())), content
    except OSError as error:
        raise PolicyError(f"{name}: cannot be read ({error.strerror}); {remedy}") from None
    except UnicodeDecodeError:
        raise PolicyError(f"{name}: is not UTF-8; save it as UTF-8") from None
    except ValueError as error:
        raise PolicyError(f"{name}: is not TOML: {error}; correct that line") from None
