"""The folder of a decision log: what its files are called, which hold a period, which are old."""

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from classifier.errors import DecisionLogError

_NAME = re.compile(r"decisions-(\d{4}-\d{2}-\d{2})-[0-9a-f]{12}\.log")


def new_name(day: date) -> str:
    """Return the name of a new file; no other process picks the same.

    Args:
        day: In UTC, of what it holds.
    """
    return f"decisions-{day.isoformat()}-{secrets.token_hex(6)}.log"


def day_of(seconds: float) -> date:
    """Return the day of a time, in UTC.

    Args:
        seconds: Since 1970.
    """
    return datetime.fromtimestamp(seconds, UTC).date()


def log_files(folder: Path, since: date | None = None, until: date | None = None) -> list[Path]:
    """Return the files of a period, oldest day first.

    Args:
        folder: Of the log.
        since: First day; None for all.
        until: Last day; None for all.

    Raises:
        DecisionLogError: The folder cannot be read.
    """
    try:
        dated = sorted(_dated(folder))
    except OSError as error:
        message = f"{folder}: no decision log can be read here: {error.strerror}"
        raise DecisionLogError(message) from None
    return [p for day, p in dated if (since or day) <= day <= (until or day)]


def remove_old(folder: Path, today: date, days: int) -> None:
    """Delete the files of a log that are older than they may get.

    Args:
        folder: Of the log.
        today: In UTC.
        days: How long a day's files stay after that day.

    Raises:
        OSError: The folder cannot be read, or a file not be deleted.
    """
    oldest = today - timedelta(days)
    for day, path in _dated(folder):
        if day < oldest:
            with suppress(FileNotFoundError):  # another worker was faster
                path.unlink()


def _dated(folder: Path) -> Iterator[tuple[date, Path]]:
    for path in folder.iterdir():
        if found := _NAME.fullmatch(path.name):
            with suppress(ValueError):
                yield date.fromisoformat(found[1]), path
