"""The server's log: one line of text or one JSON object an event, never what a caller said."""

import json
import logging
import os
import secrets
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from itertools import count
from string import ascii_letters, digits
from typing import Any

REQUEST_ID_KEY = "x-request-id"
"""Metadata key under which callers may send an id, and under which it comes back."""

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Id of the call that is being answered; empty outside of calls."""

_ID_CHARACTERS = frozenset(ascii_letters + digits + "._-")
_ID_LENGTHS = range(16, 65)  # a telephone number has fifteen digits at most and is no id
_SELDOM_LOGGERS = frozenset({
    "classifier.server.middleware.faults",
    "classifier.server.optouts.refusals",
    "psycopg.pool",
})
_SELDOM_SECONDS = 5.0
_AUDIT_LOGGER = "classifier.server.security.refusal_log"
_PREFIX = secrets.token_hex(8)
_numbers = count(1)


def choose_request_id(sent: str | bytes | None) -> str:
    """Return the caller's own id if it is well-formed, else a new one.

    Args:
        sent: Value of `REQUEST_ID_KEY`: 16 to 64 letters, digits and ``._-``; None if not sent.
    """
    if isinstance(sent, str) and len(sent) in _ID_LENGTHS and _ID_CHARACTERS.issuperset(sent):
        return sent
    return f"{_PREFIX}-{next(_numbers):x}"


def set_up_log(as_json: bool, level: str) -> None:
    """Send every log line of the process to standard error, and no other line.

    gRPC's core writes there itself, in a form of its own, for whoever connects and says nonsense.
    It is told to be silent, unless the operator set ``GRPC_VERBOSITY``; it looks when it is loaded,
    so this is to be called before.

    Args:
        as_json: Whether a line is a JSON object; else it is text.
        level: ``debug``, ``info``, ``warning`` or ``error``; a refused call is told at any.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter())
    handler.addFilter(Seldom())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger(_AUDIT_LOGGER).setLevel(logging.WARNING)


class Seldom(logging.Filter):
    """Lets a line about a failure or the registry's store through once in some seconds.

    While a store is away each call has the same to say of it, as have calls that meet one defect.
    """

    def __init__(self) -> None:
        """Start with nothing told."""
        super().__init__()
        self._next_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the line is written.

        Args:
            record: Of any logger; those that say little are let through.
        """
        if record.name not in _SELDOM_LOGGERS:
            return True
        kind, now = (record.name, str(record.msg)), time.monotonic()
        if now < self._next_at.get(kind, 0.0):
            return False
        self._next_at[kind] = now + _SELDOM_SECONDS
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request id, and an event's own fields.

    An exception is told by type and place; its text may hold what a caller said.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line.

        Args:
            record: Its attribute ``fields``, if there, is a mapping of further fields.
        """
        time_utc = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        event: dict[str, Any] = {
            "time": time_utc.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if call := request_id.get():
            event["request_id"] = call
        event |= getattr(record, "fields", {})
        if fault := _fault(record):
            event["error"] = fault
        return json.dumps(event, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """The same as one line of text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line.

        Args:
            record: As for `JsonFormatter`.
        """
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        fields = dict(getattr(record, "fields", {}))
        if call := request_id.get():
            fields["request_id"] = call
        if fault := _fault(record):
            fields["error"] = fault
        message = record.getMessage().replace("\n", " ")
        told = "".join(f" {name}={value}" for name, value in fields.items())
        return f"{stamp} {record.levelname} {message}{told}"


def place_of(error: BaseException) -> str:
    """Return the type of an exception and where it was raised, without its text.

    Args:
        error: Being handled.
    """
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "unknown"
    return f"{type(error).__name__} at {where}"


def _fault(record: logging.LogRecord) -> str:
    return place_of(record.exc_info[1]) if record.exc_info and record.exc_info[1] else ""
