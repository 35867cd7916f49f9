"""What people decided about turns as lines for training, in the record format of the data set.

A verdict gives a line with the label that it says. An opt-out that was revoked as a mistake gives
one without: that it was none does not say whether the turn is a complaint, or was about another.
"""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from classifier.masking.mask import mask_text
from classifier.optouts.derived.data_handling import LABELS_EXPORTED
from classifier.optouts.derived.opt_outs import MISTAKE, OPT_OUTS, REVOKED
from classifier.optouts.derived.review_queue import DECIDED, RESOLVED, Verdict
from classifier.optouts.events.event import Draft, Event
from classifier.optouts.events.tables import Where
from classifier.optouts.records import Intake, Json
from classifier.optouts.registry import Registry
from classifier.optouts.store import View
from classifier.text.script import script_of
from classifier.turns import Channel, Label

_EVENTS_AT_ONCE = 500
_SHORT = 8


def export_labels(registry: Registry, tenant: str, actor: str, out: BinaryIO) -> int:
    """Write a line for each turn that a person decided about, and return how many.

    Left out are turns whose text is not kept any more, and rows of lists, which are no turns.
    Who takes the texts out is an event before the first is written. Personal data in the texts
    is masked. The finer kind is a guess by label, to be looked at by whoever labels.

    Args:
        registry: Whose reviews and opt-outs.
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

        def work(view: View, after: int = after) -> list[tuple[int, list[Json]]]:
            where = [Where("tenant", "=", tenant), Where("kind", "in", [RESOLVED, REVOKED])]
            where += [Where("seq", ">", after), Where("seq", "<", last)]
            events = view.events(where, _EVENTS_AT_ONCE)
            return [(event.seq, list(_lines_of(view, event))) for event in events]

        found = registry.store.read(work)
        if not found:
            return
        after = found[-1][0]
        for _seq, lines in found:
            yield from lines


def _lines_of(view: View, event: Event) -> Iterator[Json]:
    if event.kind == RESOLVED:
        yield from _line_of_verdict(view, event)
    elif event.asked()["reason"] == MISTAKE:
        for record in event.outcome()["records"]:
            yield from _turn(view, record, "revoked: mistake")


def _line_of_verdict(view: View, event: Event) -> Iterator[Json]:
    decided = event.asked()
    verdict, record = decided["verdict"], decided["record"]
    if verdict not in DECIDED or _was_mistake(view, record):
        return
    label = Label(decided["label"]) if verdict == Verdict.FALSE_ALARM else Label.OPT_OUT
    asked = view.event(record).asked()
    also_complaint = bool(asked["facts"].get("also_complaint"))
    for line in _turn(view, record, f"review: {verdict}"):
        yield line | {
            "label": label.value,
            "kind": _kind(label, line["text"], line["context"]),
            "also_complaint": label is Label.OPT_OUT and also_complaint,
            "reasons": [] if label is Label.NORMAL else asked["reasons"],
        }


def _was_mistake(view: View, record: int) -> bool:
    """Say whether an opt-out was revoked as a mistake, whatever a verdict said before."""
    for row in view.rows(OPT_OUTS, [Where("record", "=", record)]):
        changed = view.event(row["etag"])
        return changed.kind == REVOKED and changed.asked()["reason"] == MISTAKE
    return False


def _turn(view: View, record: int, source: str) -> Iterator[Json]:
    """Yield the turn that made an opt-out, without a label, where it is one and still kept."""
    made = view.event(record)
    intake = Intake(made.asked()["intake"])
    secret = view.secret(record) or {}
    if not secret.get("text") or intake is Intake.IMPORT:
        return
    text = mask_text(secret["text"])
    context = [turn | {"text": mask_text(turn["text"])} for turn in secret.get("context", [])]
    yield {
        "id": f"review-{made.tenant}-{record}",
        "group": f"review-{made.tenant}-{record}",
        "channel": _channel(intake),
        "industry": "other",
        "script": script_of(text),
        "context": context,
        "text": text,
        "source": source,
    }


def _channel(intake: Intake) -> str:
    return intake.value if intake.value in {c.value for c in Channel} else Channel.VOICE.value


def _kind(label: Label, text: str, context: list[dict[str, Any]]) -> str:
    if label is Label.OPT_OUT:
        return "confirm" if context and len(text) <= _SHORT else "indirect"
    return "service" if label is Label.COMPLAINT else "other"
