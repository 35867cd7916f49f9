"""Facts of a list that tell who somebody is; facts stand in the open, where no erasure comes."""

import re
from collections.abc import Iterator, Mapping
from itertools import starmap

from classifier.errors import FieldViolation
from classifier.masking.mask import find_personal
from classifier.masking.spans import Kind
from classifier.optouts.events.facts import Facts
from classifier.optouts.events.open_fields import NAMES, masked
from classifier.optouts.lists.columns import Column, column_of
from classifier.text.fold import fold

_PROBLEM = "holds a number, an address or a name, and facts stand in the open; take it out"
_NAME = re.compile(
    r"(?:姓名|名字|联系人|联络人|身份证号?|身分证号?|realname|fullname|customername|contactname)\Z"
)
# Ids and times look like accounts and cards: of numbers only what is one for certain counts.
_CERTAIN = frozenset({Kind.EMAIL, Kind.ADDRESS, Kind.NAME})
_OURS = frozenset(Facts.__dataclass_fields__)


def personal_facts(facts: Mapping[str, object]) -> list[FieldViolation]:
    """Return which facts tell who somebody is, each once.

    References of our own are not looked at: a number in one is masked when the row is recorded,
    for which no opt-out is set aside. Nor are bot, campaign and purpose, as a bot may be named by
    its line.

    Args:
        facts: Of a row, whoever made them.
    """
    found = [
        FieldViolation("facts" if _is_personal("", name) else f"facts.{name}", _PROBLEM)
        for name, value in facts.items()
        if name not in NAMES and any(starmap(_is_personal, _texts(name, value)))
    ]
    return list(dict.fromkeys(found))


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield each text in a fact with its name, and names as texts that have none."""
    yield "", name
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(key, one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(name, one)
    elif isinstance(value, str | int) and not isinstance(value, bool) and value:
        yield name, str(value)


def _is_personal(name: str, text: str) -> bool:
    if name in _OURS:
        return False
    if masked(text, None) != text:
        return True
    if name and (column_of(name) is Column.SUBJECT or _NAME.search(fold(name).bare)):
        return True
    return any(span.kind in _CERTAIN for span in find_personal(text))
