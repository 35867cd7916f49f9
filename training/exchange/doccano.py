"""Doccano's JSON Lines for text classification.

Labels are what a labeller can click: the label itself, ``kind:…``, ``reason:…`` and
``also_complaint``. Everything else travels as metadata, which doccano keeps and shows; our ``id``
is ``turn_id`` there, since doccano numbers by itself.
https://doccano.github.io/doccano/tutorial/
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from classifier.errors import DataError
from classifier.records import Record, parse_line
from classifier.turns import LABELS
from training.exchange.lines import to_lines
from training.exchange.source import Found, each_line, leave_unasked_open

_ALSO_COMPLAINT = "also_complaint"
_KIND, _REASON = "kind:", "reason:"
_OWN = ("text", "label", "labels", "id", "turn_id", "Comments")


def read_doccano(path: Path) -> Iterator[Found]:
    """Yield the turns of an export, one for each line, or what is wrong with it.

    Args:
        path: A JSON Lines file.

    Raises:
        DataError: The file cannot be read.
    """
    return leave_unasked_open(each_line(path, lambda line: _from_line(parse_line(line))))


def write_doccano(path: Path, records: Iterable[Record]) -> None:
    """Write turns so that doccano imports them with their labels and shows their context.

    Args:
        path: Where to.
        records: Labelled records.
    """
    path.write_bytes(to_lines(map(_to_line, records)))


def _to_line(record: Record) -> Record:
    rest, labels = _join_labels(record)
    if "id" in rest:
        rest["turn_id"] = rest.pop("id")
    return {"text": rest.pop("text"), "label": labels} | rest


def _from_line(line: Record) -> Record:
    record = {key: value for key, value in line.items() if key not in _OWN}
    record |= {"text": line.get("text")}
    if "turn_id" in line:
        record["id"] = line["turn_id"]
    return record | _split_labels(line.get("label", line.get("labels")))


def _join_labels(record: Record) -> tuple[Record, list[str]]:
    """Return a record without what a labeller decides, and that as a list of names."""
    rest = dict(record)
    names = [str(rest.pop("label"))] if "label" in rest else []
    if "kind" in rest:
        names.append(f"{_KIND}{rest.pop('kind')}")
    names += [f"{_REASON}{reason}" for reason in rest.pop("reasons", [])]
    if rest.pop(_ALSO_COMPLAINT, False):
        names.append(_ALSO_COMPLAINT)
    return rest, names


def _split_labels(names: object) -> Record:
    """Return label, kind, reasons and also_complaint from a list of names.

    Raises:
        DataError: There is not exactly one of the three labels, more than one kind, or a name is
            unknown.
    """
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise DataError("label: must be a list of names")
    labels = [name for name in names if name in tuple(LABELS)]
    kinds = [name.removeprefix(_KIND) for name in names if name.startswith(_KIND)]
    reasons = [name.removeprefix(_REASON) for name in names if name.startswith(_REASON)]
    known = len(labels) + len(kinds) + len(reasons) + names.count(_ALSO_COMPLAINT)
    if len(labels) != 1 or len(kinds) > 1 or known != len(names):
        wanted = f"one of {', '.join(LABELS)}, at most one {_KIND}…"
        raise DataError(f"label: must hold {wanted}, any {_REASON}… and {_ALSO_COMPLAINT}")
    found: Record = {"label": labels[0], _ALSO_COMPLAINT: _ALSO_COMPLAINT in names}
    found |= {"kind": kinds[0]} if kinds else {}
    return found | {"reasons": reasons}
