"""Personal data in turns that come in as they were said."""

from collections.abc import Mapping

from classifier.masking.mask import find_personal
from classifier.masking.spans import Kind
from classifier.records import Record


def find_personal_turns(records: Mapping[str, Record]) -> dict[str, list[Kind]]:
    """Return the ids of turns in which something looks like personal data, and what kinds.

    Text, context and alternatives are searched. A name that nothing announces is not found.

    Args:
        records: Id -> record, such as the new ones of an intake.

    Returns:
        Id -> kinds; what tells most of a person first, in the order of `Kind`.
    """
    kinds = {name: _kinds(record) for name, record in records.items()}
    found = [name for name in kinds if kinds[name]]
    return {name: kinds[name] for name in sorted(found, key=lambda name: _place(kinds[name][0]))}


def _kinds(record: Record) -> list[Kind]:
    others = [*(record.get("context") or []), *(record.get("alternatives") or [])]
    texts = [record["text"], *(entry["text"] for entry in others)]
    return sorted({span.kind for text in texts for span in find_personal(text)}, key=_place)


def _place(kind: Kind) -> int:
    return list(Kind).index(kind)
