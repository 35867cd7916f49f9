"""Replaces personal data in turns and records by placeholders such as ``[PHONE]``."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from msgspec import structs

from classifier.masking.accounts import find_accounts
from classifier.masking.addresses import find_addresses
from classifier.masking.names import find_names
from classifier.masking.numbers import find_numbers
from classifier.masking.spans import Kind, Span, plain
from classifier.records import Record
from classifier.turns import Turn

_STRENGTH = {kind: place for place, kind in enumerate(Kind)}


def find_personal(text: str) -> list[Span]:
    """Return the personal data in a text, in order, no two spans overlapping.

    Args:
        text: Any valid Unicode.
    """
    searched = plain(text)
    found = sorted(_search(searched), key=lambda span: (_STRENGTH[span.kind], span.start))
    if len(found) < 2:
        return found
    # Where spans overlap the stronger has the characters; what is left of the other goes too.
    owner: list[Span | None] = [None] * len(searched)
    for span in found:
        for place in range(span.start, span.end):
            owner[place] = owner[place] or span
    return _runs(owner)


def mask_text(text: str) -> str:
    """Return a text without personal data.

    Masking twice changes nothing more.

    Args:
        text: Any valid Unicode.
    """
    spans = find_personal(text)
    if not spans:
        return text
    parts, done = [], 0
    for span in spans:
        parts += [text[done : span.start], span.kind.value]
        done = span.end
    return "".join([*parts, text[done:]])


def mask_turn(turn: Turn) -> Turn:
    """Return a turn with text, context and alternatives masked.

    Args:
        turn: As it was said.
    """
    return structs.replace(
        turn,
        text=mask_text(turn.text),
        context=tuple(
            structs.replace(earlier, text=mask_text(earlier.text)) for earlier in turn.context
        ),
        alternatives=tuple(
            structs.replace(other, text=mask_text(other.text)) for other in turn.alternatives
        ),
    )


def mask_record(record: Record) -> Record:
    """Return a record with text, context and alternatives masked; other fields are as they were.

    Args:
        record: One that `classifier.records.turn_from_record` accepts.
    """
    masked = dict(record)
    masked["text"] = mask_text(record["text"])
    for name in ("context", "alternatives"):
        if record.get(name):
            masked[name] = [_mask_entry(entry) for entry in record[name]]
    return masked


def _mask_entry(entry: dict[str, Any]) -> dict[str, Any]:
    return entry | {"text": mask_text(entry["text"])}


def _runs(owner: list[Span | None]) -> list[Span]:
    """Return what each span has got, in order; a span that is cut through becomes two."""
    runs: list[Span] = []
    done = 0
    for span, places in groupby(owner):
        end = done + sum(1 for _place in places)
        if span is not None:
            runs.append(Span(done, end, span.kind))
        done = end
    return runs


def _search(text: str) -> Iterator[Span]:
    yield from find_accounts(text)
    yield from find_numbers(text)
    yield from find_addresses(text)
    yield from find_names(text)
