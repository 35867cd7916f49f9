"""Doccano's JSON Lines for text classification.

Labels are what a labeller can click: the label itself, ``kind:…``, ``reason:…`` and
``also_complaint``. Everything else travels as metadata, which doccano keeps and shows; our ``id``
is ``turn_id`` there, since doccano numbers by itself.
https://doccano.github.io/doccano/tutorial/
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from classifier.records import Record, parse_line
from training.exchange.labels import join_labels, split_labels
from training.exchange.source import Found, each_line

_OWN = ("text", "label", "labels", "id", "turn_id", "Comments")


def read_doccano(path: Path) -> Iterator[Found]:
    """Yield the turns of an export, one for each line, or what is wrong with it.

    Args:
        path: A JSON Lines file.

    Raises:
        DataError: The file cannot be read.
    """
    return each_line(path, lambda line: _from_line(parse_line(line)))


def write_doccano(path: Path, records: Iterable[Record]) -> None:
    """Write turns so that doccano imports them with their labels and shows their context.

    Args:
        path: Where to.
        records: Labelled records.
    """
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            rest, labels = join_labels(record)
            if "id" in rest:
                rest["turn_id"] = rest.pop("id")
            line = {"text": rest.pop("text"), "label": labels} | rest
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _from_line(line: Record) -> Record:
    record = {key: value for key, value in line.items() if key not in _OWN}
    record |= {"text": line.get("text")}
    if "turn_id" in line:
        record["id"] = line["turn_id"]
    return record | split_labels(line.get("label", line.get("labels")))
