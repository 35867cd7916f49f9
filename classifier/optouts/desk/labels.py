"""Verdicts as labelled lines for training, in the record format of the data set."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from classifier.masking.mask import mask_text
from classifier.optouts.derived.data_handling import LABELS_EXPORTED
from classifier.optouts.derived.review_queue import DECIDED, RESOLVED, Verdict
from classifier.optouts.events.event import Draft, Event
from classifier.optouts.events.tables import Where
from classifier.optouts.records import Intake, Json
from classifier.optouts.registry import Registry
from classifier.optouts.store import View
from classifier.text.script import script_of
from classifier.turns import Channel, Label

_VERDICTS_AT_ONCE = 500
_SHORT = 8


def export_labels(registry: Registry, tenant: str, actor: str, out: BinaryIO) -> int:
    """Write a line for each verdict of a person whose text is still kept, and return how many.

    Who takes the texts out is an event before the first is written. Personal data in the texts
    is masked. The finer kind is a guess by label, to be looked at by whoever labels.

    Args:
        registry: Whose reviews.
        tenant: Whose.
        actor: Who will read the texts.
        out: Takes JSON Lines.

    Raises:
        StoreError: The store cannot be read.
        OSError: `out` cannot be written.
    """
    draft = Draft(LABELS_EXPORTED, tenant, actor)
    last = registry.store.write(lambda transaction: transaction.append(draft).seq)
    written = 0
    for line in _lines(registry, tenant, last):
        out.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        written += 1
    return written


def _lines(registry: Registry, tenant: str, last: int) -> Iterator[Json]:
    after = 0
    while True:

        def work(view: View, after: int = after) -> list[tuple[int, Json | None]]:
            where = [Where("tenant", "=", tenant), Where("kind", "=", RESOLVED)]
            where += [Where("seq", ">", after), Where("seq", "<", last)]
            return [
                (event.seq, _line(view, event)) for event in view.events(where, _VERDICTS_AT_ONCE)
            ]

        found = registry.store.read(work)
        if not found:
            return
        after = found[-1][0]
        yield from (line for _seq, line in found if line is not None)


def _line(view: View, verdict: Event) -> Json | None:
    decided = verdict.asked()
    if decided["verdict"] not in DECIDED:
        return None
    record = decided["record"]
    made = view.event(record)
    secret = view.secret(record) or {}
    if not secret.get("text"):
        return None
    asked = made.asked()
    alarm = decided["verdict"] == Verdict.FALSE_ALARM
    label = Label(decided["label"]) if alarm else Label.OPT_OUT
    text = mask_text(secret["text"])
    context = [turn | {"text": mask_text(turn["text"])} for turn in secret.get("context", [])]
    also_complaint = bool(asked["facts"].get("also_complaint"))
    return {
        "id": f"review-{made.tenant}-{record}",
        "group": f"review-{made.tenant}-{record}",
        "channel": _channel(Intake(asked["intake"])),
        "industry": "other",
        "script": script_of(text),
        "context": context,
        "text": text,
        "label": label.value,
        "kind": _kind(label, text, context),
        "also_complaint": label is Label.OPT_OUT and also_complaint,
        "reasons": [] if label is Label.NORMAL else asked["reasons"],
        "source": f"review: {decided['verdict']}",
    }


def _channel(intake: Intake) -> str:
    return intake.value if intake.value in {c.value for c in Channel} else Channel.VOICE.value


def _kind(label: Label, text: str, context: list[dict[str, Any]]) -> str:
    if label is Label.OPT_OUT:
        return "confirm" if context and len(text) <= _SHORT else "indirect"
    return "service" if label is Label.COMPLAINT else "other"
