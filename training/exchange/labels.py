"""Labels as flat lists of names, as labelling tools have them."""

from classifier.errors import DataError
from classifier.records import Record
from classifier.turns import LABELS

ALSO_COMPLAINT = "also_complaint"
_KIND, _REASON = "kind:", "reason:"


def join_labels(record: Record) -> tuple[Record, list[str]]:
    """Return a record without what a labeller decides, and that as a list of names.

    Args:
        record: A labelled record; fields that it lacks are left out.
    """
    rest = dict(record)
    names = [str(rest.pop("label"))] if "label" in rest else []
    if "kind" in rest:
        names.append(f"{_KIND}{rest.pop('kind')}")
    names += [f"{_REASON}{reason}" for reason in rest.pop("reasons", [])]
    if rest.pop(ALSO_COMPLAINT, False):
        names.append(ALSO_COMPLAINT)
    return rest, names


def split_labels(names: object) -> Record:
    """Return label, kind, reasons and also_complaint from a list of names.

    Args:
        names: Exactly one of the three labels among them, at most one kind.

    Raises:
        DataError: There is no label or more than one, or a name is unknown.
    """
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise DataError("label: must be a list of names")
    labels = [name for name in names if name in tuple(LABELS)]
    kinds = [name.removeprefix(_KIND) for name in names if name.startswith(_KIND)]
    reasons = [name.removeprefix(_REASON) for name in names if name.startswith(_REASON)]
    known = len(labels) + len(kinds) + len(reasons) + names.count(ALSO_COMPLAINT)
    if len(labels) != 1 or len(kinds) > 1 or known != len(names):
        wanted = f"one of {', '.join(LABELS)}, at most one {_KIND}…"
        raise DataError(f"label: must hold {wanted}, any {_REASON}… and {ALSO_COMPLAINT}")
    found: Record = {"label": labels[0], ALSO_COMPLAINT: ALSO_COMPLAINT in names}
    found |= {"kind": kinds[0]} if kinds else {}
    return found | {"reasons": reasons}
