"""Personal data in turns that come in as they were said, and fields that nobody here knows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from classifier.cells import COLUMNS
from classifier.masking.mask import find_personal
from classifier.masking.spans import Kind
from classifier.records import Record

_OWN = frozenset({*COLUMNS, "alternatives", "capability", "expectation", "prediction", "selection"})


def unknown_fields(records: Iterable[Record]) -> Counter[str]:
    """Return the fields that are none of this project's, such as a customer's number.

    Args:
        records: As they come in.

    Returns:
        Field -> how many records say something there.
    """
    return Counter(str(name) for record in records for name in _unknown(record))


def find_personal_turns(records: Mapping[str, Record]) -> dict[str, list[Kind]]:
    """Return the ids of turns in which something looks like personal data, and what kinds.

    Text, context and alternatives are searched, and fields that nobody here knows. A name that
    nothing announces is not found; the name of such a field may be what announces it.

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
    kinds = {span.kind for text in texts for span in find_personal(text)}
    for field in _unknown(record):
        for name, value in _values(field, record[field]):
            said = f"{name}："
            kinds |= {s.kind for s in find_personal(said + value) if s.end > len(said)}
    return sorted(kinds, key=_place)


def _unknown(record: Record) -> list[str]:
    return [name for name in record if name not in _OWN and record[name] not in (None, "")]


def _values(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield every text and number in a value, each with the name over it."""
    if isinstance(value, dict):
        for inner, part in value.items():
            yield from _values(inner, part)
    elif isinstance(value, list):
        for part in value:
            yield from _values(name, part)
    elif isinstance(value, str | int | float):
        whole = isinstance(value, float) and value.is_integer()
        yield name, str(int(value) if whole else value)


def _place(kind: Kind) -> int:
    return list(Kind).index(kind)
