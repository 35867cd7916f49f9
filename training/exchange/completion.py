"""Fills in what a labelling tool does not ask for."""

import hashlib
import json
from collections.abc import Container
from itertools import count

from classifier.records import Record
from classifier.text.script import script_of
from classifier.turns import Label

_KINDS = {Label.OPT_OUT: "stop_contact", Label.COMPLAINT: "service", Label.NORMAL: "other"}
_ORDER = (
    "id", "group", "channel", "industry", "script", "context", "text", "label", "kind",
    "also_complaint", "reasons",
)  # fmt: skip


def complete(record: Record, industry: str) -> tuple[Record, list[str]]:
    """Return a record with every field of the data set, and which were filled in.

    Args:
        record: At least text and label.
        industry: For turns that do not say.
    """
    text, label = str(record.get("text", "")), record.get("label")
    channel = record.get("channel") or "voice"
    defaults: Record = {
        "id": _own_id(record),
        "group": f"i-{_digest(channel, record.get('context') or [])}"
        if record.get("context")
        else f"i-{_digest(channel, text)}",
        "channel": channel,
        "industry": industry,
        "script": script_of(text),
        "context": [],
        "kind": next((kind for name, kind in _KINDS.items() if name == label), ""),
        "also_complaint": False,
        "reasons": [],
    }
    missing = [name for name in defaults if record.get(name) in (None, "")]
    ordered = {name: record.get(name) for name in (*_ORDER, *record)}
    return ordered | {name: defaults[name] for name in missing}, missing


def fresh_id(record: Record, taken: Container[str]) -> str:
    """Return an id by what a turn says, which no other turn has.

    Args:
        record: Of the turn.
        taken: Ids of other turns.
    """
    own = _own_id(record)
    if own not in taken:
        return own
    return next(name for n in count(2) if (name := f"{own}-{n}") not in taken)


def _own_id(record: Record) -> str:
    said = (record.get("channel") or "voice", record.get("context") or [])
    return f"i-{_digest(*said, str(record.get('text', '')))}"


def _digest(*parts: object) -> str:
    # Half a surrogate pair is for the check of the turn to refuse.
    said = json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return hashlib.sha256(said).hexdigest()[:12]
