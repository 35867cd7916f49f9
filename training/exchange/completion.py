"""Fills in what a labelling tool does not ask for."""

import hashlib
import json
import re
from collections.abc import Container
from functools import cache
from itertools import count

from classifier.records import Record
from classifier.text.variants import simplified_characters
from classifier.turns import Label

_KINDS = {Label.OPT_OUT: "stop_contact", Label.COMPLAINT: "service", Label.NORMAL: "other"}
_ORDER = (
    "id", "group", "channel", "industry", "script", "context", "text", "label", "kind",
    "also_complaint", "reasons",
)  # fmt: skip
_CANTONESE = re.compile(r"[嘅唔咗喺嚟啲冇俾佢哋乜嘢咁嗰噉]")


def complete(record: Record, industry: str) -> tuple[Record, list[str]]:
    """Return a record with every field of the data set, and which were filled in.

    Args:
        record: At least text and label.
        industry: For turns that do not say.
    """
    text, label = str(record.get("text", "")), record.get("label")
    channel = record.get("channel", "voice")
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
    said = (record.get("channel", "voice"), record.get("context") or [])
    return f"i-{_digest(*said, str(record.get('text', '')))}"


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:12]


def script_of(text: str) -> str:
    """Return the script of a text by its characters, one of `training.dataset.SCRIPTS`.

    Args:
        text: Of a turn.
    """
    if _CANTONESE.search(text):
        return "yue"
    return "hant" if _traditional() & set(text) else "hans"


@cache
def _traditional() -> frozenset[str]:
    table = simplified_characters()
    # 甭 is folded as another form of 别, and is written so in simplified texts.
    return frozenset(table.keys() - set(table.values()) - {"甭"})
