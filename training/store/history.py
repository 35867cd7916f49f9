"""What happened to a model store, one JSON object a line, oldest first; lines are only added."""

import json
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from msgspec import convert

from classifier.errors import ModelStoreError
from classifier.key_file import append_line
from training.store.lineage import current_user, now

HISTORY = "history.jsonl"


class Kind(StrEnum):
    """What can happen."""

    ADDED = "added"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        kind: What.
        version: To which version.
        previous: The champion before it; empty where there was none or it does not matter.
        gates: What each gate said, as plain data; empty where none was asked.
        gates_file: Which file they stand in, or ``built in``; empty where none was asked.
        gates_digest: SHA-256 of that file.
        data_digest: SHA-256 over the frozen turns that were asked about.
        reason: Why the gates were overridden, why it was rolled back, or why it was added once
            more; else empty.
        files: Of a version that was added: file -> SHA-256, as `digests_beside` gives them.
        at: When, ISO 8601 in UTC.
        by: Login name of who did it.
    """

    kind: Kind
    version: str
    previous: str = ""
    gates: list[dict[str, Any]] = field(default_factory=list)
    gates_file: str = ""
    gates_digest: str = ""
    data_digest: str = ""
    reason: str = ""
    files: dict[str, str] = field(default_factory=dict)
    at: str = field(default_factory=now)
    by: str = field(default_factory=current_user)


def read_history(store: Path) -> list[Event]:
    """Return all events, oldest first; none where nothing happened yet.

    A last line that a power cut left unfinished is no event.

    Args:
        store: The store's folder.

    Raises:
        ModelStoreError: A line is damaged, or tells of what only a later version knows; the message
            names it.
    """
    path = store / HISTORY
    if not path.is_file():
        return []
    events = []
    for number, line in enumerate(_finished(path.read_bytes()).split(b"\n"), start=1):
        if not line:
            continue
        try:
            content = json.loads(line)
            told = isinstance(content, dict) and content.get("kind")
            if isinstance(told, str) and told not in tuple(Kind):
                message = f"{path}:{number}: is of a later version of Wurao; use that one"
                raise ModelStoreError(message)
            event = convert(content, Event)
            # Without a time it would be of now, without a name of whoever reads.
            events.append(replace(event, at=content["at"], by=content["by"]))
        except (ValueError, KeyError, RecursionError):
            message = f"{path}:{number}: is damaged; mend the line or restore the file"
            raise ModelStoreError(message) from None
    return events


def append_event(store: Path, event: Event) -> None:
    """Add an event; it is on the disk when this returns.

    Args:
        store: The store's folder.
        event: What happened.

    Raises:
        ModelStoreError: It cannot be written; then the history is as it was.
    """
    path = store / HISTORY
    line = json.dumps(asdict(event), ensure_ascii=False).encode()
    try:
        with path.open("a+b", buffering=0) as file:
            file.truncate(len(_finished(path.read_bytes())))
            append_line(file.fileno(), line)
    except OSError as error:
        remedy = "it is as it was; mend that and run the same again"
        raise ModelStoreError(f"{path}: cannot be written: {error.strerror}; {remedy}") from None


def _finished(content: bytes) -> bytes:
    start = content.rfind(b"\n") + 1
    try:
        json.loads(content[start:])
    except ValueError:
        return content[:start]
    return content  # only its line end was lost, by somebody's editor


def champions(events: list[Event]) -> list[str]:
    """Return the versions that a rollback leads to, one after the other; the champion is last.

    Args:
        events: Oldest first.
    """
    stack: list[str] = []
    for event in events:
        if event.kind is Kind.PROMOTED:
            # Twice in a row: the first promotion was killed between its record and its link.
            stack += [event.version] if stack[-1:] != [event.version] else []
        elif event.kind is Kind.ROLLED_BACK:
            while stack and stack[-1] != event.version:
                stack.pop()
            stack = stack or [event.version]
    return stack
